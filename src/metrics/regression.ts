import { invalidArgument, shapeMismatch } from '../errors.js';
import type { RawMatrix } from '../matrix.js';
import { acceptValues, type Values } from './values.js';

/**
 * Coefficient of determination, R^2 = 1 - sum_i (t_i - p_i)^2 / sum_i (t_i - mean(t))^2. With
 * several outputs, the mean over them. A constant truth gives 1 when predicted exactly, else 0, as
 * in scikit-learn.
 *
 * @param truth N values (N at least 2) or N rows of values
 * @param predicted the same shape
 * @returns at most 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function rSquared(truth: Values, predicted: Values): number {
  const { t, p } = acceptPair(truth, predicted);
  if (t.rows < 2) throw invalidArgument('truth', 'at least 2 rows', t.rows);
  let sum = 0;
  for (let j = 0; j < t.columns; j++) sum += rSquaredOfColumn(t, p, j);
  return sum / t.columns;
}

function rSquaredOfColumn(t: RawMatrix, p: RawMatrix, column: number): number {
  // Offsets from the first value: a large common offset does no harm, a constant has mean 0 exactly.
  const origin = t.data[column]!;
  let mean = 0;
  for (let k = column; k < t.data.length; k += t.columns) mean += (t.data[k]! - origin) / t.rows;
  let residual = 0;
  let total = 0;
  for (let k = column; k < t.data.length; k += t.columns) {
    residual += (t.data[k]! - p.data[k]!) ** 2;
    total += (t.data[k]! - origin - mean) ** 2;
  }
  if (total > 0) return 1 - residual / total;
  return residual > 0 ? 0 : 1;
}

/**
 * Mean over rows and outputs of (t - p)^2.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function meanSquaredError(truth: Values, predicted: Values): number {
  const errors = absoluteErrors(truth, predicted);
  return errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
}

/**
 * Mean over rows and outputs of |t - p|.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function meanAbsoluteError(truth: Values, predicted: Values): number {
  const errors = absoluteErrors(truth, predicted);
  return errors.reduce((sum, e) => sum + e, 0) / errors.length;
}

/**
 * The largest |t - p| over rows and outputs.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function maxError(truth: Values, predicted: Values): number {
  return absoluteErrors(truth, predicted).reduce((largest, e) => Math.max(largest, e), 0);
}

function absoluteErrors(truth: Values, predicted: Values): Float64Array {
  const { t, p } = acceptPair(truth, predicted);
  return Float64Array.from(t.data, (x, k) => Math.abs(x - p.data[k]!));
}

function acceptPair(truth: Values, predicted: Values): { t: RawMatrix; p: RawMatrix } {
  const t = acceptValues(truth, 'truth');
  const p = acceptValues(predicted, 'predicted');
  if (t.rows !== p.rows || t.columns !== p.columns) {
    throw shapeMismatch(
      'predicted',
      `${t.rows} x ${t.columns} values like truth`,
      `${p.rows} x ${p.columns}`,
    );
  }
  return { t, p };
}
