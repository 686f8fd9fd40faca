import { invalidArgument } from '../errors.js';
import { checkLength, encodeLabels, type Labels } from '../labels.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../matrix.js';
import { scaleFor } from './squares.js';

interface Scatter {
  readonly rows: number;
  readonly clusters: number;
  /** Rows of each cluster. */
  readonly sizes: Float64Array;
  /** The means of the clusters. */
  readonly means: Means;
  /** Squared distance of each row from the mean of its cluster. */
  readonly squares: Float64Array;
  readonly codes: Int32Array;
}

/**
 * Calinski-Harabasz index (1974), the variance ratio: (B / (K - 1)) / (W / (N - K)), with B the
 * between-cluster and W the within-cluster sum of squares. 1 where W is 0. The same in any unit, from 1e-300
 * to 1e300; Infinity where it is beyond float64. Time O(N D), float64.
 *
 * @param X table of N rows
 * @param labels N cluster labels with 2 to N - 1 distinct values
 * @returns at least 0; higher is better
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function calinskiHarabasz(X: MatrixLike, labels: Labels): number {
  const { rows, clusters, sizes, means, squares } = scatter(X, labels);
  const within = sum(squares);
  if (within === 0) return 1;
  let between = 0;
  for (let j = 0; j < means.columns; j++) {
    let mean = 0;
    for (let k = 0; k < clusters; k++) mean += (sizes[k]! / rows) * means.difference(k, 0, j);
    for (let k = 0; k < clusters; k++) {
      between += sizes[k]! * (means.difference(k, 0, j) - mean) ** 2;
    }
  }
  return between / (clusters - 1) / (within / (rows - clusters));
}

/**
 * Davies-Bouldin index (1979): the mean over clusters k of max_l (s_k + s_l) / |c_k - c_l|, with s_k
 * the mean distance of the rows of cluster k from their mean c_k. 0 where all rows lie on their means
 * or all means coincide, Infinity where only some do (scikit-learn leaves such pairs out); means coincide
 * where they differ by no more than their rounding. The same in any unit, from 1e-300 to 1e300.
 * Time O(N D + K^2 D), float64.
 *
 * @param X table of N rows
 * @param labels N cluster labels with 2 to N - 1 distinct values
 * @returns at least 0; lower is better
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function daviesBouldin(X: MatrixLike, labels: Labels): number {
  const { clusters, sizes, means, squares, codes } = scatter(X, labels);
  const spread = new Float64Array(clusters);
  codes.forEach((k, i) => {
    spread[k]! += Math.sqrt(squares[i]!) / sizes[k]!;
  });
  const worst = new Float64Array(clusters);
  let farthest = 0;
  for (let k = 0; k < clusters; k++) {
    for (let l = 0; l < clusters; l++) {
      if (l === k) continue;
      const apart = means.distance(k, l);
      farthest = Math.max(farthest, apart);
      const ratio = apart > 0 ? (spread[k]! + spread[l]!) / apart : Number.POSITIVE_INFINITY;
      worst[k] = Math.max(worst[k]!, ratio);
    }
  }
  return farthest === 0 || sum(spread) === 0 ? 0 : sum(worst) / clusters;
}

function scatter(X: unknown, labels: unknown): Scatter {
  const table: RawMatrix = acceptMatrix(X, 'X');
  const { rows, columns } = table;
  const { codes, classes } = encodeLabels(labels, 'labels');
  checkLength('labels', codes.length, rows, 'rows of X');
  const clusters = classes.length;
  if (clusters < 2 || clusters >= rows) {
    throw invalidArgument('labels', `from 2 to N - 1 = ${rows - 1} distinct labels`, clusters);
  }
  const scale = scaleFor(table.data, 16 * table.data.length);
  const data = scale === 1 ? table.data : Float64Array.from(table.data, (x) => x * scale);
  const sizes = new Float64Array(clusters);
  for (const k of codes) sizes[k]!++;
  const means = new Means({ data, rows, columns }, codes, sizes);
  const squares = Float64Array.from(codes, (k, i) => {
    let square = 0;
    for (let j = 0; j < columns; j++) square += means.deviation(data[i * columns + j]!, k, j) ** 2;
    return square;
  });
  return { rows, clusters, sizes, means, squares, codes };
}

/**
 * The means of K clusters, each held as its first row and what is to be added to that: neither a common
 * offset nor a cluster far away takes digits from the others.
 */
class Means {
  readonly columns: number;
  readonly #first: Float64Array;
  readonly #rest: Float64Array;
  /** What a mean may be off by. */
  readonly #rounding: Float64Array;

  constructor({ data, columns }: RawMatrix, codes: Int32Array, sizes: Float64Array) {
    const length = sizes.length * columns;
    this.columns = columns;
    this.#first = new Float64Array(length);
    this.#rest = new Float64Array(length);
    this.#rounding = new Float64Array(length);
    const seen = new Uint8Array(sizes.length);
    codes.forEach((k, i) => {
      const row = data.subarray(i * columns, (i + 1) * columns);
      if (seen[k] === 0) this.#first.set(row, k * columns);
      seen[k] = 1;
      for (let j = 0, at = k * columns; j < columns; j++, at++) {
        const offset = row[j]! - this.#first[at]!;
        this.#rest[at]! += offset;
        // Half a unit in the last place of the data, and what the sum loses.
        this.#rounding[at]! += (Math.abs(row[j]!) / 2 + 4 * Math.abs(offset)) * Number.EPSILON;
      }
    });
    for (let at = 0; at < length; at++) {
      const size = sizes[Math.floor(at / columns)]!;
      this.#rest[at]! /= size;
      this.#rounding[at]! /= size;
    }
  }

  /** x less the mean of cluster k in column j */
  deviation(x: number, k: number, j: number): number {
    const at = k * this.columns + j;
    return x - this.#first[at]! - this.#rest[at]!;
  }

  /** The mean of cluster k less that of l in column j */
  difference(k: number, l: number, j: number): number {
    const [a, b] = [k * this.columns + j, l * this.columns + j];
    return this.#first[a]! - this.#first[b]! + (this.#rest[a]! - this.#rest[b]!);
  }

  /** |c_k - c_l|; 0 where that is no more than rounding. */
  distance(k: number, l: number): number {
    let square = 0;
    let apart = false;
    for (let j = 0; j < this.columns; j++) {
      const difference = Math.abs(this.difference(k, l, j));
      const rounding =
        this.#rounding[k * this.columns + j]! + this.#rounding[l * this.columns + j]!;
      apart ||= difference > rounding;
      square += difference ** 2;
    }
    return apart ? Math.sqrt(square) : 0;
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
