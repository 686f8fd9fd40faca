import { isPromised, synchronousResult } from '../common/callbacks.js';
import { integer, isInt32, object } from '../common/checks.js';
import { invalidArgument, shapeMismatch } from '../common/errors.js';
import { acceptFloat32, Matrix } from '../data/matrix.js';
import { packageKmeans } from './package.js';

/** The clusters of N rows: labels (N) in 0 .. K - 1, centroids K x R. */
export interface Clustering {
  labels: Int32Array;
  centroids: Matrix;
}

/**
 * A user-defined clustering function: receives the representation (N x R), the number of clusters K and,
 * after the first call, the last centroids (K x R), from which it should start so that a cluster keeps
 * its number. It returns the clusters synchronously. With one, `joint.reclusterEvery` is 'epoch'.
 */
export type Clusterer = (representation: Matrix, k: number, init?: Matrix) => Clustering;

/** The npm package ml-kmeans as a `Clusterer`: from `init`, else from its k-means++ with seed 0. */
export const mlKMeans: Clusterer = (representation, k, init) => {
  const table = acceptFloat32(representation, 'representation');
  const { rows, columns } = table;
  integer('k', k, { min: 1, max: rows });
  const start = init === undefined ? undefined : checkCentroids(init, k, columns, 'init');
  const { clusters, centroids } = packageKmeans(table.toArray(), k, {
    initialization: start === undefined ? 'kmeans++' : start.toArray(),
    seed: 0,
  });
  return { labels: Int32Array.from(clusters), centroids: Matrix.from(centroids) };
};

/**
 * Checks the result of a user-defined `Clusterer` for `rows` rows, K clusters and `columns` columns.
 * Labels may be an array of numbers, centroids any accepted form of a table.
 *
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`
 */
export function checkClustering(
  result: unknown,
  rows: number,
  k: number,
  columns: number,
): Clustering {
  const { labels, centroids } = object(
    'clusterer: its result',
    synchronousResult('clusterer', result),
  );
  for (const part of [labels, centroids]) isPromised(part); // refused below; marks its rejection as handled
  return {
    labels: checkLabels(labels, rows, k),
    centroids: checkCentroids(centroids, k, columns, 'clusterer: centroids'),
  };
}

function checkLabels(labels: unknown, rows: number, k: number): Int32Array {
  const name = 'clusterer: labels';
  if (!isInt32(labels) && !Array.isArray(labels)) {
    throw invalidArgument(name, 'an Int32Array or an array of integers', labels);
  }
  if (labels.length !== rows) throw shapeMismatch(name, `${rows} values`, `${labels.length}`);
  const checked = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const label: unknown = labels[i];
    if (typeof label !== 'number' || !Number.isInteger(label) || label < 0 || label >= k) {
      throw invalidArgument(`${name}[${i}]`, `an integer from 0 to ${k - 1}`, label);
    }
    checked[i] = label;
  }
  return checked;
}

function checkCentroids(centroids: unknown, k: number, columns: number, name: string): Matrix {
  const checked = acceptFloat32(centroids, name);
  if (checked.rows === k && checked.columns === columns) return checked;
  const came = `${checked.rows} x ${checked.columns}`;
  throw shapeMismatch(name, `${k} x ${columns} values`, came);
}
