import { Matrix } from '../src/index.js';

/** A copy that no trainer copies again: tables in a SharedArrayBuffer are read in place. */
export function inSharedMemory({ data, rows, columns }: Matrix): Matrix {
  const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
  shared.set(data);
  return new Matrix(shared, rows, columns);
}
