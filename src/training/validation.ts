// Rows that are not trained on, by whose losses phases end early.

import { invalidArgument } from '../common/errors.js';
import { Random } from '../common/random.js';
import { forSlices, indices, type Sliced } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';
import type { ClassWeight } from '../data/sample-weights.js';
import type { EncodedTargets, TargetsAsGiven } from '../data/targets.js';
import { chooseUnits } from '../datasets/split.js';
import type { ResolvedLoss } from '../options/losses.js';
import type { ResolvedValidation } from '../options/validation.js';
import { takeRows } from '../preprocessing/large-tables.js';
import { slicedLike, targetsOf } from './targets.js';

/** A table as the network takes it. */
export interface Table {
  readonly x: Matrix;
  readonly targets: EncodedTargets;
}

/** The rows that are trained on, and those held out. */
export interface Tables extends Table {
  readonly heldOut?: Table | undefined;
}

/** Which rows of X are trained on and which are held out, both ascending. */
export interface Split {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

const STREAM = 5 * 2 ** 32;

/**
 * Draws the rows to hold out; undefined where all of X is trained on.
 *
 * @throws `ERR_INVALID_ARGUMENT` for fewer than 2 rows, or with 'cox' fewer than 2 events
 */
export function* slicedHeldOut(
  validation: ResolvedValidation | undefined,
  targets: EncodedTargets,
  rows: number,
  { seed, loss }: { readonly seed: number; readonly loss: ResolvedLoss },
): Sliced<Split | undefined> {
  if (validation?.fraction === undefined) return undefined;
  if (rows < 2) throw invalidArgument('X', 'at least 2 rows, one to hold out', rows);
  const classOf = yield* strata(targets, rows, loss);
  const random = new Random(seed, STREAM);
  const isHeldOut = yield* chooseUnits(classOf, validation.fraction, random);
  yield* keepOneOfEach(classOf, isHeldOut);
  if (loss.targets === 'survival') yield* holdOutAnEvent(classOf, isHeldOut, random);
  if (!isHeldOut.includes(1)) isHeldOut[rows - 1] = 1;
  return {
    training: yield* rowsWhere(isHeldOut, 0),
    heldOut: yield* rowsWhere(isHeldOut, 1),
  };
}

/** Gives a class that is held out as a whole its first row back: one of every class is trained on. */
function* keepOneOfEach(classOf: Int32Array, isHeldOut: Uint8Array): Sliced<void> {
  const first = new Map<number, number>();
  const kept = new Set<number>();
  yield* forSlices(classOf.length, (from, end) => {
    for (let i = from; i < end; i++) {
      const c = classOf[i]!;
      if (!first.has(c)) first.set(c, i);
      if (isHeldOut[i] === 0) kept.add(c);
    }
  });
  for (const [c, row] of first) if (!kept.has(c)) isHeldOut[row] = 0;
}

function* rowsWhere(isHeldOut: Uint8Array, wanted: 0 | 1): Sliced<Int32Array> {
  const rows = new Int32Array(isHeldOut.length);
  let count = 0;
  yield* forSlices(rows.length, (from, end) => {
    for (let i = from; i < end; i++) if (isHeldOut[i] === wanted) rows[count++] = i;
  });
  return rows.slice(0, count);
}

/** Without an event 'cox' is 0 whatever the network says: an event changes places with a censored row. */
function* holdOutAnEvent(isEvent: Int32Array, isHeldOut: Uint8Array, random: Random): Sliced<void> {
  const order = yield* random.shuffling(yield* indices(isEvent.length));
  let [count, first, isHeld] = [0, -1, false];
  yield* forSlices(order.length, (from, end) => {
    for (let k = from; k < end; k++) {
      const i = order[k]!;
      if (isEvent[i] !== 1) continue;
      if (count++ === 0) first = i;
      isHeld ||= isHeldOut[i] === 1;
    }
  });
  if (isHeld) return;
  if (count < 2) {
    throw invalidArgument('y.event', 'at least two events, one of them to hold out', count);
  }
  const censored = isHeldOut.indexOf(1);
  if (censored >= 0) isHeldOut[censored] = 0;
  isHeldOut[first] = 1;
}

/** The table of the rows named. */
export function* tableOf({ x, targets }: Table, rows: Int32Array): Sliced<Table> {
  const { data, columns } = yield* takeRows(x, rows);
  const taken = new Matrix(data as Float32Array, rows.length, columns);
  return { x: taken, targets: yield* targetsOf(targets, rows) };
}

/** The rows that the caller holds out, as the network takes them. */
export function* givenTable(
  x: Matrix,
  y: unknown,
  loss: ResolvedLoss,
  like: EncodedTargets,
  classWeight: ClassWeight | undefined,
): Sliced<Table & { readonly targets: TargetsAsGiven }> {
  return { x, targets: yield* slicedLike(y, x.rows, loss, like, classWeight) };
}

/** What the rows are drawn in proportion to: classes, or events and censored rows. */
function* strata(targets: EncodedTargets, rows: number, loss: ResolvedLoss): Sliced<Int32Array> {
  const { classes, classValues, values } = targets;
  if (classes !== null) return classes;
  const { data = new Float32Array(0), columns = 1 } = values ?? {};
  const isEvent = loss.targets === 'survival';
  if (classValues === undefined && !isEvent) return new Int32Array(rows);
  const last = new Int32Array(rows);
  yield* forSlices(rows, (from, end) => {
    for (let i = from; i < end; i++) last[i] = data[i * columns + columns - 1]!;
  });
  return last;
}
