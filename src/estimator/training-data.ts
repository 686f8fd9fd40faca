// What a fit trains on: the table and targets of the caller, checked and standardised.

import { shapeMismatch } from '../common/errors.js';
import { runSync, type Sliced } from '../common/time-slices.js';
import { Matrix, type RawMatrix } from '../data/matrix.js';
import type { EncodedTargets, TargetsAsGiven } from '../data/targets.js';
import { checkRows } from '../options/cluster-range.js';
import type { ResolvedEstimator, ResolvedTraining } from '../options/options.js';
import {
  acceptTable,
  isLarge,
  learnScaler,
  scale,
  takeRows,
  zeroColumns,
} from '../preprocessing/large-tables.js';
import type { Scaler } from '../preprocessing/scaler.js';
import { learnTargets, type Scalers } from '../preprocessing/target-scaler.js';
import { slicedTarget, standardized } from '../training/targets.js';
import type { Tables } from '../training/validation.js';
import {
  givenTable,
  type Split,
  slicedHeldOut,
  type Table,
  tableOf,
} from '../training/validation.js';
import { warnOfOdd } from '../training/warnings.js';
import type { FitRequest } from './fit-options.js';
import type { Fitted } from './fitted.js';

/** What a fit trains on. */
export interface TrainingData extends Scalers {
  readonly tables: Tables;
  readonly targets: EncodedTargets;
  /** Undefined where all rows of X are trained on. */
  readonly split: Split | undefined;
  /** How many columns there are, and which of them are 0 in all rows. */
  readonly inputs: { readonly columns: number; readonly unused: Int32Array };
}

/** @param fitted the model that a warm start continues */
export function* acceptTrainingData(
  estimator: ResolvedEstimator,
  X: unknown,
  y: unknown,
  { sampleWeight, checkpoint, isWarm, from }: FitRequest,
  fitted: Fitted | undefined,
): Sliced<TrainingData> {
  const isKept = checkpoint !== undefined; // the table is hashed during training
  const raw = yield* acceptTable(X, 'X', isKept);
  const { training } = estimator;
  const { clusters, loss, classWeight } = training;
  const weighting = { sampleWeight, classWeight };
  const given = yield* inSlicesIfLarge(raw, slicedTarget(y, raw.rows, loss, weighting));
  const split = yield* inSlicesIfLarge(
    raw,
    slicedHeldOut(training.validation, given, raw.rows, training),
  );
  checkRows(clusters, split?.training.length ?? raw.rows);
  warnOfOdd(given, clusters, split, raw.rows);
  if (isWarm) {
    fitted!.checkResumable(raw.columns, given);
    const { targetScaler } = fitted!;
    if (targetScaler !== undefined) {
      yield* inSlicesIfLarge(raw, targetScaler.checkConstants(given, split?.training));
    }
  }
  const before = from ?? (isWarm ? fitted : undefined);
  const scalers = before ?? (yield* learnScalers(raw, given, split, estimator));
  const targets = yield* inSlicesIfLarge(raw, standardized(given, scalers.targetScaler, 'y'));
  const tables = yield* fitTables(raw, targets, split, scalers, training, isKept);
  const { scaler, targetScaler } = scalers;
  const inputs = { columns: raw.columns, unused: yield* zeroColumns(tables.x) };
  return { tables, targets, split, scaler, targetScaler, inputs };
}

/** What standardises columns and targets, by the rows that are trained on. */
function* learnScalers(
  raw: RawMatrix,
  targets: TargetsAsGiven,
  split: Split | undefined,
  { standardize, standardizeTargets, training: { loss } }: ResolvedEstimator,
): Sliced<Scalers> {
  const rows = split?.training;
  let scaler: Scaler | undefined;
  if (standardize) {
    scaler = yield* learnScaler(rows === undefined ? raw : yield* takeRows(raw, rows));
  }
  const targetScaler = standardizeTargets
    ? yield* inSlicesIfLarge(raw, learnTargets(targets, loss, rows))
    : undefined;
  return { scaler, targetScaler };
}

/** In time slices only where the table is large: what comes with another may be changed at once. */
function* inSlicesIfLarge<T>(raw: RawMatrix, steps: Sliced<T>): Sliced<T> {
  return isLarge(raw) ? yield* steps : runSync(steps);
}

/**
 * The table to train on and the one held out, as the network takes them.
 *
 * @param raw as it was accepted
 * @param isKept whether they are read after `fit` has returned to its caller, and so must be copies
 */
function* fitTables(
  raw: RawMatrix,
  targets: EncodedTargets,
  split: Split | undefined,
  { scaler, targetScaler }: Scalers,
  { validation, loss, classWeight }: ResolvedTraining,
  isKept: boolean,
): Sliced<Tables> {
  // Nor may the caller change them while a table is waited for.
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
  const asGiven = yield* inSlicesIfLarge(
    raw,
    givenTable(others, given.y, loss, targets, classWeight),
  );
  const heldOutTargets = yield* inSlicesIfLarge(
    raw,
    standardized(asGiven.targets, targetScaler, 'validation.y'),
  );
  const heldOut = { x: others, targets: heldOutTargets };
  return { ...all, heldOut: isKept ? owned(heldOut, given.X) : heldOut };
}

/** The table in memory that no caller has; a large one was copied, or is shared on purpose. */
function owned({ x, targets }: Table, raw: RawMatrix): Table {
  const isShared = !isLarge(raw) && x.data.buffer === raw.data.buffer;
  const values = targets.values && Matrix.from(targets.values);
  return { x: isShared ? Matrix.from(x) : x, targets: { ...targets, values } };
}
