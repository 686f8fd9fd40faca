import { object } from '../common/checks.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import { ofThisRealm } from '../common/realm.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptMatrix, Matrix, type MatrixLike } from '../data/matrix.js';
import { returnedCopy } from '../data/returned-copy.js';
import { native } from '../native/addon.js';
import type { NativeMatrix, NativeMoments } from '../native/tables.js';

/** A `Scaler` as JSON. */
export interface ScalerJson {
  mean: number[];
  scale: number[];
  /** Absent where it is 0 in every column. */
  remainder?: number[];
}

/** Conversions between a `Scaler` and the result of `columnMoments`; for use within this package. */
export let scalerOf: (moments: NativeMoments) => Scaler;
export let momentsOf: (scaler: Scaler) => NativeMoments;

/**
 * Standardises columns: ((x - mean) - remainder) / scale, with scale the population standard deviation,
 * as scikit-learn's StandardScaler. It computes in float64 and rounds the result to float32, so that an
 * offset costs no precision that the table has. A column is constant if and only if all its values are equal:
 * it has scale 0 and becomes 0.
 */
export class Scaler {
  #moments: NativeMoments | undefined;

  constructor() {
    uncloneable(this);
  }

  static {
    inspectable(Scaler, 'Scaler', (scaler) => {
      if (scaler.#moments === undefined) return { state: 'not fitted' };
      return { state: `${scaler.#moments.mean.length} columns`, ...scaler.#moments };
    });
  }

  /**
   * Learns mean and scale of the columns of X (N x D).
   *
   * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH` for ragged rows, `ERR_NON_FINITE_INPUT`, also
   * if the range of a column exceeds float64
   */
  fit(X: MatrixLike): this {
    this.#moments = checked(native().columnMoments(acceptMatrix(X, 'X') as NativeMatrix));
    return this;
  }

  /**
   * Matrix[N x D]: X standardised by the learned moments.
   *
   * @throws `ERR_NOT_FITTED`; `ERR_SHAPE_MISMATCH` for another number of columns;
   * `ERR_NON_FINITE_INPUT`, also for values that exceed float32 once standardised
   */
  transform(X: MatrixLike): Matrix {
    const moments = this.#learned();
    const x = acceptMatrix(X, 'X');
    if (x.columns !== moments.mean.length) {
      throw shapeMismatch('X', `${moments.mean.length} columns as in fit`, `${x.columns}`);
    }
    const out = new Float32Array(x.data.length);
    if (!native().standardize(x as NativeMatrix, moments, out)) {
      const bad = out.findIndex((value) => !Number.isFinite(value));
      const [row, column] = [Math.floor(bad / x.columns), bad % x.columns];
      throw new DeepTypeError(
        'ERR_NON_FINITE_INPUT',
        `X: expected values within float32 once standardised, received ${x.data[bad]} at row ${row}, column ${column}`,
      );
    }
    return new Matrix(out, x.rows, x.columns);
  }

  /** `fit(X)` and `transform(X)`. */
  fitTransform(X: MatrixLike): Matrix {
    return this.fit(X).transform(X);
  }

  /** Float64Array[D]: the mean of each column. A copy, made at the first call. */
  get mean(): Float64Array {
    return returnedCopy(this.#learned().mean);
  }

  /** Float64Array[D]: the population standard deviation of each column, 0 if it is constant. A copy too. */
  get scale(): Float64Array {
    return returnedCopy(this.#learned().deviation);
  }

  /**
   * Float64Array[D]: the part of the means below float64 precision, so that `mean + remainder` is the mean of a
   * column. 0 unless the range is within a few digits of the resolution of the values, as in nanoseconds since 1970.
   */
  get remainder(): Float64Array {
    return returnedCopy(this.#learned().remainder);
  }

  /** The learned state; `Scaler.fromJSON` restores an equal scaler. */
  toJSON(): ScalerJson {
    const { mean, deviation, remainder } = this.#learned();
    const json = { mean: Array.from(mean), scale: Array.from(deviation) };
    if (remainder.every((r) => r === 0)) return json;
    return { ...json, remainder: Array.from(remainder) };
  }

  /** @throws `ERR_INVALID_ARGUMENT` or `ERR_SHAPE_MISMATCH` for values that `toJSON` cannot produce */
  static fromJSON(json: ScalerJson): Scaler {
    const given = object('json', json);
    const mean = numbers('json.mean', given.mean);
    const like = (name: 'scale' | 'remainder') => {
      const values = numbers(`json.${name}`, given[name]);
      if (values.length === mean.length) return values;
      const expected = `${mean.length} values like json.mean`;
      throw shapeMismatch(`json.${name}`, expected, `${values.length}`);
    };
    const deviation = like('scale');
    const remainder =
      given.remainder === undefined ? new Float64Array(mean.length) : like('remainder');
    const negative = deviation.findIndex((s) => s < 0);
    if (negative !== -1) {
      const came = deviation[negative];
      throw invalidArgument(`json.scale[${negative}]`, 'a number of at least 0', came);
    }
    const scaler = new Scaler();
    scaler.#moments = { mean, remainder, deviation };
    return scaler;
  }

  static {
    scalerOf = (moments) => {
      const scaler = new Scaler();
      scaler.#moments = checked(moments);
      return scaler;
    };
    momentsOf = (scaler) => scaler.#learned();
  }

  #learned(): NativeMoments {
    if (this.#moments === undefined) {
      throw new DeepTypeError('ERR_NOT_FITTED', 'the Scaler was not fitted; call fit first');
    }
    return this.#moments;
  }
}

/** Throws `ERR_NON_FINITE_INPUT` if the range of a column exceeds float64. */
function checked(moments: NativeMoments): NativeMoments {
  const { mean, deviation } = moments;
  const column = deviation.findIndex((s, j) => !Number.isFinite(s + mean[j]!));
  if (column === -1) {
    const [remainder, own] = [ofThisRealm(moments.remainder), ofThisRealm(deviation)];
    return { mean: ofThisRealm(mean), remainder, deviation: own };
  }
  throw new DeepTypeError(
    'ERR_NON_FINITE_INPUT',
    `X: expected a spread within float64, received an overflow in column ${column}`,
  );
}

function numbers(name: string, value: unknown): Float64Array {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidArgument(name, 'an array of at least one number', value);
  }
  return Float64Array.from(value, (x: unknown, j) => {
    if (typeof x === 'number' && Number.isFinite(x)) return x;
    throw invalidArgument(`${name}[${j}]`, 'a finite number', x);
  });
}
