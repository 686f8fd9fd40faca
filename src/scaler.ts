import { DeepTypeError, invalidArgument, shapeMismatch } from './errors.js';
import { handedOut } from './handed-out.js';
import { inspectable } from './inspect.js';
import { acceptMatrix, Matrix, type MatrixLike } from './matrix.js';
import { type NativeMatrix, type NativeMoments, native } from './native.js';
import { ofThisRealm } from './realm.js';
import { uncloneable } from './uncloneable.js';
import { object } from './validate.js';

/** A `Scaler` as JSON. */
export interface ScalerJson {
  mean: number[];
  scale: number[];
}

interface Moments {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** Of what `columnMoments` found; for use within this package. */
export let scalerOf: (moments: NativeMoments) => Scaler;

/**
 * Standardises columns: (x - mean) / scale, with scale the population standard deviation, as
 * scikit-learn's StandardScaler. All of it in float64 before the result is rounded to float32, so that
 * an offset of 1e9 in a float64 table does no harm. A constant column has scale 0 and becomes 0.
 */
export class Scaler {
  #moments: Moments | undefined;

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
   * where the spread of a column is beyond float64
   */
  fit(X: MatrixLike): this {
    this.#moments = checked(native().columnMoments(acceptMatrix(X, 'X') as NativeMatrix));
    return this;
  }

  /**
   * Matrix[N x D]: X standardised by what `fit` learned.
   *
   * @throws `ERR_NOT_FITTED`; `ERR_SHAPE_MISMATCH` for another number of columns;
   * `ERR_NON_FINITE_INPUT`, also for values that are beyond float32 once standardised
   */
  transform(X: MatrixLike): Matrix {
    const { mean, scale } = this.#learned();
    const x = acceptMatrix(X, 'X');
    if (x.columns !== mean.length) {
      throw shapeMismatch('X', `${mean.length} columns as in fit`, `${x.columns}`);
    }
    const out = new Float32Array(x.data.length);
    if (!native().standardize(x as NativeMatrix, mean, scale, out)) {
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
    return handedOut(this.#learned().mean);
  }

  /** Float64Array[D]: the population standard deviation of each column, 0 where it is constant. A copy too. */
  get scale(): Float64Array {
    return handedOut(this.#learned().scale);
  }

  /** What `fit` learned; `Scaler.fromJSON` gives an equal scaler. */
  toJSON(): ScalerJson {
    const { mean, scale } = this.#learned();
    return { mean: Array.from(mean), scale: Array.from(scale) };
  }

  /** @throws `ERR_INVALID_ARGUMENT` or `ERR_SHAPE_MISMATCH` for what `toJSON` cannot have written */
  static fromJSON(json: ScalerJson): Scaler {
    const { mean, scale } = object('json', json);
    const moments = { mean: numbers('json.mean', mean), scale: numbers('json.scale', scale) };
    if (moments.mean.length !== moments.scale.length) {
      const expected = `${moments.mean.length} values like json.mean`;
      throw shapeMismatch('json.scale', expected, `${moments.scale.length}`);
    }
    const negative = moments.scale.findIndex((s) => s < 0);
    if (negative !== -1) {
      const came = moments.scale[negative];
      throw invalidArgument(`json.scale[${negative}]`, 'a number of at least 0', came);
    }
    const scaler = new Scaler();
    scaler.#moments = moments;
    return scaler;
  }

  static {
    scalerOf = (moments) => {
      const scaler = new Scaler();
      scaler.#moments = checked(moments);
      return scaler;
    };
  }

  #learned(): Moments {
    if (this.#moments === undefined) {
      throw new DeepTypeError('ERR_NOT_FITTED', 'the Scaler was not fitted; call fit first');
    }
    return this.#moments;
  }
}

/** Throws `ERR_NON_FINITE_INPUT` where a column's spread is beyond float64. */
function checked({ mean, deviation }: NativeMoments): Moments {
  const column = deviation.findIndex((s, j) => !Number.isFinite(s + mean[j]!));
  if (column === -1) return { mean: ofThisRealm(mean), scale: ofThisRealm(deviation) };
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
