import { brand } from '../common/brand.js';
import {
  boolean,
  checkKeys,
  integer,
  isFloat32,
  isFloat64,
  isUint8,
  number,
  oneOf,
  SEED,
} from '../common/checks.js';
import { disposeSymbol } from '../common/dispose.js';
import {
  corruptFile,
  DeepTypeError,
  describe,
  invalidArgument,
  shapeMismatch,
} from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import type { Name } from '../common/name.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptFloat32, Matrix, type MatrixLike } from '../data/matrix.js';
import { acceptVector } from '../data/vectors.js';
import { writeFileAtomically } from '../io/atomic.js';
import { filePath } from '../io/paths.js';
import { readWholeFile } from '../io/reading.js';
import { blocksOf, decodeSafetensors, layOut, sourcesOf, type Tensor } from '../io/safetensors.js';
import { type NetworkHandle, native } from '../native/addon.js';
import { newFloat32 } from '../native/memory.js';
import { toOnnx } from './onnx.js';
import { type LinearLayer, readStateDict } from './state-dict.js';

/** GELU is the exact erf form; the slope of leaky-relu is 0.01. */
export const ACTIVATIONS = ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

export interface NetworkOptions {
  /** Number of input features D. */
  inputs: number;
  /** Widths of the hidden layers; the last is the representation layer. Default [64, 64, 32]. */
  hidden?: readonly number[];
  /** Number of outputs C. */
  outputs: number;
  /** Of every hidden layer; the output layer is linear. Default 'relu'. */
  activation?: Name<ActivationName>;
  /**
   * 'uniform' (default): weights and biases uniform on +-1/sqrt(inputs of the layer), as PyTorch's
   * Linear. { normal: s }: weights from N(0, s^2), biases 0. 'zeros': for parameters that `load` sets.
   */
  init?: Name<'uniform' | 'zeros'> | { normal: number };
  /**
   * Whether there is a linear skip connection, X Theta added to the outputs (LassoNet); default false.
   * The `hierarchical` penalty needs it. Its weights are the last of `parameters()`, and count among the
   * outgoing weights of an input. They start uniform on +-1/sqrt(inputs), or normal as the others.
   */
  skip?: boolean;
  /** Of the initial weights; default 0. */
  seed?: number;
  /** Threads of `forward` and `representation`; default 'auto'. */
  threads?: number | Name<'auto'>;
}

/** One tensor in PyTorch's layout: weights are [out, in]. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface NetworkLoadOptions {
  /** Of every hidden layer; default the one that `save` wrote, else 'relu'. */
  activation?: Name<ActivationName>;
  /**
   * Names of the layers, first to last, such as ['input', 'middle', 'output']; other tensors are then
   * left out. Default: all, in the order of the numbers in their names.
   */
  layers?: readonly string[];
  /** Threads of `forward` and `representation`; default 'auto'. */
  threads?: number | Name<'auto'>;
}

/** The widest layer and the largest network that are accepted, in units and parameters. */
const MAX_WIDTH = 2 ** 24;
const MAX_PARAMETERS = 2 ** 31;
const MAX_HIDDEN = 64;

/** The same in every copy of this package. */
const HANDLE: unique symbol = Symbol.for('deeptype.network.handle');

/** The name of the skip connection among the parameters. */
const SKIP = 'skip.weight';

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
    const o = checkKeys('options', options, [
      'inputs',
      'hidden',
      'outputs',
      'activation',
      'init',
      'skip',
      'seed',
      'threads',
    ]);
    this.inputs = integer('inputs', o.inputs, { min: 1, max: MAX_WIDTH });
    this.hidden = Object.freeze(resolveHidden(o.hidden));
    this.outputs = integer('outputs', o.outputs, { min: 1, max: MAX_WIDTH });
    this.activation = oneOf('activation', o.activation ?? 'relu', ACTIVATIONS);
    this.skip = boolean('skip', o.skip ?? false);
    this.#threads = resolveThreads(o.threads);
    const widths = [this.inputs, ...this.hidden, this.outputs];
    const skipped = this.skip ? this.inputs * this.outputs : 0;
    const size = widths.slice(1).reduce((sum, out, l) => sum + (widths[l]! + 1) * out, skipped);
    if (size > MAX_PARAMETERS) {
      throw new DeepTypeError('ERR_OUT_OF_MEMORY', `a network of ${size} parameters is too large`);
    }
    this.#handle = new (native().NetworkHandle)({
      widths,
      activation: this.activation,
      initDeviation: o.init === 'zeros' ? null : resolveInit(o.init),
      skip: this.skip,
      seed: integer('seed', o.seed ?? 0, SEED),
    });
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
    const o = checkKeys('options', options, ['activation', 'layers', 'threads']);
    const names = layerOrder(o.layers);
    const isBytes = isUint8(source);
    const bytes = isBytes ? source : await readWholeFile(filePath('source', source));
    const file = isBytes ? 'source' : String(source);
    const { tensors, metadata } = decodeSafetensors(bytes, file);
    const skip = names === undefined ? skipOf(tensors) : undefined;
    const rest = [...tensors].filter(([, tensor]) => tensor !== skip);
    const layers = readStateDict(new Map(rest), file, names);
    const written = metadata.get('activation');
    if (written !== undefined && !(ACTIVATIONS as readonly string[]).includes(written)) {
      throw corruptFile(file, `unknown activation ${describe(written)}`);
    }
    const activation = o.activation ?? written;
    return Network.#of(layers, skip, file, { activation, threads: o.threads });
  }

  static #of(
    layers: readonly LinearLayer[],
    skip: Tensor | undefined,
    file: string,
    options: object,
  ): Network {
    const widths = layers.map(({ weight }) => weight.shape[0]!);
    const [hidden, outputs] = [widths.slice(0, -1), widths.at(-1)!];
    if (hidden.length > MAX_HIDDEN) {
      throw corruptFile(
        file,
        `expected at most ${MAX_HIDDEN} hidden layers, found ${hidden.length}`,
      );
    }
    const inputs = layers[0]!.weight.shape[1]!;
    checkSkip(skip, outputs, inputs, file);
    const shape = { inputs, hidden, outputs, skip: skip !== undefined };
    const network = new Network({ ...shape, init: 'zeros', ...options });
    const tensors = layers.flatMap(({ weight, bias }) => [weight.data, bias]);
    if (skip !== undefined) tensors.push(skip.data as Float32Array);
    try {
      network.load(
        network
          .emptyParameters()
          .map(({ name, shape }, i) => ({ name, shape, data: tensors[i] as Float32Array })),
      );
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
    const widths = [this.inputs, ...this.hidden, this.outputs];
    const layers = widths.slice(1).flatMap((out, l) => {
      const shape = [out, widths[l]!];
      return [
        { name: `layers.${l}.weight`, shape, data: newFloat32(out * widths[l]!, 'parameters') },
        { name: `layers.${l}.bias`, shape: [out], data: new Float32Array(out) },
      ];
    });
    if (!this.skip) return layers;
    const data = newFloat32(this.outputs * this.inputs, 'parameters');
    return [...layers, { name: SKIP, shape: [this.outputs, this.inputs], data }];
  }

  /** Sets all tensors; by name, in any order, with the shapes of `parameters()`. */
  load(parameters: readonly Parameter[]): void {
    if (!Array.isArray(parameters)) {
      throw invalidArgument('parameters', 'an array of { name, shape, data }', parameters);
    }
    const given = new Map(Array.from(parameters, (p: Parameter) => [p?.name, p] as const));
    const arrays = this.emptyParameters().map(({ name, data }) => {
      const values = floats(given.get(name)?.data, `parameters: ${name}`);
      if (values.length !== data.length) {
        throw shapeMismatch(`parameters: ${name}`, `${data.length} values`, `${values.length}`);
      }
      return values;
    });
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

/** A vector of finite numbers in float32; a Float32Array is not copied. */
function floats(value: unknown, name: string): Float32Array {
  const data = isFloat32(value) ? value : acceptVector(value, name);
  return acceptFloat32({ data, rows: 1, columns: data.length }, name).data;
}

/** The skip connection of a state dict; a layer of that name would have a bias. */
function skipOf(tensors: ReadonlyMap<string, Tensor>): Tensor | undefined {
  return tensors.has('skip.bias') ? undefined : tensors.get(SKIP);
}

/** @throws `ERR_CORRUPT_FILE` for a skip connection that does not fit the layers */
export function checkSkip(
  skip: Tensor | undefined,
  outputs: number,
  inputs: number,
  file: string,
): void {
  if (skip === undefined) return;
  const fits = skip.shape.length === 2 && skip.shape[0] === outputs && skip.shape[1] === inputs;
  const isReal = isFloat32(skip.data) || isFloat64(skip.data);
  if (!fits || !isReal) {
    throw corruptFile(file, `expected ${SKIP} to be ${outputs} x ${inputs} floating-point values`);
  }
}

/** Checks the `layers` option. */
function layerOrder(layers: unknown): readonly string[] | undefined {
  if (layers === undefined) return undefined;
  const isNames = Array.isArray(layers) && layers.every((name) => typeof name === 'string');
  if (!isNames || layers.length < 2) {
    throw invalidArgument('layers', 'an array of two or more names', layers);
  }
  return layers;
}

/** Checks the `hidden` option. */
export function resolveHidden(hidden: unknown): readonly number[] {
  if (hidden === undefined) return [64, 64, 32];
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.length > MAX_HIDDEN) {
    throw invalidArgument('hidden', `an array of 1 to ${MAX_HIDDEN} widths`, hidden);
  }
  return Array.from(hidden as unknown[], (width, l) =>
    integer(`hidden[${l}]`, width, { min: 1, max: MAX_WIDTH }),
  );
}

/** The deviation of normal initial weights; 0 stands for uniform ones. */
export function resolveInit(init: unknown): number {
  if (init === undefined || init === 'uniform') return 0;
  if (typeof init !== 'object') throw invalidArgument('init', "'uniform' or { normal }", init);
  const { normal } = checkKeys('init', init, ['normal']);
  return number('init.normal', normal, { exclusiveMin: 0 });
}

/** A number of threads; 'auto' is min(cores, cgroup quota). */
export function resolveThreads(threads: unknown): number {
  if (threads === undefined || threads === 'auto') return native().machine().threads;
  return integer('threads', threads, { min: 1, max: 256 });
}
