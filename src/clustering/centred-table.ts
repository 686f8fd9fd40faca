import { isFloat32 } from '../common/checks.js';
import { acceptMatrix, Matrix } from '../data/matrix.js';

/** Rows that tell where a column lies. */
const ROWS = 101;

/** A table for methods that look at distances alone, and by what its lengths were divided. */
export interface CentredTable {
  readonly table: Matrix;
  readonly unit: number;
}

/**
 * X (N x D) in float32 for what does not change when columns are shifted and all of them are scaled together: float32 as
 * it is; float64 after a value from the middle of each column was taken away, and in a unit that is a power of two, so
 * that rounding loses nothing that tells rows apart, however far from zero they lie.
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
