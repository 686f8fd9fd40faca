import { invalidArgument } from '../errors.js';
import { checkLength, encodeLabels, type Labels } from '../labels.js';
import { acceptMatrix, type MatrixLike } from '../matrix.js';

/**
 * Silhouette of each row (Rousseeuw 1987), in Euclidean distance and float64:
 * s_i = (b_i - a_i) / max(a_i, b_i), with a_i the mean distance to the other rows of its cluster
 * and b_i the least mean distance to the rows of another cluster. 0 for a row alone in its cluster
 * and for one at distance 0 from both. Time O(N^2 D), memory O(N).
 *
 * @param X table of N rows
 * @param labels N cluster labels with at least 2 and at most N - 1 distinct values
 * @returns Float64Array[N], values from -1 to 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function silhouetteSamples(X: MatrixLike, labels: Labels): Float64Array {
  const { data, rows, columns } = acceptMatrix(X, 'X');
  const { codes, classes } = encodeLabels(labels, 'labels');
  checkLength('labels', codes.length, rows, 'rows of X');
  const clusters = classes.length;
  if (clusters < 2 || clusters >= rows) {
    throw invalidArgument('labels', `from 2 to N - 1 = ${rows - 1} distinct labels`, clusters);
  }
  const sizes = new Float64Array(clusters);
  for (const code of codes) sizes[code]!++;

  const silhouette = new Float64Array(rows);
  const sums = new Float64Array(clusters);
  for (let i = 0; i < rows; i++) {
    const own = codes[i]!;
    if (sizes[own] === 1) continue;
    sums.fill(0);
    for (let k = 0; k < rows; k++) {
      let squares = 0;
      for (let j = 0; j < columns; j++) {
        const difference = data[i * columns + j]! - data[k * columns + j]!;
        squares += difference * difference;
      }
      sums[codes[k]!]! += Math.sqrt(squares);
    }
    const within = sums[own]! / (sizes[own]! - 1);
    let nearest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < clusters; c++) {
      if (c !== own) nearest = Math.min(nearest, sums[c]! / sizes[c]!);
    }
    const larger = Math.max(within, nearest);
    silhouette[i] = larger > 0 ? (nearest - within) / larger : 0;
  }
  return silhouette;
}

/**
 * Mean silhouette over the rows; see `silhouetteSamples`.
 *
 * @returns from -1 to 1, high for compact clusters far from each other
 */
export function silhouetteScore(X: MatrixLike, labels: Labels): number {
  const silhouette = silhouetteSamples(X, labels);
  return silhouette.reduce((sum, s) => sum + s, 0) / silhouette.length;
}
