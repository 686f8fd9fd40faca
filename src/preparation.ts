// What a fit trains on, from what its caller gave: the table taken in, its columns learned and standardised.
import { checkRows } from './clustering/range.js';
import type { Tables } from './engine.js';
import { shapeMismatch } from './errors.js';
import type { FitRequest } from './fit-options.js';
import type { Fitted } from './fitted.js';
import { isLarge, learnScaler, scale, takeIn, takeRows } from './intake.js';
import { Matrix, type RawMatrix } from './matrix.js';
import type { ResolvedEstimator, ResolvedTraining } from './options.js';
import type { Scaler } from './scaler.js';
import { type EncodedTargets, encodeTargets } from './targets.js';
import type { Steps } from './turns.js';
import { drawHeldOut, givenTable, type Split, type Table, tableOf } from './validation.js';
import { warnOfOdd } from './warnings.js';

/** @param fitted what a warm start goes on with */
export function* prepare(
  { training, standardize }: ResolvedEstimator,
  X: unknown,
  y: unknown,
  { sampleWeight, checkpoint, isWarm, from }: FitRequest,
  fitted: Fitted | undefined,
) {
  const isKept = checkpoint !== undefined; // a table is hashed while training goes on
  const raw = yield* takeIn(X, 'X', isKept);
  const { clusters, loss, classWeight } = training;
  const targets = encodeTargets(y, raw.rows, loss, { sampleWeight, classWeight });
  const split = drawHeldOut(training.validation, targets, raw.rows, training);
  checkRows(clusters, split?.training.length ?? raw.rows);
  warnOfOdd(targets, clusters, split, raw.rows);
  let scaler: Scaler | undefined;
  if (from !== undefined) scaler = from.scaler;
  else if (isWarm) {
    fitted!.checkResumable(raw.columns, targets);
    scaler = fitted!.scaler;
  } else if (standardize) {
    scaler = yield* learnScaler(split === undefined ? raw : yield* takeRows(raw, split.training));
  }
  const tables = yield* fitTables(raw, targets, split, scaler, training, isKept);
  return { tables, targets, split, scaler, columns: raw.columns };
}

/**
 * The table to train on and the one held out, as the network takes them.
 *
 * @param raw as it was taken in
 * @param isKept whether they are read after `fit` has returned to its caller, and so must not be his own
 */
function* fitTables(
  raw: RawMatrix,
  targets: EncodedTargets,
  split: Split | undefined,
  scaler: Scaler | undefined,
  { validation, loss, classWeight }: ResolvedTraining,
  isKept: boolean,
): Steps<Tables> {
  // Nor may they be his while a table is waited for.
  const mustOwn = isKept || validation?.given !== undefined;
  const x = yield* scale(scaler, raw, 'X');
  const all = mustOwn ? owned({ x, targets }, raw) : { x, targets };
  if (split !== undefined) {
    const training = yield* tableOf(all, split.training);
    return { ...training, heldOut: yield* tableOf(all, split.heldOut) };
  }
  if (validation?.given === undefined) return all;
  const { given } = validation;
  if (given.X.columns !== raw.columns) {
    throw shapeMismatch('validation.X', `${raw.columns} columns as X`, `${given.X.columns}`);
  }
  const others = yield* scale(scaler, given.X, 'validation.X');
  const heldOut = givenTable(others, given.y, loss, targets, classWeight);
  return { ...all, heldOut: isKept ? owned(heldOut, given.X) : heldOut };
}

/** The table in memory that no caller has; a large one was copied, or is shared on purpose. */
function owned({ x, targets }: Table, raw: RawMatrix): Table {
  const isHis = !isLarge(raw) && x.data.buffer === raw.data.buffer;
  const values = targets.values && Matrix.from(targets.values);
  return { x: isHis ? Matrix.from(x) : x, targets: { ...targets, values } };
}
