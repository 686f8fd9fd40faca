import { encodeLabels, type Labels } from '../labels.js';
import { Random } from '../random.js';
import { integer, SEED } from '../validate.js';

/**
 * Deals the rows to folds so that fold sizes differ by at most one, and so do the numbers of rows of
 * any one class in the folds.
 *
 * @param y N labels
 * @param folds how many, from 2 to N
 * @param seed which of the random deals; default 0
 * @returns Int32Array[N]: fold of each row, from 0 to folds - 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`
 */
export function stratifiedFolds(y: Labels, folds: number, seed = 0): Int32Array {
  const { codes, classes } = encodeLabels(y, 'y');
  integer('folds', folds, { min: 2, max: codes.length });
  const random = new Random(integer('seed', seed, SEED));
  const foldOf = new Int32Array(codes.length);
  // One class after the other, the next starting at the fold where the last one stopped.
  let dealt = 0;
  for (const rows of rowsByClass(codes, classes.length)) {
    for (const row of random.shuffle(rows)) foldOf[row] = dealt++ % folds;
  }
  return foldOf;
}

/** The rows of each class, ascending. */
export function rowsByClass(codes: Int32Array, classes: number): Int32Array[] {
  const rows = Array.from({ length: classes }, (): number[] => []);
  codes.forEach((code, row) => {
    rows[code]!.push(row);
  });
  return rows.map((list) => Int32Array.from(list));
}
