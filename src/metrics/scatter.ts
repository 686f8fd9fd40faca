import { invalidArgument } from '../errors.js';
import { checkLength, encodeLabels, type Labels } from '../labels.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../matrix.js';

interface Scatter {
  readonly rows: number;
  readonly clusters: number;
  /** Rows of each cluster. */
  readonly sizes: Float64Array;
  /** Float64Array[K x D]: the means of the clusters less the mean of all rows. */
  readonly centres: Float64Array;
  /** Squared distance of each row from the mean of its cluster. */
  readonly squares: Float64Array;
  readonly codes: Int32Array;
  readonly columns: number;
}

/**
 * Calinski-Harabasz index (1974), the variance ratio: (B / (K - 1)) / (W / (N - K)), with B the
 * between-cluster and W the within-cluster sum of squares. 1 where W is 0. Time O(N D), float64.
 *
 * @param X table of N rows
 * @param labels N cluster labels with 2 to N - 1 distinct values
 * @returns at least 0; higher is better
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function calinskiHarabasz(X: MatrixLike, labels: Labels): number {
  const { rows, clusters, sizes, centres, squares, columns } = scatter(X, labels);
  const within = sum(squares);
  if (within === 0) return 1;
  let between = 0;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < columns; j++) between += sizes[k]! * centres[k * columns + j]! ** 2;
  }
  return between / (clusters - 1) / (within / (rows - clusters));
}

/**
 * Davies-Bouldin index (1979): the mean over clusters k of max_l (s_k + s_l) / |c_k - c_l|, with s_k
 * the mean distance of the rows of cluster k from their mean c_k. 0 where all rows lie on their means
 * or all means coincide. Time O(N D + K^2 D), float64.
 *
 * @param X table of N rows
 * @param labels N cluster labels with 2 to N - 1 distinct values
 * @returns at least 0; lower is better
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function daviesBouldin(X: MatrixLike, labels: Labels): number {
  const { clusters, sizes, centres, squares, codes, columns } = scatter(X, labels);
  const spread = new Float64Array(clusters);
  codes.forEach((k, i) => {
    spread[k]! += Math.sqrt(squares[i]!) / sizes[k]!;
  });
  const distance = (k: number, l: number): number => {
    let square = 0;
    for (let j = 0; j < columns; j++) {
      square += (centres[k * columns + j]! - centres[l * columns + j]!) ** 2;
    }
    return Math.sqrt(square);
  };
  const worst = new Float64Array(clusters);
  let farthest = 0;
  for (let k = 0; k < clusters; k++) {
    for (let l = 0; l < clusters; l++) {
      if (l === k) continue;
      const apart = distance(k, l);
      farthest = Math.max(farthest, apart);
      const ratio = apart > 0 ? (spread[k]! + spread[l]!) / apart : Number.POSITIVE_INFINITY;
      worst[k] = Math.max(worst[k]!, ratio);
    }
  }
  return farthest === 0 || sum(spread) === 0 ? 0 : sum(worst) / clusters;
}

/** Sizes, centres and squared distances; all of it about the mean, so that an offset does no harm. */
function scatter(X: unknown, labels: unknown): Scatter {
  const { data, rows, columns }: RawMatrix = acceptMatrix(X, 'X');
  const { codes, classes } = encodeLabels(labels, 'labels');
  checkLength('labels', codes.length, rows, 'rows of X');
  const clusters = classes.length;
  if (clusters < 2 || clusters >= rows) {
    throw invalidArgument('labels', `from 2 to N - 1 = ${rows - 1} distinct labels`, clusters);
  }
  const mean = new Float64Array(columns);
  for (let k = 0; k < data.length; k++)
    mean[k % columns]! += (data[k]! - data[k % columns]!) / rows;
  for (let j = 0; j < columns; j++) mean[j]! += data[j]!;
  const sizes = new Float64Array(clusters);
  const centres = new Float64Array(clusters * columns);
  codes.forEach((k, i) => {
    sizes[k]!++;
    for (let j = 0; j < columns; j++)
      centres[k * columns + j]! += data[i * columns + j]! - mean[j]!;
  });
  for (let k = 0; k < centres.length; k++) centres[k]! /= sizes[Math.floor(k / columns)]!;
  const squares = Float64Array.from(codes, (k, i) => {
    let square = 0;
    for (let j = 0; j < columns; j++) {
      square += (data[i * columns + j]! - mean[j]! - centres[k * columns + j]!) ** 2;
    }
    return square;
  });
  return { rows, clusters, sizes, centres, squares, codes, columns };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
