// Validation of a table and its targets.
import { shapeMismatch } from '../common/errors.js';
import { acceptMatrix } from '../data/matrix.js';
import { acceptValues } from '../data/vectors.js';
import type { NativeMatrix } from '../native/tables.js';

/** A table (N x D, float32 or float64) and its targets, T x N. */
export interface Problem {
  readonly x: NativeMatrix;
  readonly y: Float64Array;
  readonly outputs: number;
}

/** @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH` */
export function acceptProblem(X: unknown, y: unknown, mostOutputs: number): Problem {
  const x = acceptMatrix(X, 'X') as NativeMatrix; // or float64: the addon dispatches on the array type
  const { data, rows, columns: outputs } = acceptValues(y, 'y');
  if (rows !== x.rows) throw shapeMismatch('y', `${x.rows} values, one a row of X`, `${rows}`);
  if (outputs > mostOutputs) throw shapeMismatch('y', 'one value a row', `${outputs}`);
  const byOutput = new Float64Array(data.length);
  data.forEach((value, k) => {
    byOutput[(k % outputs) * rows + Math.floor(k / outputs)] = value;
  });
  return { x, y: byOutput, outputs };
}
