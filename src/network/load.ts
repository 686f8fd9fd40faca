// A network from a safetensors file.
import { checkKeys, isUint8 } from '../common/checks.js';
import { corruptFile, describe, invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { filePath } from '../io/paths.js';
import { readWholeFile } from '../io/reading.js';
import { decodeSafetensors, type Tensor } from '../io/safetensors.js';
import { ACTIVATION_NAMES, type ActivationName } from './activations.js';
import { MAX_HIDDEN, type NetworkOptions } from './architecture.js';
import { checkSkip, type Parameter, SKIP } from './parameters.js';
import { type LinearLayer, readStateDict } from './state-dict.js';

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

/** A network in a file: how to make it, and what to load into it. */
export interface StoredNetwork {
  readonly options: NetworkOptions;
  readonly parameters: readonly Parameter[];
}

/** Reads what `Network.load` takes. */
export async function readNetwork(source: unknown, options: unknown): Promise<StoredNetwork> {
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
  if (written !== undefined && !(ACTIVATION_NAMES as readonly string[]).includes(written)) {
    throw corruptFile(file, `unknown activation ${describe(written)}`);
  }
  const given: object = { activation: o.activation ?? written, threads: o.threads }; // checked by `Network`
  const shape = shapeOf(layers, skip, file);
  return {
    options: { ...shape, init: 'zeros', ...given },
    parameters: parametersOf(layers, skip),
  };
}

function shapeOf(layers: readonly LinearLayer[], skip: Tensor | undefined, file: string) {
  const widths = layers.map(({ weight }) => weight.shape[0]!);
  const [hidden, outputs] = [widths.slice(0, -1), widths.at(-1)!];
  if (hidden.length > MAX_HIDDEN) {
    throw corruptFile(file, `expected at most ${MAX_HIDDEN} hidden layers, found ${hidden.length}`);
  }
  const inputs = layers[0]!.weight.shape[1]!;
  checkSkip(skip, outputs, inputs, file);
  return { inputs, hidden, outputs, skip: skip !== undefined };
}

/** In the precision that the file has, which may be float64. */
function parametersOf(layers: readonly LinearLayer[], skip: Tensor | undefined): Parameter[] {
  const tensors = layers.flatMap(({ weight, bias }, l) => [
    { name: `layers.${l}.weight`, shape: weight.shape, data: weight.data as Float32Array },
    { name: `layers.${l}.bias`, shape: [bias.length], data: bias as Float32Array },
  ]);
  if (skip === undefined) return tensors;
  return [...tensors, { name: SKIP, shape: skip.shape, data: skip.data as Float32Array }];
}

/** The skip connection of a state dict; a layer of that name would have a bias. */
function skipOf(tensors: ReadonlyMap<string, Tensor>): Tensor | undefined {
  return tensors.has('skip.bias') ? undefined : tensors.get(SKIP);
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
