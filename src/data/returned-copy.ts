// Copies of learned arrays for callers, so that changes do not affect the object.
import { Matrix } from './matrix.js';

type Own = Float32Array | Float64Array | Int32Array | Matrix;

const copies = new WeakMap<Own, Own>();

/**
 * A copy of `own`, which no longer changes. Every call returns the same copy, so that a loop over `model.labels[i]`
 * copies once; a new one is made if its memory was transferred.
 */
export function returnedCopy<T extends Own>(own: T): T {
  const copy = copies.get(own);
  if (copy !== undefined && lengthOf(copy) === lengthOf(own)) return copy as T;
  const fresh =
    own instanceof Matrix ? new Matrix(own.data.slice(), own.rows, own.columns) : own.slice();
  copies.set(own, fresh);
  return fresh as T;
}

function lengthOf(array: Own): number {
  return array instanceof Matrix ? array.data.length : array.length;
}
