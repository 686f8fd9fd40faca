// Assignment of rows to their nearest centroids.
import { isInt32 } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Matrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';

/** Int32Array[N]: the nearest centroid (K x R) of each row of the representation (N x R). */
export function nearest(
  centroids: Matrix,
  representation: Matrix,
  threads: number,
  out?: unknown,
): Int32Array {
  const labels = out === undefined ? new Int32Array(representation.rows) : out;
  checkIndices(labels, representation.rows);
  native().assign(representation, inFloat64(centroids), labels, threads);
  return labels;
}

/** Throws `ERR_INVALID_ARGUMENT` unless `out` has one index for each row. */
export function checkIndices(out: unknown, rows: number): asserts out is Int32Array {
  if (isInt32(out) && out.length === rows) return;
  throw invalidArgument('out', `an Int32Array of ${rows}`, out);
}

export function inFloat64({ data, rows, columns }: Matrix): NativeMatrix<Float64Array> {
  return { data: Float64Array.from(data), rows, columns };
}
