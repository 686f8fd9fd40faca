import { Matrix } from '../matrix.js';
import { Random } from '../random.js';

/** At most `most` rows of a table, drawn without replacement, in its order; all where there are no more. */
export function sampleRows(
  table: Matrix,
  most: number,
  seed: number,
): { table: Matrix; rows: Int32Array } {
  const random = new Random(seed);
  if (table.rows <= most) {
    return { table, rows: Int32Array.from({ length: table.rows }, (_, i) => i) };
  }
  const rows = random.permutation(table.rows).slice(0, most).sort();
  return { table: rowsOf(table, rows), rows };
}

/** Some rows of a table, in the order given. */
export function rowsOf(table: Matrix, rows: Int32Array): Matrix {
  const data = new Float32Array(rows.length * table.columns);
  rows.forEach((row, i) => {
    data.set(table.row(row), i * table.columns);
  });
  return new Matrix(data, rows.length, table.columns);
}
