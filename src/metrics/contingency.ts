import { checkLength, encodeLabels } from '../data/labels.js';

/** A sparse contingency table of two labellings. */
export interface Contingency {
  /** Number of rows labelled. */
  readonly total: number;
  /** Float64Array[classes]: rows of each true class. */
  readonly rowSums: Float64Array;
  /** Float64Array[clusters]: rows of each predicted cluster. */
  readonly columnSums: Float64Array;
  /** The non-empty cells. */
  readonly cells: readonly Cell[];
}

/** `count` rows have true class `row` and predicted cluster `column`. */
export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly count: number;
}

/** The contingency table of two labellings; their label values may differ. */
export function contingency(truth: unknown, predicted: unknown): Contingency {
  const a = encodeLabels(truth, 'truth');
  const b = encodeLabels(predicted, 'predicted');
  const total = a.codes.length;
  checkLength('predicted', b.codes.length, total, 'truth');

  const width = b.classes.length;
  const rowSums = new Float64Array(a.classes.length);
  const columnSums = new Float64Array(width);
  const counts = new Map<number, number>();
  for (let i = 0; i < total; i++) {
    const row = a.codes[i]!;
    const column = b.codes[i]!;
    rowSums[row]!++;
    columnSums[column]!++;
    const key = row * width + column;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const cells = Array.from(counts, ([key, count]) => ({
    row: Math.floor(key / width),
    column: key % width,
    count,
  }));
  return { total, rowSums, columnSums, cells };
}
