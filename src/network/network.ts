import { brand } from '../common/brand.js';
import { disposeSymbol } from '../common/dispose.js';
import { DeepTypeError, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptFloat32, Matrix, type MatrixLike } from '../data/matrix.js';
import { writeFileAtomically } from '../io/atomic.js';
import { filePath } from '../io/paths.js';
import { blocksOf, layOut, sourcesOf } from '../io/safetensors.js';
import { type NetworkHandle, native } from '../native/addon.js';
import { newFloat32 } from '../native/memory.js';
import type { ActivationName } from './activations.js';
import { type NetworkOptions, resolveInit, resolveNetwork, widthsOf } from './architecture.js';
import { type NetworkLoadOptions, readNetwork } from './load.js';
import { toOnnx } from './onnx.js';
import { emptyParametersOf, type Parameter, valuesLike } from './parameters.js';

/** The same in every copy of this package. */
const HANDLE: unique symbol = Symbol.for('deeptype.network.handle');

/**
 * As `new Network(options)`, but without weights for the inputs that are `unused`, ascending; the others have those
 * that they would have without them. For use within this package.
 */
export let networkWithout: (unused: Int32Array, options: NetworkOptions) => Network;

/** A multilayer perceptron with its weights in native memory. */
export class Network {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: ActivationName;
  readonly skip: boolean;
  readonly #threads: number;
  #handle: NetworkHandle | undefined;
  #isDisposed = false;
  /** Calls off the event loop, which the native object outlives. */
  #calls = 0;

  constructor(options: NetworkOptions) {
    const { inputs, hidden, outputs, activation, skip, ...rest } = resolveNetwork(options);
    const { initDeviation, seed, threads } = rest;
    this.inputs = inputs;
    this.hidden = hidden;
    this.outputs = outputs;
    this.activation = activation;
    this.skip = skip;
    this.#threads = threads;
    const widths = widthsOf(this);
    const NetworkHandle = native().NetworkHandle;
    this.#handle = new NetworkHandle({ widths, activation, initDeviation, skip, seed });
    uncloneable(this);
  }

  /**
   * A network from a safetensors file, by path or as bytes: one that `save` wrote, or the state dict of
   * a PyTorch multilayer perceptron (`layers.0.weight`, `0.weight` and `2.weight`, `net.fc1.weight`,
   * ...; float64, float32, float16 or bfloat16, read as float32). The shapes are the architecture.
   * `skip.weight` without a bias beside them, as LassoNet names it, is the skip connection.
   *
   * @throws (rejects) `ERR_CORRUPT_FILE` for any other file, `ERR_NON_FINITE_INPUT`, `ERR_IO`,
   * `ERR_INVALID_ARGUMENT`
   */
  static async load(
    source: string | URL | Uint8Array,
    options?: NetworkLoadOptions,
  ): Promise<Network> {
    const stored = await readNetwork(source, options);
    const network = new Network(stored.options);
    try {
      network.load(stored.parameters);
      return network;
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  /**
   * Writes `parameters()` to a safetensors file, which PyTorch takes as a state dict, and `Network.load`
   * takes back equal to the bit.
   *
   * @throws (rejects) `ERR_IO`, `ERR_DISPOSED`
   */
  async save(path: string | URL): Promise<void> {
    const file = filePath('path', path);
    const tensors = new Map(this.parameters().map((p) => [p.name, p] as const));
    const layout = layOut(sourcesOf(tensors), new Map([['activation', this.activation]]));
    await writeFileAtomically(file, blocksOf(layout));
  }

  /**
   * The network as an ONNX file, opset 17: input 'input' (N x D), outputs 'output' (N x C), what
   * `forward` returns, and 'representation' (N x R).
   *
   * @throws `ERR_DISPOSED`, `ERR_OUT_OF_MEMORY` for 2 GiB or more
   */
  toONNX(): Uint8Array<ArrayBuffer> {
    const parameters = this.parameters();
    return toOnnx({ activation: this.activation, parameters, head: 'linear' });
  }

  static {
    networkWithout = (unused, options) => {
      if (unused.length === 0 || options.init === 'zeros') return new Network(options);
      const network = new Network({ ...options, init: 'zeros' });
      const initDeviation = resolveInit(options.init);
      network.#handle!.draw({ initDeviation, seed: options.seed ?? 0, unused });
      return network;
    };
  }

  /** The native object; for the modules of this package. Throws `ERR_DISPOSED`. */
  static handleOf(network: Network): NetworkHandle {
    const handle = network[HANDLE];
    if (handle === undefined) throw new DeepTypeError('ERR_DISPOSED', 'the network was disposed');
    return handle;
  }

  /** A call off the event loop, for the modules of this package: the native object stays until it is over. */
  static async during<T>(
    network: Network,
    body: (handle: NetworkHandle) => Promise<T>,
  ): Promise<T> {
    const handle = Network.handleOf(network);
    network.#calls += 1;
    try {
      return await body(handle);
    } finally {
      network.#calls -= 1;
      network.#freeOnceIdle();
    }
  }

  /** For `handleOf` of another copy of this package. */
  get [HANDLE](): NetworkHandle | undefined {
    return this.#isDisposed ? undefined : this.#handle;
  }

  /** Outputs (N x C) of X (N x D), before any softmax or sigmoid. */
  forward(X: MatrixLike): Matrix {
    const x = this.#input(X);
    const out = new Matrix(newFloat32(x.rows * this.outputs, 'outputs'), x.rows, this.outputs);
    Network.handleOf(this).infer(x, null, out.data, this.#threads);
    return out;
  }

  /** Representation (N x R) of X (N x D): the activations of the last hidden layer. */
  representation(X: MatrixLike): Matrix {
    const x = this.#input(X);
    const width = this.hidden.at(-1)!;
    const out = new Matrix(newFloat32(x.rows * width, 'representation'), x.rows, width);
    Network.handleOf(this).infer(x, out.data, null, this.#threads);
    return out;
  }

  /** Float32Array[D]: L2 norm of each input's outgoing weights; exactly 0 for one that was removed. */
  inputImportance(): Float32Array {
    const norms = new Float32Array(this.inputs);
    Network.handleOf(this).inputNorms(norms);
    return norms;
  }

  /** Int32Array[D]: the inputs by falling importance; ties in index order. */
  sortedInputIndices(): Int32Array {
    const norms = this.inputImportance();
    return Int32Array.from(norms.keys()).sort((a, b) => norms[b]! - norms[a]! || a - b);
  }

  /**
   * Copies of all tensors: `layers.0.weight` [out, in], `layers.0.bias` [out], `layers.1.weight`, ...,
   * and last `skip.weight` [outputs, inputs] where there is a skip connection.
   */
  parameters(): Parameter[] {
    const parameters = this.emptyParameters();
    Network.handleOf(this).readParameters(parameters.map(({ data }) => data));
    return parameters;
  }

  /** Tensors of zeros with the names and shapes of `parameters()`. */
  emptyParameters(): Parameter[] {
    return emptyParametersOf(this);
  }

  /** Sets all tensors; by name, in any order, with the shapes of `parameters()`. */
  load(parameters: readonly Parameter[]): void {
    const arrays = valuesLike(this.emptyParameters(), parameters);
    Network.handleOf(this).writeParameters(arrays);
  }

  /** Frees the native memory, once the calls off the event loop that use it are over; idempotent. */
  dispose(): void {
    this.#isDisposed = true;
    this.#freeOnceIdle();
  }

  #freeOnceIdle(): void {
    if (!this.#isDisposed || this.#calls > 0) return;
    this.#handle?.dispose();
    this.#handle = undefined;
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  #input(X: unknown): Matrix {
    const x = acceptFloat32(X, 'X');
    if (x.columns !== this.inputs) {
      throw shapeMismatch('X', `${this.inputs} columns`, `${x.columns}`);
    }
    return x;
  }
}

brand(Network, 'network');
inspectable(Network, 'Network', (network) => {
  const { inputs, hidden, outputs, activation, skip } = network;
  const state = network[HANDLE] === undefined ? 'disposed' : `${inputs} inputs`;
  return { state, hidden, outputs, activation, skip };
});
