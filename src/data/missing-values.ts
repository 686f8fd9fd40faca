import { isFloat32 } from '../common/checks.js';
import { DeepTypeError } from '../common/errors.js';
import { acceptShape, Matrix, type RawMatrix } from './matrix.js';

/** As `acceptMatrix`, of a table with missing values: its values are finite, or NaN if missing. */
export function acceptGaps(value: unknown, name: string): RawMatrix {
  const table = acceptShape(value, name);
  checkBounded(table, name, '');
  return table;
}

/** As `acceptGaps`, rounded to float32 (a float32 table is not copied). */
export function acceptFloat32Gaps(value: unknown, name: string): Matrix {
  const { data, rows, columns } = acceptGaps(value, name);
  if (value instanceof Matrix) return value;
  if (isFloat32(data)) return new Matrix(data, rows, columns);
  const rounded = new Matrix(Float32Array.from(data), rows, columns);
  checkBounded(rounded, name, ' after rounding to float32');
  return rounded;
}

function checkBounded({ data, columns }: RawMatrix, name: string, note: string): void {
  const bad = data.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  if (bad === -1) return;
  const place = `row ${Math.floor(bad / columns)}, column ${bad % columns}`;
  const message = `${name}: expected finite values or NaN, received ${data[bad]} at ${place}${note}`;
  throw new DeepTypeError('ERR_NON_FINITE_INPUT', message);
}
