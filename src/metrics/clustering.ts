import { encodeLabels, type Labels } from '../data/labels.js';
import { matching, maximumMatching } from './assignment.js';
import { type Cell, contingency } from './contingency.js';

/**
 * Adjusted Rand index (Hubert and Arabie 1985, eq. 5), by pairs of rows as in scikit-learn:
 * ARI = 2 (tp tn - fn fp) / ((tp + fn)(fn + tn) + (tp + fp)(fp + tn)).
 *
 * @param truth N labels
 * @param predicted N cluster labels, whose names need not be those of `truth`
 * @returns 1 for equal partitions, 0 in expectation for random ones, never below -0.5
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function adjustedRandIndex(truth: Labels, predicted: Labels): number {
  const { total, rowSums, columnSums, cells } = contingency(truth, predicted);
  const squares = cells.reduce((sum, { count }) => sum + count * count, 0);
  const rowSquares = rowSums.reduce((sum, n) => sum + n * n, 0);
  const columnSquares = columnSums.reduce((sum, n) => sum + n * n, 0);
  // Ordered pairs of rows: together in both, in the prediction only, in the truth only, in neither.
  const tp = squares - total;
  const fp = columnSquares - squares;
  const fn = rowSquares - squares;
  const tn = total * total - fp - fn - squares;
  if (fp === 0 && fn === 0) return 1;
  return (2 * (tp * tn - fn * fp)) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn));
}

/**
 * Mutual information over the arithmetic mean of the two entropies (Strehl and Ghosh 2002;
 * scikit-learn's default, also called V-measure): NMI = 2 I(T; P) / (H(T) + H(P)).
 *
 * @param truth N labels
 * @param predicted N cluster labels, whose names need not be those of `truth`
 * @returns from 0 to 1; 1 if both have one class only, 0 if just one of them has
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function normalizedMutualInformation(truth: Labels, predicted: Labels): number {
  const { total, rowSums, columnSums, cells } = contingency(truth, predicted);
  if (rowSums.length === 1 && columnSums.length === 1) return 1;
  if (rowSums.length === 1 || columnSums.length === 1) return 0;
  let information = 0;
  for (const { row, column, count } of cells) {
    // log(n * total / (a b)) as a sum of logs: the products could lose digits.
    const logRatio =
      Math.log(count) + Math.log(total) - Math.log(rowSums[row]!) - Math.log(columnSums[column]!);
    information += (count / total) * logRatio;
  }
  const mean = (entropy(rowSums, total) + entropy(columnSums, total)) / 2;
  return Math.min(1, Math.max(0, information / mean));
}

/** H = - sum_k p_k log p_k */
function entropy(counts: Float64Array, total: number): number {
  return -counts.reduce((sum, n) => sum + (n / total) * Math.log(n / total), 0);
}

/**
 * Accuracy under the best one-to-one assignment of clusters to classes (Yang et al. 2010; Hungarian
 * algorithm, time cubic in the number of classes).
 *
 * @param truth N labels
 * @param predicted N cluster labels, whose names need not be those of `truth`
 * @returns from 1 / N to 1, never above `purity`
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function clusterAccuracy(truth: Labels, predicted: Labels): number {
  const { total, rowSums, columnSums, cells } = contingency(truth, predicted);
  return maximumMatching(cells, rowSums.length, columnSums.length) / total;
}

/**
 * The class of each cluster under the best one-to-one assignment (that of `clusterAccuracy`). It also
 * matches the clusters of two models by their labels of the same rows.
 *
 * @param truth N labels
 * @param predicted N cluster labels, whose names need not be those of `truth`
 * @returns class by cluster; a cluster without a class, or without a row in its class, is absent
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function matchClusters<T extends number | string, P extends number | string>(
  truth: Int32Array | Uint32Array | Uint8Array | readonly T[],
  predicted: Int32Array | Uint32Array | Uint8Array | readonly P[],
): Map<P, T> {
  const { rowSums, columnSums, cells } = contingency(truth, predicted);
  const classes = encodeLabels(truth, 'truth').classes as T[];
  const clusters = encodeLabels(predicted, 'predicted').classes as P[];
  const pairs = matching(cells, rowSums.length, columnSums.length);
  return new Map(pairs.map(({ row, column }) => [clusters[column]!, classes[row]!]));
}

/**
 * Accuracy if each cluster is assigned its most frequent class (Manning, Raghavan and Schuetze 2008,
 * eq. 16.1). It tends to 1 for many clusters; see `clusterAccuracy`.
 *
 * @param truth N labels
 * @param predicted N cluster labels, whose names need not be those of `truth`
 * @returns from 1 / N to 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function purity(truth: Labels, predicted: Labels): number {
  const { total, columnSums, cells } = contingency(truth, predicted);
  return largestByColumn(cells, columnSums.length).reduce((sum, n) => sum + n, 0) / total;
}

function largestByColumn(cells: readonly Cell[], columns: number): Float64Array {
  const largest = new Float64Array(columns);
  for (const { column, count } of cells) largest[column] = Math.max(largest[column]!, count);
  return largest;
}
