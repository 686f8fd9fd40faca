import { Random } from '../common/random.js';
import { indices, type Sliced } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';

/** At most `most` rows of a table, drawn without replacement, in table order. */
export function* sampleRows(
  table: Matrix,
  most: number,
  seed: number,
): Sliced<{ table: Matrix; rows: Int32Array }> {
  const all = yield* indices(table.rows);
  if (table.rows <= most) return { table, rows: all };
  const rows = (yield* new Random(seed).shuffling(all)).slice(0, most).sort();
  return { table: rowsOf(table, rows), rows };
}

/** The given rows of a table, in the given order. */
export function rowsOf(table: Matrix, rows: Int32Array): Matrix {
  const data = new Float32Array(rows.length * table.columns);
  rows.forEach((row, i) => {
    data.set(table.row(row), i * table.columns);
  });
  return new Matrix(data, rows.length, table.columns);
}
