// What `predict` returns: the class values of rows, or values row by row.

import { isInt32, isIntegers } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { forSlices, runSliced, runSync, type Sliced } from '../common/time-slices.js';
import type { Classes } from '../data/labels.js';
import type { Matrix } from '../data/matrix.js';
import type { PredictionsTarget } from '../data/predictions.js';
import type { StopHandle } from '../native/addon.js';
import {
  inferIndicesAsync,
  inferRows,
  inferRowsAsync,
  inferWinners,
  type Predictor,
} from '../network/inference.js';
import type { ResolvedLoss } from '../options/losses.js';
import type { TargetScaler } from '../preprocessing/target-scaler.js';
import { fillRows, outOption, probabilities } from './outputs.js';

/** What predicts; without classes, values. */
export interface Predicting extends Predictor {
  readonly classes: Classes | undefined;
  /** What brings outputs into the units of y; undefined where they are in them. */
  readonly targetScaler: TargetScaler | undefined;
  readonly training: { readonly loss: ResolvedLoss; readonly threads: number };
}

type Options = { out?: unknown } | undefined;

export function predictRows(
  predicting: Predicting,
  X: unknown,
  options?: Options,
): PredictionsTarget {
  const { classes, training } = predicting;
  const { loss, threads } = training;
  if (classes === undefined) {
    const outputs = inferRows(predicting, X, 'outputs', threads);
    return runSync(valuesOf(outputs, loss, predicting, options));
  }
  const out = outOption(options);
  const winners = inferWinners(predicting, X, threads, areColumns(classes) ? out : undefined);
  return runSync(classesOf(winners, classes, out));
}

/** As `predictRows`, off the event loop. */
export async function predictRowsAsync(
  predicting: Predicting,
  X: unknown,
  options?: Options,
  stop?: StopHandle | undefined,
): Promise<PredictionsTarget> {
  const { classes, training } = predicting;
  const { loss, threads } = training;
  if (classes === undefined) {
    const outputs = await inferRowsAsync(predicting, X, 'outputs', threads, stop);
    return runSliced(valuesOf(outputs, loss, predicting, options));
  }
  const out = outOption(options);
  const winners = await inferIndicesAsync(predicting, X, 'winners', threads, stop);
  return runSliced(classesOf(winners, classes, out));
}

/** What `predictRows` makes of outputs (N x C) that nobody else has. */
export function predictionsOf(predicting: Predicting, outputs: Matrix): PredictionsTarget {
  const { classes, training } = predicting;
  const { loss } = training;
  if (classes === undefined) return runSync(valuesOf(outputs, loss, predicting, undefined));
  return runSync(classesOf(winnersOf(outputs), classes, undefined));
}

/** As `inferWinners`. */
function winnersOf({ data, rows, columns }: Matrix): Int32Array {
  const winners = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = columns === 1 && data[i]! > 0 ? 1 : 0;
    for (let c = 1; c < columns; c++) {
      if (data[i * columns + c]! > data[i * columns + best]!) best = c;
    }
    winners[i] = best;
  }
  return winners;
}

/** As `predictRows`, but values of standardised targets in float64, for whoever measures their errors. */
export function predictExactly(
  predicting: Predicting,
  X: unknown,
): PredictionsTarget | Float64Array {
  const { targetScaler } = predicting;
  if (targetScaler === undefined) return predictRows(predicting, X);
  const outputs = inferRows(predicting, X, 'outputs', predicting.training.threads);
  return runSync(targetScaler.undo(outputs, new Float64Array(outputs.data.length)));
}

/** As `predictExactly`, off the event loop. */
export async function predictExactlyAsync(
  predicting: Predicting,
  X: unknown,
): Promise<PredictionsTarget | Float64Array> {
  const { targetScaler } = predicting;
  if (targetScaler === undefined) return predictRowsAsync(predicting, X);
  const outputs = await inferRowsAsync(predicting, X, 'outputs', predicting.training.threads);
  return runSliced(targetScaler.undo(outputs, new Float64Array(outputs.data.length)));
}

/** What outputs, which nobody else has, say in the units of y. */
function* valuesOf(
  outputs: Matrix,
  loss: ResolvedLoss,
  { targetScaler }: Predicting,
  options: Options,
): Sliced<Float32Array> {
  if (targetScaler !== undefined) yield* targetScaler.undo(outputs, outputs.data);
  const values = loss.head === 'sigmoid' ? probabilities(outputs, loss, undefined) : outputs;
  return fillRows(values, options).data;
}

/**
 * The class values of `winners` (N), the columns of the largest outputs: in `out`, else an Int32Array where
 * they fit and a plain array where not.
 */
function* classesOf(
  winners: Int32Array,
  classes: Classes,
  out: unknown,
): Sliced<Int32Array | number[] | string[]> {
  if (areColumns(classes) && (out === undefined || out === winners)) return winners;
  const values: readonly (number | string)[] = classes;
  const rows = winners.length;
  const target = out ?? (fitInt32(values) ? new Int32Array(rows) : new Array(rows));
  if (!isTarget(target, values) || target.length !== rows) {
    throw invalidArgument('out', `an array of ${rows} that holds the classes`, out);
  }
  yield* forSlices(rows, (from, end) => {
    for (let i = from; i < end; i++) target[i] = values[winners[i]!]!;
  });
  return target as Int32Array | number[] | string[];
}

/** Whether the classes are 0, 1, 2, ..., so that a winner is its class. */
function areColumns(classes: Classes): boolean {
  return (classes as readonly unknown[]).every((value, column) => value === column);
}

function fitInt32(values: readonly (number | string)[]): boolean {
  return values.every((value) => typeof value === 'number' && value === (value | 0));
}

function isTarget(
  out: unknown,
  values: readonly (number | string)[],
): out is { [index: number]: number | string; length: number } {
  if (Array.isArray(out)) return true;
  if (!isIntegers(out)) return false;
  if (isInt32(out)) return fitInt32(values);
  const probe = new (out.constructor as new (n: number) => Int32Array)(1);
  return values.every((value) => {
    probe[0] = value as number;
    return probe[0] === value;
  });
}
