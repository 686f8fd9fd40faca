import { checkKeys, object, oneOf } from '../common/checks.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import type { Name } from '../common/name.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptFloat32, type Matrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import { acceptGaps } from '../data/missing-values.js';
import { returnedCopy } from '../data/returned-copy.js';

export interface ImputerOptions {
  /** Replacement for a missing value: the median (default) or the mean of the column. */
  strategy?: Name<'median' | 'mean'>;
}

/** An `Imputer` as JSON. */
export interface ImputerJson {
  strategy: Name<'median' | 'mean'>;
  statistics: number[];
}

const STRATEGIES = ['median', 'mean'] as const;

/**
 * Replaces missing values (NaN) by the median or the mean of their column in the fitted table, as
 * scikit-learn's SimpleImputer. In cross-validation, fit it on the training rows only.
 */
export class Imputer {
  readonly strategy: 'median' | 'mean';
  #statistics: Float64Array | undefined;

  static {
    inspectable(Imputer, 'Imputer', (imputer) => {
      const statistics = imputer.#statistics;
      const state = statistics === undefined ? 'not fitted' : `${statistics.length} columns`;
      return { state, strategy: imputer.strategy, statistics };
    });
  }

  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: ImputerOptions = {}) {
    const { strategy = 'median' } = checkKeys('options', options, ['strategy']);
    this.strategy = oneOf('strategy', strategy, STRATEGIES);
    uncloneable(this);
  }

  /**
   * Learns the replacement value of each column of X (N x D).
   *
   * @throws `ERR_INVALID_ARGUMENT` if a column has no value; `ERR_SHAPE_MISMATCH` for ragged
   * rows; `ERR_NON_FINITE_INPUT` for an infinite value
   */
  fit(X: MatrixLike): this {
    const x = acceptGaps(X, 'X');
    const statistic = this.strategy === 'median' ? median : mean;
    this.#statistics = Float64Array.from({ length: x.columns }, (_, j) => {
      const values = column(x, j);
      if (values.length === 0) {
        const message = `X: expected a value in each column, received none in column ${j}`;
        throw new DeepTypeError('ERR_INVALID_ARGUMENT', message);
      }
      return statistic(values);
    });
    return this;
  }

  /**
   * Matrix[N x D]: X with missing values replaced, in float32; X is not modified. `fill` keeps float64.
   *
   * @throws `ERR_NOT_FITTED`; `ERR_SHAPE_MISMATCH` for another number of columns; `ERR_NON_FINITE_INPUT`
   */
  transform(X: MatrixLike): Matrix {
    return acceptFloat32(this.fill(X), 'X');
  }

  /**
   * As `transform`, in the precision of X: { data, rows, columns }, which `fit` and other methods accept. For columns
   * that float32 does not resolve, such as times since 1970.
   */
  fill(X: MatrixLike): RawMatrix {
    const fill = this.#learned();
    const x = acceptGaps(X, 'X');
    if (x.columns !== fill.length) {
      throw shapeMismatch('X', `${fill.length} columns as in fit`, `${x.columns}`);
    }
    const data = x.data.map((value, k) => (Number.isNaN(value) ? fill[k % x.columns]! : value));
    return { data, rows: x.rows, columns: x.columns };
  }

  /** `fit(X)` and `transform(X)`. */
  fitTransform(X: MatrixLike): Matrix {
    return this.fit(X).transform(X);
  }

  /** Float64Array[D]: the replacement value of each column. A copy, made at the first call. */
  get statistics(): Float64Array {
    return returnedCopy(this.#learned());
  }

  /** The learned state; `Imputer.fromJSON` restores an equal imputer. */
  toJSON(): ImputerJson {
    return { strategy: this.strategy, statistics: Array.from(this.#learned()) };
  }

  /** @throws `ERR_INVALID_ARGUMENT` for values that `toJSON` cannot produce */
  static fromJSON(json: ImputerJson): Imputer {
    const { strategy, statistics } = object('json', json);
    const imputer = new Imputer({ strategy: oneOf('json.strategy', strategy, STRATEGIES) });
    if (!Array.isArray(statistics) || statistics.length === 0) {
      throw invalidArgument('json.statistics', 'an array of at least one number', statistics);
    }
    imputer.#statistics = Float64Array.from(statistics, (x: unknown, j) => {
      if (typeof x === 'number' && Number.isFinite(x)) return x;
      throw invalidArgument(`json.statistics[${j}]`, 'a finite number', x);
    });
    return imputer;
  }

  #learned(): Float64Array {
    if (this.#statistics === undefined) {
      throw new DeepTypeError('ERR_NOT_FITTED', 'the Imputer was not fitted; call fit first');
    }
    return this.#statistics;
  }
}

/** The non-missing values of column j. */
function column({ data, rows, columns }: RawMatrix, j: number): Float64Array {
  const values = new Float64Array(rows);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const value = data[i * columns + j]!;
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return values.subarray(0, count);
}

function median(values: Float64Array): number {
  const sorted = values.sort();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return halfway(sorted[middle - 1]!, sorted[middle]!);
}

/** Adds halves, because the sum might overflow. */
function halfway(a: number, b: number): number {
  const sum = a + b;
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2;
}

/** By running means, which do not overflow, with a second pass that corrects their rounding. */
function mean(values: Float64Array): number {
  const first = runningMean(values);
  const rest = runningMean(values.map((value) => value - first));
  return Number.isFinite(rest) ? first + rest : first;
}

function runningMean(values: Float64Array): number {
  let result = 0;
  values.forEach((value, i) => {
    result += value / (i + 1) - result / (i + 1);
  });
  return result;
}
