import { abortSignal, checkKeys, integer, number, oneOf, SEED } from '../common/checks.js';
import { disposeSymbol } from '../common/dispose.js';
import { DeepTypeError, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import type { Name } from '../common/name.js';
import { ofThisRealm } from '../common/realm.js';
import { runSliced } from '../common/time-slices.js';
import { uncloneable } from '../common/uncloneable.js';
import { Matrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import {
  acceptPoints,
  checkClusterCount,
  checkThreads,
  countThreads,
  type Threads,
} from '../data/points.js';
import { returnedCopy } from '../data/returned-copy.js';
import { abortable } from '../native/abort.js';
import { type NativeKMeansOptions, type NativeKMeansResult, native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';
import { slicedPoint } from '../preprocessing/large-tables.js';

export interface KMeansOptions {
  /** K, at least 1. */
  clusters: number;
  /**
   * Initial centroids: `'k-means++'` (default), `'random'` (K distinct rows), or a table of
   * K rows and the columns of X.
   */
  init?: Name<'k-means++' | 'random'> | MatrixLike;
  /** Runs with different initial centroids; the run of least inertia is kept. Default 10; 1 with given centroids. */
  nInit?: number;
  /** Most iterations of a run, at least 1. Default 300. */
  maxIterations?: number;
  /**
   * A run ends when the sum of squared centroid shifts is at most this, relative to the mean
   * variance of the columns, or when no label changes. Rows more than 16 times as far out as the typical
   * row are excluded from the variance if they make up nearly all of it. Default 1e-4.
   */
  tolerance?: number;
  /** Default 0. Equal seeds give equal results, whatever the number of threads. */
  seed?: number;
  /** Default `'auto'`: as many as the machine allows this process. */
  threads?: number | Name<'auto'>;
}

/** A `KMeans` as JSON. */
export interface KMeansJson {
  name: 'KMeans';
  clusters: number;
  isFitted: boolean;
  centroids?: number[][];
  inertia?: number;
  iterations?: number;
  converged?: boolean;
}

interface Fitted {
  readonly labels: Int32Array;
  readonly centroids: Matrix;
  /** Centroids in float64, for `predict`. */
  readonly exact: NativeMatrix<Float64Array>;
  readonly inertia: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const OPTIONS = [
  'clusters',
  'init',
  'nInit',
  'maxIterations',
  'tolerance',
  'seed',
  'threads',
] as const;
const METHODS = ['k-means++', 'random'] as const;

/**
 * K-means: Lloyd's algorithm (Lloyd 1982) from k-means++ starts (Arthur and Vassilvitskii 2007).
 * Minimises the inertia, sum_i min_k |x_i - c_k|^2, which never rises from one iteration to the next.
 * A cluster that loses its last row gets the row farthest from its centroid. Tables may be float32 or float64.
 * Neither a common offset nor rows with a fill value of any size affect the centroids of other clusters.
 *
 * Before `fit`, learned properties throw `ERR_NOT_FITTED`. While `fitAsync` runs, another fit throws `ERR_BUSY`;
 * learned properties are those of the previous fit, or throw `ERR_BUSY` if there was none. After `dispose`
 * everything throws `ERR_DISPOSED`.
 */
export class KMeans {
  readonly #options: Omit<NativeKMeansOptions, 'threads'>;
  readonly #threads: Threads;
  #fitted: Fitted | undefined;
  #busy = false;
  #disposed = false;

  /** @throws `ERR_INVALID_ARGUMENT`; `ERR_SHAPE_MISMATCH` if `init` does not have K rows */
  constructor(options: KMeansOptions) {
    const given = checkKeys('options', options, OPTIONS);
    const clusters = integer('clusters', given.clusters, { min: 1, max: 2 ** 31 - 1 });
    const { init = 'k-means++', nInit = 10, maxIterations = 300, tolerance = 1e-4 } = given;
    const start = typeof init === 'string' ? null : acceptStart(init, clusters);
    const restarts = integer('nInit', nInit, { min: 1, max: 2 ** 31 - 1 });
    this.#options = {
      clusters,
      init: start === null ? oneOf('init', init, METHODS) : 'given',
      start,
      restarts: start === null ? restarts : 1,
      maxIterations: integer('maxIterations', maxIterations, { min: 1, max: 2 ** 31 - 1 }),
      tolerance: number('tolerance', tolerance, { min: 0 }),
      seed: integer('seed', given.seed ?? 0, SEED),
    };
    this.#threads = checkThreads(given.threads ?? 'auto');
    uncloneable(this);
  }

  /**
   * Clusters the rows of X (N x D) synchronously. A second call starts from the beginning.
   *
   * @throws `ERR_INVALID_ARGUMENT` for fewer rows than clusters, `ERR_SHAPE_MISMATCH` for ragged rows
   * or if `init` has another number of columns, `ERR_NON_FINITE_INPUT`
   */
  fit(X: MatrixLike): this {
    this.#checkIdle();
    const x = this.#acceptTable(X);
    this.#fitted = fittedFrom(native().kmeans(x, this.#nativeOptions()), x.columns);
    return this;
  }

  /**
   * As `fit`, off the event loop. X is copied first; do not modify a table of more than 2^21 values or 2^18 rows until
   * the promise resolves: it is copied in time slices, or read in place from a SharedArrayBuffer. If `dispose` is called
   * meanwhile, the promise rejects with `ERR_ABORTED` once the thread has ended; if `signal` aborts, immediately. A
   * failure leaves the object unchanged. At most 16 such calls, including other kinds of fits, run at a time.
   */
  async fitAsync(X: MatrixLike, options?: { signal?: AbortSignal | undefined }): Promise<this> {
    this.#checkIdle();
    const signal = abortSignal(checkKeys('options', options, ['signal']).signal);
    this.#busy = true;
    try {
      const result = await abortable(signal, 'the fit', async (stop) => {
        const taken = runSliced(slicedPoint(X, 'X'));
        const x = this.#checkTable(taken instanceof Promise ? await taken : taken);
        return native().kmeansAsync(x, this.#nativeOptions(), stop);
      });
      if (this.#disposed) {
        throw new DeepTypeError('ERR_ABORTED', 'the KMeans was disposed while it was fitted');
      }
      this.#fitted = fittedFrom(result, result.centroids.length / this.#options.clusters);
    } finally {
      this.#busy = false;
    }
    return this;
  }

  /**
   * Int32Array[N]: the nearest centroid of each row of X (N x D); ties go to the lower index.
   *
   * @throws also `ERR_SHAPE_MISMATCH` for another number of columns than in `fit`
   */
  predict(X: MatrixLike): Int32Array {
    const { exact } = this.#learned();
    const x = acceptPoints(X, 'X');
    if (x.columns !== exact.columns) {
      throw shapeMismatch('X', `${exact.columns} columns as in fit`, `${x.columns}`);
    }
    const labels = new Int32Array(x.rows);
    native().assign(x as NativeMatrix, exact, labels, countThreads(this.#threads));
    return labels;
  }

  /** Int32Array[N]: the cluster of each row of the table that was fitted. A copy, made at the first call. */
  get labels(): Int32Array {
    return returnedCopy(this.#learned().labels);
  }

  /** Matrix[K x D]: the mean of each cluster. A copy, made at the first call. */
  get centroids(): Matrix {
    return returnedCopy(this.#learned().centroids);
  }

  /** Sum over the rows of the squared distance to the nearest centroid. */
  get inertia(): number {
    return this.#learned().inertia;
  }

  /** Iterations of the run that was kept. */
  get iterations(): number {
    return this.#learned().iterations;
  }

  /** Whether that run ended before `maxIterations`. */
  get converged(): boolean {
    return this.#learned().converged;
  }

  /** Frees the learned state; may be called again. */
  dispose(): void {
    this.#disposed = true;
    this.#fitted = undefined;
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** A summary: K and the centroids, without the labels. */
  toJSON(): KMeansJson {
    const { clusters } = this.#options;
    if (this.#fitted === undefined) return { name: 'KMeans', clusters, isFitted: false };
    const { centroids, inertia, iterations, converged } = this.#fitted;
    const learned = { centroids: centroids.toArray(), inertia, iterations, converged };
    return { name: 'KMeans', clusters, isFitted: true, ...learned };
  }

  #nativeOptions(): NativeKMeansOptions {
    return { ...this.#options, threads: countThreads(this.#threads) };
  }

  #acceptTable(X: MatrixLike): NativeMatrix {
    return this.#checkTable(acceptPoints(X, 'X'));
  }

  #checkTable(x: RawMatrix): NativeMatrix {
    checkClusterCount(this.#options.clusters, x.rows, 'X');
    const { start } = this.#options;
    if (start !== null && start.columns !== x.columns) {
      throw shapeMismatch('X', `${start.columns} columns as in init`, `${x.columns}`);
    }
    return x as NativeMatrix; // float32 or float64: the addon dispatches on the array type
  }

  #checkIdle(): void {
    if (this.#disposed) throw new DeepTypeError('ERR_DISPOSED', 'the KMeans was disposed');
    if (this.#busy)
      throw new DeepTypeError('ERR_BUSY', 'the KMeans is being fitted: await fitAsync first');
  }

  #learned(): Fitted {
    if (this.#fitted !== undefined) return this.#fitted;
    this.#checkIdle();
    throw new DeepTypeError('ERR_NOT_FITTED', 'the KMeans was not fitted; call fit first');
  }
}

inspectable(KMeans, 'KMeans', (kmeans) => {
  const { name: _, isFitted, centroids, ...fields } = kmeans.toJSON();
  const columns = centroids?.[0]?.length;
  return { state: isFitted ? 'fitted' : 'not fitted', ...fields, columns };
});

/** A copy of the initial centroids, in float64. */
function acceptStart(init: unknown, clusters: number): NativeMatrix<Float64Array> {
  const { data, rows, columns } = acceptPoints(init, 'init');
  if (rows !== clusters) {
    throw shapeMismatch('init', `${clusters} rows, one for each cluster`, `${rows}`);
  }
  return { data: Float64Array.from(data), rows, columns };
}

function fittedFrom(result: NativeKMeansResult, columns: number): Fitted {
  const { labels, centroids, inertia, iterations, converged } = result;
  const rows = centroids.length / columns;
  return {
    labels: ofThisRealm(labels),
    centroids: new Matrix(Float32Array.from(centroids), rows, columns),
    exact: { data: centroids, rows, columns },
    inertia,
    iterations,
    converged,
  };
}
