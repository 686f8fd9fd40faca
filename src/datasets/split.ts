import {
  boolean,
  checkKeys,
  integer,
  isFloat32,
  isFloat64,
  isIntegers,
  number,
  SEED,
} from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { Random } from '../common/random.js';
import { forSlices, runSync, type Sliced } from '../common/time-slices.js';
import { checkLength, encodeLabels, type Labels } from '../data/labels.js';
import { acceptFloat32, Matrix, type MatrixLike } from '../data/matrix.js';
import { acceptFloat32Gaps } from '../data/missing-values.js';
import { rowsByClass } from './folds.js';

export interface TrainTestSplitOptions {
  /** Fraction of the rows (with `groups`, of the groups) to hold out, rounded up. Default 0.25. */
  testFraction?: number;
  /** Keep the proportions of the classes of `y`, which must then be labels. Default false. */
  stratify?: boolean;
  /** N labels; rows with one label all go to the same side. */
  groups?: Labels;
  /** Default 0. */
  seed?: number;
}

/** A vector of the same type; a table that is not an array of rows is returned as a Matrix. */
export type Taken<Y> = Y extends
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Float32Array
  | Float64Array
  | readonly unknown[]
  ? Y
  : Y extends { time: infer T; event: infer E }
    ? { time: Taken<T>; event: Taken<E> }
    : Matrix;

export interface TrainTestSplit<Y> {
  readonly XTrain: Matrix;
  readonly XTest: Matrix;
  readonly yTrain: Taken<Y>;
  readonly yTest: Taken<Y>;
  /** Row of X of each row of XTrain, in random order. */
  readonly trainIndices: Int32Array;
  /** Row of X of each row of XTest, in random order. */
  readonly testIndices: Int32Array;
}

const OPTIONS = ['testFraction', 'stratify', 'groups', 'seed'] as const;

/**
 * Splits rows at random into a training and a test set, neither of them empty. ceil(testFraction N)
 * rows are held out. With `stratify` each class is represented in proportion, rounded by the method of
 * the largest remainder. With `groups` whole groups are drawn, ceil(testFraction G) of the G groups;
 * with both, a group counts for its most frequent class.
 *
 * Tables are returned as float32. If the values need float64, select the rows of X by `trainIndices` and
 * `testIndices`.
 *
 * @param X table of N rows; NaN is a missing value, for an `Imputer` that is fitted to XTrain
 * @param y N labels or values, N rows of values, or { time, event } of N each
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`
 */
export function trainTestSplit<Y>(
  X: MatrixLike,
  y: Y,
  options: TrainTestSplitOptions = {},
): TrainTestSplit<Y> {
  const given = checkKeys('options', options, OPTIONS);
  const { testFraction: fraction = 0.25, stratify: keep = false, seed = 0 } = given;
  const testFraction = number('testFraction', fraction, { exclusiveMin: 0, exclusiveMax: 1 });
  const stratify = boolean('stratify', keep);
  const random = new Random(integer('seed', seed, SEED));
  const table = acceptFloat32Gaps(X, 'X');
  const { rows } = table;
  const takeTargets = acceptTargets(y, 'y', rows);

  const classOfRow = stratify ? encodeLabels(y, 'y').codes : new Int32Array(rows);
  const groups = given.groups === undefined ? undefined : encodeLabels(given.groups, 'groups');
  if (groups) checkLength('groups', groups.codes.length, rows, 'rows of X');
  const groupOfRow = groups?.codes ?? Int32Array.from({ length: rows }, (_, i) => i);
  const units = groups?.classes.length ?? rows;
  if (units < 2) {
    throw groups
      ? invalidArgument('groups', 'at least 2 groups', units)
      : invalidArgument('X', 'at least 2 rows', units);
  }

  const classOfUnit = groups ? majorities(groupOfRow, units, classOfRow) : classOfRow;
  const isTest = runSync(chooseUnits(classOfUnit, testFraction, random));
  const order = random.permutation(rows);
  const testIndices = order.filter((row) => isTest[groupOfRow[row]!] === 1);
  const trainIndices = order.filter((row) => isTest[groupOfRow[row]!] === 0);
  return {
    XTrain: takeRows(table, trainIndices),
    XTest: takeRows(table, testIndices),
    yTrain: takeTargets(trainIndices) as Taken<Y>,
    yTest: takeTargets(testIndices) as Taken<Y>,
    trainIndices,
    testIndices,
  };
}

/** 1 for each unit that is held out: ceil(fraction U) of the U units, each class in proportion. */
export function* chooseUnits(
  classOfUnit: Int32Array,
  fraction: number,
  random: Random,
): Sliced<Uint8Array> {
  const units = classOfUnit.length;
  // 0.07 * 100 is slightly above 7 in binary, which must not round up to 8.
  const wanted = Math.ceil(fraction * units - 1e-9);
  const count = Math.min(units - 1, Math.max(1, wanted));
  const members = yield* membersOf(classOfUnit);
  const shares = largestRemainder(
    members.map((list) => list.length),
    count,
  );
  const isTest = new Uint8Array(units);
  for (const [code, list] of members.entries()) {
    yield* random.shuffling(list);
    const share = shares[code]!;
    yield* forSlices(share, (from, end) => {
      for (let k = from; k < end; k++) isTest[list[k]!] = 1;
    });
  }
  return isTest;
}

/** The units of each class, ascending. */
function* membersOf(classOfUnit: Int32Array): Sliced<Int32Array[]> {
  const counts: number[] = [];
  yield* forSlices(classOfUnit.length, (from, end) => {
    for (let i = from; i < end; i++) counts[classOfUnit[i]!] = (counts[classOfUnit[i]!] ?? 0) + 1;
  });
  const members = Array.from(counts, (count = 0) => new Int32Array(count));
  const filled = new Int32Array(members.length);
  yield* forSlices(classOfUnit.length, (from, end) => {
    for (let i = from; i < end; i++) {
      const code = classOfUnit[i]!;
      members[code]![filled[code]!++] = i;
    }
  });
  return members;
}

/** `count` distributed in proportion to `sizes`: quotas rounded down, the rest to the largest remainders. */
export function largestRemainder(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // Quotas are multiplied by the total, so that remainders are exact integers.
  const shares = sizes.map((size) => Math.floor((size * count) / total));
  const remainder = (k: number): number => sizes[k]! * count - shares[k]! * total;
  const left = count - shares.reduce((sum, share) => sum + share, 0);
  const order = sizes.map((_, k) => k).sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const k of order.slice(0, left)) shares[k]!++;
  return shares;
}

/** The most frequent class of each group; ties go to the first class. */
function majorities(groupOfRow: Int32Array, groups: number, classOfRow: Int32Array): Int32Array {
  return Int32Array.from(rowsByClass(groupOfRow, groups), (rows) => {
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(classOfRow[row]!, (counts.get(classOfRow[row]!) ?? 0) + 1);
    const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return byCount[0]![0];
  });
}

export function takeRows(table: Matrix, indices: Int32Array): Matrix {
  const data = new Float32Array(indices.length * table.columns);
  indices.forEach((row, i) => {
    data.set(table.row(row), i * table.columns);
  });
  return new Matrix(data, indices.length, table.columns);
}

export type Take = (indices: Int32Array) => unknown;

/** Checks that `y` has `rows` rows; returns a function that selects rows of it. */
export function acceptTargets(y: unknown, name: string, rows: number): Take {
  if (y === undefined) throw invalidArgument(name, 'values, one a row of X', y);
  const takeVector = acceptVectorTargets(y, name, rows);
  if (takeVector) return takeVector;
  if (typeof y === 'object' && y !== null && 'time' in y && 'event' in y) {
    const time = acceptVectorTargets(y.time, `${name}.time`, rows);
    const event = acceptVectorTargets(y.event, `${name}.event`, rows);
    if (!time) throw invalidArgument(`${name}.time`, 'an array', y.time);
    if (!event) throw invalidArgument(`${name}.event`, 'an array', y.event);
    return (indices) => ({ time: time(indices), event: event(indices) });
  }
  const table = acceptFloat32(y, name);
  checkLength(name, table.rows, rows, 'rows of X');
  return (indices) => takeRows(table, indices);
}

/** As `acceptTargets` for an array or a typed array; undefined for anything else. */
function acceptVectorTargets(y: unknown, name: string, rows: number): Take | undefined {
  if (Array.isArray(y)) {
    const values: unknown[] = Array.from(y);
    checkLength(name, values.length, rows, 'rows of X');
    return (indices) => Array.from(indices, (i) => values[i]);
  }
  if (!isTargetView(y)) return undefined;
  checkLength(name, y.length, rows, 'rows of X');
  return (indices) => {
    const taken = y.slice(0, indices.length);
    indices.forEach((i, k) => {
      taken[k] = y[i]!;
    });
    return taken;
  };
}

function isTargetView(
  y: unknown,
): y is Int32Array | Uint32Array | Uint8Array | Float32Array | Float64Array {
  return isIntegers(y) || isFloat32(y) || isFloat64(y);
}
