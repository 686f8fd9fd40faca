import { isFloat32 } from '../common/checks.js';
import { acceptMatrix, Matrix } from '../data/matrix.js';

/** Rows sampled for the median of a column. */
const ROWS = 101;

/** A centred table, and the unit its values were divided by. */
export interface CentredTable {
  readonly table: Matrix;
  readonly unit: number;
}

/**
 * X (N x D) in float32, for methods invariant under shifts of columns and a common scale. A float32 table is unchanged.
 * From a float64 table the approximate median of each column is subtracted, and the rest is divided by a power of two, so
 * that rounding to float32 keeps the differences between rows at any offset.
 */
export function centre(X: unknown, name: string): CentredTable {
  const { data, rows, columns } = acceptMatrix(X, name);
  if (isFloat32(data)) return { table: new Matrix(data, rows, columns), unit: 1 };
  const middle = Float64Array.from({ length: columns }, (_, j) => middleOf(data, rows, columns, j));
  const shifted = data.map((value, k) => value - middle[k % columns]!);
  const largest = shifted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
  return {
    table: new Matrix(
      Float32Array.from(shifted, (v) => v / unit),
      rows,
      columns,
    ),
    unit,
  };
}

function middleOf(data: Float64Array, rows: number, columns: number, column: number): number {
  const step = Math.max(1, Math.floor(rows / ROWS));
  const values: number[] = [];
  for (let i = 0; i < rows && values.length < ROWS; i += step) {
    values.push(data[i * columns + column]!);
  }
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
