// The cluster of rows: that of the nearest centroid to their representation.
import { nearest } from '../clustering/nearest.js';
import { inferRows, type Predictor } from '../network/inference.js';
import type { Clusters } from '../training/outcome.js';
import { outOption } from './outputs.js';

interface Assigning extends Predictor {
  readonly clusters: Clusters;
  readonly training: { readonly threads: number };
}

/** Int32Array[N], of the rows of X (N x D). */
export function assignRows(model: Assigning, X: unknown, options?: { out?: unknown }): Int32Array {
  const { centroids } = model.clusters;
  const { threads } = model.training;
  const representation = inferRows(model, X, 'representation', threads);
  return nearest(centroids, representation, threads, outOption(options));
}
