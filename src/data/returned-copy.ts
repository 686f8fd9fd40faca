// What an object learned, as its callers get it: a copy, so that nothing they do to it reaches the object.
import { Matrix } from './matrix.js';

type Own = Float32Array | Float64Array | Int32Array | Matrix;

const copies = new WeakMap<Own, Own>();

/**
 * A copy of `own`, which does not change any more: the same one at every call, so that a loop over `model.labels[i]`
 * makes one. Where its memory was transferred, a new one.
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
