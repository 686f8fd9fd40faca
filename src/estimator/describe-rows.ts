// What a model says of rows, one object a row.

import { nearest } from '../clustering/nearest.js';
import { runSliced, runSync, type Sliced } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';
import type { StopHandle } from '../native/addon.js';
import { type Inference, inferBoth, inferBothAsync } from '../network/inference.js';
import type { Clusters } from '../training/outcome.js';
import { probabilities } from './outputs.js';
import { type Predicting, predictionsOf } from './predict.js';

/**
 * What a model says of a row, in plain values, as JSON takes them.
 *
 * @typeParam L the labels, numbers or strings
 */
export interface RowDescription<L extends number | string = number> {
  /** What `predict` says: the class, or the value of a regression loss. With several values a row, `predictions`. */
  readonly prediction: L;
  /** All values of the row, in place of `prediction`, where there are several. */
  readonly predictions?: readonly number[];
  /** Of the class that is predicted; absent for values. */
  readonly probability?: number;
  /** Of each class, in the order of `classes`, as `predictProba` has them; absent for values. */
  readonly probabilities?: readonly number[];
  /** The nearest centroid, as `assign` says. */
  readonly cluster: number;
  /** Euclidean distance to it, in representation space, whatever `distance.metric` is. */
  readonly distance: number;
}

/** What says something of rows. */
interface Describing extends Predicting {
  readonly clusters: Clusters;
}

/** Work of one time slice of the event loop: numbers that are looked at, and rows. */
const SLICE_WORK = 2 ** 18;
const SLICE_ROWS = 2 ** 12;

/** One object for each row of X (N x D). */
export function describeRows(model: Describing, X: unknown): RowDescription<never>[] {
  const { centroids } = model.clusters;
  return runSync(describeAll(model, inferBoth(model, X, model.training.threads), centroids));
}

/** As `describeRows`, off the event loop. */
export async function describeRowsAsync(
  model: Describing,
  X: unknown,
  stop: StopHandle | undefined,
): Promise<RowDescription<never>[]> {
  const { centroids } = model.clusters;
  const inference = await inferBothAsync(model, X, model.training.threads, stop);
  return runSliced(describeAll(model, inference, centroids));
}

/** Some thousands in a time slice. */
function* describeAll(
  predicting: Predicting,
  inference: Inference,
  centroids: Matrix,
): Sliced<RowDescription<never>[]> {
  const { outputs, representation } = inference;
  const work = outputs.columns + centroids.data.length;
  const length = Math.max(1, Math.min(SLICE_ROWS, Math.floor(SLICE_WORK / work)));
  const rows: RowDescription<never>[] = [];
  for (let from = 0; from < outputs.rows; from += length) {
    if (from > 0) yield;
    const slice = {
      outputs: rowsFrom(outputs, from, length),
      representation: rowsFrom(representation, from, length),
    };
    for (const row of describeSlice(predicting, slice, centroids)) rows.push(row);
  }
  return rows;
}

function describeSlice(
  predicting: Predicting,
  { outputs, representation }: Inference,
  centroids: Matrix,
): RowDescription<never>[] {
  const { rows } = outputs;
  const { classes, training } = predicting;
  const { loss, threads } = training;
  const shares = classes && probabilities(outputs, loss, classes);
  const clusters = nearest(centroids, representation, threads);
  const predictions = predictionsOf(predicting, outputs); // last: the outputs are its own from here on
  const each = predictions.length / rows;
  const described: RowDescription<never>[] = [];
  for (let i = 0; i < rows; i++) {
    const cluster = clusters[i]!;
    const distance = distanceBetween(representation, i, centroids, cluster);
    let row: object;
    if (shares !== undefined) {
      const prediction = predictions[i];
      const { probability, share } = shareOf(shares, i);
      row = { prediction, probability, probabilities: share, cluster, distance };
    } else if (each === 1) row = { prediction: predictions[i], cluster, distance };
    else row = { predictions: rowOf(predictions as ArrayLike<number>, i, each), cluster, distance };
    described.push(row as RowDescription<never>); // whose labels only the types of the caller know
  }
  return described;
}

function shareOf(shares: Matrix, i: number): { probability: number; share: number[] } {
  const share = rowOf(shares.data, i, shares.columns) as number[];
  let probability = 0;
  for (const p of share) if (p > probability) probability = p;
  return { probability, share };
}

function rowOf<T>(data: ArrayLike<T>, i: number, columns: number): T[] {
  const row: T[] = [];
  for (let j = 0; j < columns; j++) row.push(data[i * columns + j]!);
  return row;
}

function rowsFrom({ data, rows, columns }: Matrix, from: number, length: number): Matrix {
  const end = Math.min(from + length, rows);
  return new Matrix(data.subarray(from * columns, end * columns), end - from, columns);
}

/** |z_i - c_k|_2, in float64. */
function distanceBetween(z: Matrix, i: number, c: Matrix, k: number): number {
  const { columns } = z;
  let sum = 0;
  for (let r = 0; r < columns; r++) {
    sum += (z.data[i * columns + r]! - c.data[k * columns + r]!) ** 2;
  }
  return Math.sqrt(sum);
}
