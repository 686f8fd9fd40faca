import { isFloat32, isFloat64, isIntegers } from '../common/checks.js';
import { DeepTypeError, describe, invalidArgument } from '../common/errors.js';
import { forSlices, runSync, type Sliced } from '../common/time-slices.js';
import { acceptMatrix, type MatrixLike, type RawMatrix, slicedShape } from './matrix.js';
import type { Predictions } from './predictions.js';

/** Any vector of numbers. */
export type Vector =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Predictions;

/** One value per row, or a table with a row of values per row. */
export type Values = Vector | MatrixLike;

/**
 * The one function that accepts a vector of numbers; a copy in float64.
 *
 * @throws `ERR_INVALID_ARGUMENT` for an empty vector or a value that is not a number; `ERR_NON_FINITE_INPUT`
 */
export function acceptVector(value: unknown, name: string): Float64Array {
  return runSync(slicedVector(value, name));
}

/** As `acceptVector`, in slices. */
export function* slicedVector(value: unknown, name: string): Sliced<Float64Array> {
  if (!Array.isArray(value) && !isNumberView(value)) {
    throw invalidArgument(name, 'an array of numbers', value);
  }
  if (value.length === 0) throw invalidArgument(name, 'at least one value', value);
  const source: ArrayLike<unknown> = value;
  const vector = new Float64Array(source.length);
  yield* forSlices(vector.length, (from, end) => {
    for (let i = from; i < end; i++) vector[i] = finite(source[i], i, name);
  });
  return vector;
}

function finite(x: unknown, i: number, name: string): number {
  if (typeof x !== 'number') throw invalidArgument(`${name}[${i}]`, 'a number', x);
  if (Number.isFinite(x)) return x;
  throw new DeepTypeError(
    'ERR_NON_FINITE_INPUT',
    `${name}: expected finite values, received ${describe(x)} at row ${i}, column 0`,
  );
}

/** A vector as a table of one column, or a table; see `acceptVector` and `acceptMatrix`. */
export function acceptValues(value: unknown, name: string): RawMatrix {
  return runSync(slicedValues(value, name));
}

/** As `acceptValues`, in slices. */
export function* slicedValues(value: unknown, name: string): Sliced<RawMatrix> {
  if (value === undefined) throw invalidArgument(name, 'values, one a row of X', value);
  const isVector = isNumberView(value) || (Array.isArray(value) && typeof value[0] !== 'object');
  if (!isVector) return acceptMatrix(yield* slicedShape(value, name), name);
  const data = yield* slicedVector(value, name);
  return { data, rows: data.length, columns: 1 };
}

function isNumberView(value: unknown): value is Exclude<Vector, readonly number[]> {
  return isFloat32(value) || isFloat64(value) || isIntegers(value);
}
