import { invalidArgument, shapeMismatch } from '../common/errors.js';
import type { RawMatrix } from '../data/matrix.js';
import { acceptValues, type Values } from '../data/vectors.js';
import { quotient, sumOfSquares } from './squares.js';

const HUGE = 2 ** 1021;
const UNIT = 2 ** 8;

/**
 * Coefficient of determination, R^2 = 1 - sum_i (t_i - p_i)^2 / sum_i (t_i - mean(t))^2. With
 * several outputs, the mean over them. A constant truth gives 1 if predicted exactly, else 0, as
 * in scikit-learn. It is the same in any unit, from 1e-300 to 1e300.
 *
 * @param truth N values (N at least 2) or N rows of values
 * @param predicted the same shape
 * @returns at most 1; -Infinity where it is beyond float64
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
  const at = (i: number): number => column + i * t.columns;
  // Offsets from the first value keep precision under a large common offset; a constant has mean 0 exactly.
  const origin = t.data[column]!;
  let mean = 0;
  for (let i = 0; i < t.rows; i++) mean += (t.data[at(i)]! - origin) / t.rows;
  const eachRow = { length: t.rows };
  const residual = sumOfSquares(
    Float64Array.from(eachRow, (_, i) => t.data[at(i)]! - p.data[at(i)]!),
  );
  const total = sumOfSquares(Float64Array.from(eachRow, (_, i) => t.data[at(i)]! - origin - mean));
  if (total.value > 0) return 1 - quotient(residual, total);
  return residual.value > 0 ? 0 : 1;
}

/**
 * Mean over rows and outputs of (t - p)^2; Infinity where that is beyond float64, 1.8e308.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function meanSquaredError(truth: Values, predicted: Values): number {
  const { errors, unit } = absoluteErrors(truth, predicted);
  const { value, scale } = sumOfSquares(errors);
  return (((value / errors.length / scale) * unit) / scale) * unit;
}

/**
 * Mean over rows and outputs of |t - p|; Infinity where that is beyond float64.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function meanAbsoluteError(truth: Values, predicted: Values): number {
  const { errors, unit } = absoluteErrors(truth, predicted);
  const sum = errors.reduce((sum, e) => sum + e, 0);
  if (sum < Infinity) return (sum / errors.length) * unit;
  return errors.reduce((mean, e) => mean + e / errors.length, 0) * unit;
}

/**
 * The largest |t - p| over rows and outputs; Infinity where that is beyond float64.
 *
 * @param truth N values or N rows of values
 * @param predicted the same shape
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function maxError(truth: Values, predicted: Values): number {
  const { errors, unit } = absoluteErrors(truth, predicted);
  return errors.reduce((largest, e) => Math.max(largest, e), 0) * unit;
}

/** Both divided by a common power of two. */
function absoluteErrors(truth: Values, predicted: Values): { errors: Float64Array; unit: number } {
  const { t, p, unit } = acceptPair(truth, predicted);
  return { errors: Float64Array.from(t.data, (x, k) => Math.abs(x - p.data[k]!)), unit };
}

interface Pair {
  readonly t: RawMatrix;
  readonly p: RawMatrix;
  /** The unit: 1, or a power of two if differences might overflow. */
  readonly unit: number;
}

function acceptPair(truth: Values, predicted: Values): Pair {
  const t = acceptValues(truth, 'truth');
  const p = acceptValues(predicted, 'predicted');
  if (t.rows !== p.rows || t.columns !== p.columns) {
    throw shapeMismatch(
      'predicted',
      `${t.rows} x ${t.columns} values like truth`,
      `${p.rows} x ${p.columns}`,
    );
  }
  const isHuge = (x: number): boolean => Math.abs(x) > HUGE;
  if (!t.data.some(isHuge) && !p.data.some(isHuge)) return { t, p, unit: 1 };
  return { t: inUnits(t), p: inUnits(p), unit: UNIT };
}

function inUnits({ data, rows, columns }: RawMatrix): RawMatrix {
  return { data: Float64Array.from(data, (x) => x / UNIT), rows, columns };
}
