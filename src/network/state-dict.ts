import { isFloat32, isFloat64 } from '../common/checks.js';
import { corruptFile } from '../common/errors.js';
import type { Tensor } from '../io/safetensors.js';

/** One Linear layer of PyTorch: weight (out x in) and bias (out). */
export interface LinearLayer {
  readonly name: string;
  readonly weight: Tensor & { readonly data: Float32Array | Float64Array };
  /** Zeros where the file has none. */
  readonly bias: Float32Array | Float64Array;
}

/**
 * The Linear layers of a multilayer perceptron's state dict, first to last: `NAME.weight` and
 * `NAME.bias`, by NAME with the numbers in it read as numbers (`layers.9` before `layers.10`, `0` before
 * `2`), or in the order of `names`.
 *
 * @param file its name, for messages
 * @throws `ERR_CORRUPT_FILE` for tensors of anything else, and where one layer's outputs are not the
 * next one's inputs
 */
export function readStateDict(
  tensors: ReadonlyMap<string, Tensor>,
  file: string,
  names?: readonly string[],
): LinearLayer[] {
  const layers = (names ?? layerNames(tensors, file)).map((name) => readLayer(tensors, name, file));
  layers.forEach(({ name, weight }, l) => {
    const before = layers[l - 1];
    if (before === undefined || before.weight.shape[0] === weight.shape[1]) return;
    throw corruptFile(
      file,
      `${name} takes ${weight.shape[1]} inputs, ${before.name} before it has ${before.weight.shape[0]} outputs`,
    );
  });
  if (layers.length < 2)
    throw corruptFile(file, `expected two layers or more, found ${layers.length}`);
  return layers;
}

const NATURAL = new Intl.Collator('en', { numeric: true });

function layerNames(tensors: ReadonlyMap<string, Tensor>, file: string): string[] {
  const names = new Set<string>();
  for (const tensor of tensors.keys()) {
    const [, name] = /^(?:(.*)\.)?(?:weight|bias)$/s.exec(tensor) ?? [];
    if (name === undefined) {
      throw corruptFile(file, `expected a multilayer perceptron, found '${tensor.slice(0, 80)}'`);
    }
    names.add(name);
  }
  return [...names].sort(NATURAL.compare);
}

function readLayer(tensors: ReadonlyMap<string, Tensor>, name: string, file: string): LinearLayer {
  const what = `${file}: layer '${name.slice(0, 80)}'`;
  const weight = tensors.get(`${name}.weight`);
  const bias = tensors.get(`${name}.bias`);
  if (weight === undefined || weight.shape.length !== 2 || weight.data.length === 0) {
    throw corruptFile(what, 'expected a weight of two dimensions');
  }
  const [outputs] = weight.shape as [number, number];
  if (bias !== undefined && (bias.shape.length !== 1 || bias.data.length !== outputs)) {
    throw corruptFile(what, `expected a bias of ${outputs} values`);
  }
  return {
    name,
    weight: { shape: weight.shape, data: floats(weight.data, what) },
    bias: bias === undefined ? new Float32Array(outputs) : floats(bias.data, what),
  };
}

function floats(data: Tensor['data'], what: string): Float32Array | Float64Array {
  if (isFloat32(data) || isFloat64(data)) return data;
  throw corruptFile(what, 'expected floating-point values');
}
