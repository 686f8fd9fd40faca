import { invalidArgument } from '../common/errors.js';
import { forSlices, runSync, SLICE_ROWS, type Sliced } from '../common/time-slices.js';
import { checkLength, type Labels, slicedLabel } from '../data/labels.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import { slicedScale } from './squares.js';

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
  return runSync(slicedCalinskiHarabasz(X, labels));
}

/** As `calinskiHarabasz`, in slices. */
export function* slicedCalinskiHarabasz(X: MatrixLike, labels: Labels): Sliced<number> {
  const { rows, clusters, sizes, means, squares } = yield* scatter(X, labels);
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
 * the mean distance of the rows of cluster k from their mean c_k. 0 if all rows coincide with their means
 * or all means coincide, Infinity if only some means do (scikit-learn skips such pairs); means coincide
 * if they differ by no more than rounding. The same in any unit, from 1e-300 to 1e300.
 * Time O(N D + K^2 D), float64.
 *
 * @param X table of N rows
 * @param labels N cluster labels with 2 to N - 1 distinct values
 * @returns at least 0; lower is better
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function daviesBouldin(X: MatrixLike, labels: Labels): number {
  return runSync(slicedDaviesBouldin(X, labels));
}

/** As `daviesBouldin`, in slices. */
export function* slicedDaviesBouldin(X: MatrixLike, labels: Labels): Sliced<number> {
  const { clusters, sizes, means, squares, codes } = yield* scatter(X, labels);
  const spread = new Float64Array(clusters);
  yield* forSlices(codes.length, (from, end) => {
    for (let i = from; i < end; i++) {
      const k = codes[i]!;
      spread[k]! += Math.sqrt(squares[i]!) / sizes[k]!;
    }
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

function* scatter(X: unknown, labels: unknown): Sliced<Scatter> {
  const table: RawMatrix = acceptMatrix(X, 'X');
  const { rows, columns } = table;
  const { codes, classes } = yield* slicedLabel(labels, 'labels');
  checkLength('labels', codes.length, rows, 'rows of X');
  const clusters = classes.length;
  if (clusters < 2 || clusters >= rows) {
    throw invalidArgument('labels', `from 2 to N - 1 = ${rows - 1} distinct labels`, clusters);
  }
  const data = yield* scaled(table.data);
  const sizes = new Float64Array(clusters);
  const perSlice = Math.max(1, Math.floor(SLICE_ROWS / columns));
  yield* forSlices(rows, (from, end) => {
    for (let i = from; i < end; i++) sizes[codes[i]!]!++;
  });
  const means = new Means(columns, sizes);
  yield* forSlices(rows, (from, end) => means.add(data, codes, from, end), perSlice);
  means.divide();
  const squares = new Float64Array(rows);
  yield* forSlices(
    rows,
    (from, end) => {
      for (let i = from; i < end; i++) squares[i] = means.square(data, i, codes[i]!);
    },
    perSlice,
  );
  return { rows, clusters, sizes, means, squares, codes };
}

/**
 * The means of K clusters, each stored as its first row plus an offset: neither a common offset nor a distant
 * cluster reduces the precision of the others.
 */
class Means {
  readonly columns: number;
  readonly #first: Float64Array;
  readonly #rest: Float64Array;
  /** Bound on the rounding error of a mean. */
  readonly #rounding: Float64Array;

  readonly #sizes: Float64Array;
  readonly #seen: Uint8Array;

  constructor(columns: number, sizes: Float64Array) {
    const length = sizes.length * columns;
    this.columns = columns;
    this.#first = new Float64Array(length);
    this.#rest = new Float64Array(length);
    this.#rounding = new Float64Array(length);
    this.#sizes = sizes;
    this.#seen = new Uint8Array(sizes.length);
  }

  /** Adds the rows from .. end of a table. */
  add(data: RawMatrix['data'], codes: Int32Array, from: number, end: number): void {
    const { columns } = this;
    for (let i = from; i < end; i++) {
      const k = codes[i]!;
      const row = i * columns;
      if (this.#seen[k] === 0) this.#first.set(data.subarray(row, row + columns), k * columns);
      this.#seen[k] = 1;
      for (let j = 0, at = k * columns; j < columns; j++, at++) {
        const x = data[row + j]!;
        const offset = x - this.#first[at]!;
        this.#rest[at]! += offset;
        // Half a unit in the last place of the data, and the rounding of the sum.
        this.#rounding[at]! += (Math.abs(x) / 2 + 4 * Math.abs(offset)) * Number.EPSILON;
      }
    }
  }

  /** Divides the sums by the counts, once all rows were added. */
  divide(): void {
    for (let at = 0; at < this.#rest.length; at++) {
      const size = this.#sizes[Math.floor(at / this.columns)]!;
      this.#rest[at]! /= size;
      this.#rounding[at]! /= size;
    }
  }

  /** The squared distance of row i of a table from the mean of cluster k. */
  square(data: RawMatrix['data'], i: number, k: number): number {
    let square = 0;
    for (let j = 0; j < this.columns; j++) {
      square += this.deviation(data[i * this.columns + j]!, k, j) ** 2;
    }
    return square;
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

  /** |c_k - c_l|; 0 if it is within rounding error. */
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

/** The values times `scaleFor`; the same array if that is 1. */
function* scaled(data: RawMatrix['data']): Sliced<RawMatrix['data']> {
  const { length } = data;
  const scale = yield* slicedScale(data, 16 * length);
  if (scale === 1) return data;
  const values = new Float64Array(length);
  yield* forSlices(length, (from, end) => {
    for (let k = from; k < end; k++) values[k] = data[k]! * scale;
  });
  return values;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
