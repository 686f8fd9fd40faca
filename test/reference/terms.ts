import { forward } from './forward.js';
import { primaryLoss } from './losses.js';
import type { Batch, Metric, Objective, Table } from './objective.js';
import { sparsity } from './penalties.js';
import type { Layer } from './tensors.js';

export function distanceOf(metric: Metric, a: readonly number[], b: readonly number[]): number {
  const squared = a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0);
  return metric === 'euclidean' ? Math.sqrt(squared) : squared;
}

/** The nearest center of each row of h. */
export function nearestLabels(h: Table, centers: Table): number[] {
  return h.map((row) => {
    const distances = centers.map((c) => distanceOf('squared-euclidean', row, c));
    return distances.indexOf(Math.min(...distances));
  });
}

export interface Parts {
  primary: number;
  sparsity: number;
  distance: number;
  total: number;
}

/** The objective; sample i is drawn to center `labels[i]`. */
export function evaluate(
  objective: Objective,
  layers: readonly Layer[],
  batch: Batch,
  labels: readonly number[],
): Parts {
  const { z, h } = forward(layers, objective.activation, batch.x);
  const primary = primaryLoss(objective.loss, z.at(-1)!, batch);
  const penalty = sparsity(objective.penalty, objective.l1Ratio, layers[0]!);
  const representation = h.at(-1)!;
  const { centers } = batch;
  const distance =
    centers === undefined
      ? 0
      : representation.reduce(
          (sum, row, i) => sum + distanceOf(objective.metric, row, centers[labels[i]!]!),
          0,
        ) / representation.length;
  const total = primary + objective.alpha * penalty + objective.beta * distance;
  return { primary, sparsity: penalty, distance, total };
}

/** The labels at which `evaluate` is taken: the nearest center of each sample. */
export function labelsOf(
  objective: Objective,
  layers: readonly Layer[],
  { x, centers }: Batch,
): number[] {
  if (centers === undefined) return [];
  return nearestLabels(forward(layers, objective.activation, x).h.at(-1)!, centers);
}
