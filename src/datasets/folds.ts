import { checkKeys, integer, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { Random } from '../common/random.js';
import { checkLength, encodeLabels, type Labels } from '../data/labels.js';

export interface StratifiedFoldsOptions {
  /** N labels; rows with one label all go to the same fold. */
  groups?: Labels;
  /** Seed of the random assignment. Default 0. */
  seed?: number;
}

/** Improvement passes over the groups; none raises the objective. */
const PASSES = 10;

/**
 * Assigns the rows to folds so that fold sizes, and the numbers of rows of each class in the folds, differ
 * by at most one. With `groups` no group is in two folds and every fold has a group; classes and sizes are
 * balanced by a local search that moves single groups to minimise sum_f sum_c (n_fc / n_c)^2, with n_fc the
 * rows of class c in fold f, and all rows as one additional class.
 *
 * @param y N labels
 * @param folds number of folds, from 2 to N, or to the number of groups
 * @param options the options, or the seed alone
 * @returns Int32Array[N]: fold of each row, from 0 to folds - 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`
 */
export function stratifiedFolds(
  y: Labels,
  folds: number,
  options: StratifiedFoldsOptions | number = {},
): Int32Array {
  const given = typeof options === 'number' ? { seed: options } : options;
  const { groups, seed = 0 } = checkKeys('options', given, ['groups', 'seed']);
  const { codes, classes } = encodeLabels(y, 'y');
  integer('folds', folds, { min: 2, max: codes.length });
  const random = new Random(integer('seed', seed, SEED));
  if (groups !== undefined) return groupFolds(codes, classes.length, folds, groups, random);
  const foldOf = new Int32Array(codes.length);
  // Class by class; each class starts at the fold where the previous one ended.
  let dealt = 0;
  for (const rows of rowsByClass(codes, classes.length)) {
    for (const row of random.shuffle(rows)) foldOf[row] = dealt++ % folds;
  }
  return foldOf;
}

/** Greedy: groups in random order, largest first, each to the fold of least increase; then local search. */
function groupFolds(
  codes: Int32Array,
  classes: number,
  folds: number,
  groups: unknown,
  random: Random,
): Int32Array {
  const group = encodeLabels(groups, 'groups');
  checkLength('groups', group.codes.length, codes.length, 'y');
  const count = group.classes.length;
  if (count < folds) throw invalidArgument('groups', `at least ${folds} groups, one a fold`, count);
  const width = classes + 1; // the last class is all rows
  const sizes = countTable(group.codes, count, codes, width);
  const totals = countTable(new Int32Array(codes.length), 1, codes, width);
  const { move, cost } = foldCounts(folds, width, sizes, totals);
  const foldOfGroup = new Int32Array(count).fill(-1);
  const size = (g: number): number => sizes[g * width + classes]!;
  const order = [...random.permutation(count)].sort((a, b) => size(b) - size(a));
  let moved = count;
  for (let pass = 0; pass <= PASSES && moved > 0; pass++) {
    moved = 0;
    for (const g of order) {
      const before = foldOfGroup[g]!;
      if (before >= 0) move(g, before, -1);
      let best = Math.max(before, 0);
      let least = cost(g, best);
      for (let fold = 0; fold < folds; fold++) {
        const here = cost(g, fold);
        if (here < least) [best, least] = [fold, here];
      }
      move(g, best, 1);
      foldOfGroup[g] = best;
      if (best !== before) moved++;
    }
  }
  return group.codes.map((g) => foldOfGroup[g]!);
}

/** The rows of each class (the last: of all) in each fold, as groups g with `sizes` (G,width) move. */
function foldCounts(folds: number, width: number, sizes: Float64Array, totals: Float64Array) {
  const inFold = new Float64Array(folds * width);
  const move = (g: number, fold: number, sign: 1 | -1): void => {
    for (let c = 0; c < width; c++) inFold[fold * width + c]! += sign * sizes[g * width + c]!;
  };
  /** Half the increase of the objective if g is added to `fold`, up to a term that is the same for all folds. */
  const cost = (g: number, fold: number): number => {
    let sum = 0;
    for (let c = 0; c < width; c++) {
      sum += (inFold[fold * width + c]! * sizes[g * width + c]!) / totals[c]! ** 2;
    }
    return sum;
  };
  return { move, cost };
}

/** Table[rows x width]: entry (u, c) counts the samples of unit u and class c; the last column, those of u. */
function countTable(
  unitOf: Int32Array,
  units: number,
  classOf: Int32Array,
  width: number,
): Float64Array {
  const table = new Float64Array(units * width);
  unitOf.forEach((unit, i) => {
    table[unit * width + classOf[i]!]!++;
    table[unit * width + width - 1]!++;
  });
  return table;
}

/** The rows of each class, ascending. */
export function rowsByClass(codes: Int32Array, classes: number): Int32Array[] {
  const rows = Array.from({ length: classes }, (): number[] => []);
  codes.forEach((code, row) => {
    rows[code]!.push(row);
  });
  return rows.map((list) => Int32Array.from(list));
}
