import { synchronousResult } from '../common/callbacks.js';
import { invalidArgument, shapeMismatch } from '../common/errors.js';
import type { MatrixLike } from '../data/matrix.js';
import { acceptPoints, countThreads } from '../data/points.js';
import { native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';

/** The distance of two points. */
export type DistanceFunction = (p: number[], q: number[]) => number;

/** The result of `computeInformation` for a cluster. */
export interface CentroidWithInformation {
  centroid: number[];
  /** Mean distance of the cluster's points from the centroid; -1 for an empty cluster. */
  error: number;
  /** Number of points. */
  size: number;
}

/** The squared Euclidean distance, |p - q|^2. */
export function squaredEuclidean(p: number[], q: number[]): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) sum += (p[j]! - q[j]!) ** 2;
  return sum;
}

/** The distance by a user-defined function. Throws `ERR_INVALID_ARGUMENT` for an asynchronous one. */
export function distanceBy(distance: DistanceFunction, p: number[], q: number[]): number {
  return synchronousResult('distanceFunction', distance(p, q));
}

/** The result of `kmeans`; fields and methods are those of ml-kmeans 7. */
export class KMeansResult {
  /** The cluster of each point (N). */
  clusters: number[];
  /** K x D */
  centroids: number[][];
  /** Whether the centroids converged within `maxIterations`. */
  converged: boolean;
  iterations: number;
  distance: DistanceFunction;

  constructor(
    clusters: number[],
    centroids: number[][],
    converged: boolean,
    iterations: number,
    distance: DistanceFunction,
  ) {
    this.clusters = clusters;
    this.centroids = centroids;
    this.converged = converged;
    this.iterations = iterations;
    this.distance = distance;
  }

  /** The nearest centroid of each point of `data` (M x D); ties go to the lower index. */
  nearest(data: MatrixLike): number[] {
    if (Array.isArray(data) && data.length === 0) return [];
    const points = acceptPoints(data, 'data');
    const centroids = acceptPoints(this.centroids, 'centroids');
    if (points.columns !== centroids.columns) {
      throw shapeMismatch('data', `${centroids.columns} columns`, `${points.columns}`);
    }
    if (this.distance === squaredEuclidean) {
      const labels = new Int32Array(points.rows);
      const exact = { ...centroids, data: Float64Array.from(centroids.data) };
      native().assign(points as NativeMatrix, exact, labels, countThreads('auto'));
      return Array.from(labels);
    }
    return toRows(points).map((point) => {
      const distances = this.centroids.map((c) => distanceBy(this.distance, c, point));
      return distances.reduce((best, d, k) => (d < distances[best]! ? k : best), 0);
    });
  }

  /** Centroid, mean distance and size of each cluster, for the `data` that was clustered (N x D). */
  computeInformation(data: MatrixLike): CentroidWithInformation[] {
    const points = toRows(acceptPoints(data, 'data'));
    if (points.length !== this.clusters.length) {
      throw shapeMismatch('data', `the ${this.clusters.length} clustered rows`, `${points.length}`);
    }
    const sums = this.centroids.map((centroid) => ({ centroid, error: 0, size: 0 }));
    points.forEach((point, i) => {
      const sum = sums[this.clusters[i]!];
      if (sum === undefined) throw invalidArgument(`clusters[${i}]`, 'a cluster', this.clusters[i]);
      sum.error += distanceBy(this.distance, point, sum.centroid);
      sum.size++;
    });
    return sums.map((sum) => ({ ...sum, error: sum.size > 0 ? sum.error / sum.size : -1 }));
  }
}

/** A row-major table as an array of rows. */
export function toRows(table: {
  data: ArrayLike<number>;
  rows: number;
  columns: number;
}): number[][] {
  const { data, rows, columns } = table;
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => data[i * columns + j]!),
  );
}
