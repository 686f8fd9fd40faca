import { newFloat64 } from '../native/memory.js';
import type { Cell } from './contingency.js';

/** The greatest total count of cells of which no two share a row or a column. */
export function maximumMatching(cells: readonly Cell[], rows: number, columns: number): number {
  return matching(cells, rows, columns).reduce((total, { count }) => total + count, 0);
}

/**
 * The cells of greatest total count of which no two share a row or a column, by the Hungarian
 * algorithm (Kuhn 1955; shortest augmenting paths with potentials, Jonker and Volgenant 1987).
 */
export function matching(cells: readonly Cell[], rows: number, columns: number): Cell[] {
  // Every row needs a column, so the shorter side becomes the rows.
  const turned = rows > columns;
  const n = turned ? columns : rows;
  const m = turned ? rows : columns;
  const profit = newFloat64(n * m, `${n} x ${m} pairs of classes`);
  for (const { row, column, count } of cells) {
    profit[turned ? column * m + row : row * m + column] = count;
  }
  const rowOf = assign(profit, n, m);
  return cells.filter(({ row, column }) =>
    turned ? rowOf[row] === column : rowOf[column] === row,
  );
}

/** For an n x m profit, n <= m: the row assigned to each column, or -1, at the greatest total profit. */
function assign(profit: Float64Array, n: number, m: number): Int32Array {
  // Index m stands for the unmatched column from which each search starts.
  const rowOf = new Int32Array(m + 1).fill(-1);
  const potential = { row: new Float64Array(n), column: new Float64Array(m + 1) };
  for (let start = 0; start < n; start++) {
    rowOf[m] = start;
    const { end, previous } = shortestPath(profit, rowOf, potential);
    for (let column = end; column !== m; column = previous[column]!) {
      rowOf[column] = rowOf[previous[column]!]!;
    }
  }
  return rowOf.subarray(0, m);
}

interface Potential {
  row: Float64Array;
  column: Float64Array;
}

/** Dijkstra's search from column m to the nearest column without a row; it updates the potentials. */
function shortestPath(profit: Float64Array, rowOf: Int32Array, potential: Potential) {
  const m = rowOf.length - 1;
  const slack = new Float64Array(m).fill(Number.POSITIVE_INFINITY);
  const previous = new Int32Array(m);
  const visited = new Uint8Array(m + 1);
  let column = m;
  while (rowOf[column]! >= 0) {
    visited[column] = 1;
    const row = rowOf[column]!;
    let least = Number.POSITIVE_INFINITY;
    let next = -1;
    for (let j = 0; j < m; j++) {
      if (visited[j]) continue;
      const reduced = -profit[row * m + j]! - potential.row[row]! - potential.column[j]!;
      if (reduced < slack[j]!) {
        slack[j] = reduced;
        previous[j] = column;
      }
      if (slack[j]! < least) {
        least = slack[j]!;
        next = j;
      }
    }
    for (let j = 0; j <= m; j++) {
      if (visited[j]) {
        potential.row[rowOf[j]!]! += least;
        potential.column[j]! -= least;
      } else {
        slack[j]! -= least;
      }
    }
    column = next;
  }
  return { end: column, previous };
}
