// The parameters of a network as named tensors.
import { isFloat32, isFloat64 } from '../common/checks.js';
import { corruptFile, invalidArgument, shapeMismatch } from '../common/errors.js';
import { acceptFloat32 } from '../data/matrix.js';
import { acceptVector } from '../data/vectors.js';
import type { Tensor } from '../io/safetensors.js';
import { newFloat32 } from '../native/memory.js';
import { type Architecture, widthsOf } from './architecture.js';

/** One tensor in PyTorch's layout: weights are [out, in]. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The name of the skip connection among the parameters. */
export const SKIP = 'skip.weight';

/** Tensors of zeros, one for each parameter of the network, in the order of `Network.parameters()`. */
export function emptyParametersOf(architecture: Architecture): Parameter[] {
  const { inputs, outputs, skip } = architecture;
  const widths = widthsOf(architecture);
  const layers = widths.slice(1).flatMap((out, l) => {
    const shape = [out, widths[l]!];
    return [
      { name: `layers.${l}.weight`, shape, data: newFloat32(out * widths[l]!, 'parameters') },
      { name: `layers.${l}.bias`, shape: [out], data: new Float32Array(out) },
    ];
  });
  if (!skip) return layers;
  const data = newFloat32(outputs * inputs, 'parameters');
  return [...layers, { name: SKIP, shape: [outputs, inputs], data }];
}

/** The values of a caller's `parameters`, in the order and with the sizes of `expected`. */
export function valuesLike(expected: readonly Parameter[], parameters: unknown): Float32Array[] {
  if (!Array.isArray(parameters)) {
    throw invalidArgument('parameters', 'an array of { name, shape, data }', parameters);
  }
  const given = new Map(Array.from(parameters, (p: Parameter) => [p?.name, p] as const));
  return expected.map(({ name, data }) => {
    const values = floats(given.get(name)?.data, `parameters: ${name}`);
    if (values.length !== data.length) {
      throw shapeMismatch(`parameters: ${name}`, `${data.length} values`, `${values.length}`);
    }
    return values;
  });
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

/** A vector of finite numbers in float32; a Float32Array is not copied. */
function floats(value: unknown, name: string): Float32Array {
  const data = isFloat32(value) ? value : acceptVector(value, name);
  return acceptFloat32({ data, rows: 1, columns: data.length }, name).data;
}
