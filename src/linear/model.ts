import { abortSignal, checkKeys } from '../common/checks.js';
import { DeepTypeError, shapeMismatch } from '../common/errors.js';
import type { Summary } from '../common/inspect.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptMatrix, type MatrixLike } from '../data/matrix.js';
import { returnedCopy } from '../data/returned-copy.js';
import { acceptValues, type Values } from '../data/vectors.js';
import { rSquared } from '../metrics/regression.js';
import { abortable } from '../native/abort.js';
import type { StopHandle } from '../native/addon.js';
import { acceptProblem, type Problem } from './input.js';

/** The learned parameters of a linear model with T outputs and D columns. */
export interface LinearFit {
  /** T x D, row by row. */
  readonly coefficients: Float64Array;
  readonly intercepts: Float64Array;
}

/** A linear model as JSON. */
export interface LinearModelJson {
  name: string;
  isFitted: boolean;
  /** T x D, output by output. */
  coefficients?: number[];
  /** The intercepts of the T outputs. */
  intercepts?: number[];
}

export interface LinearFitOptions {
  /** Ends the fit; the promise rejects with `ERR_ABORTED`. */
  signal?: AbortSignal;
}

/** The native solver of a model, and the conversion of its result. */
export interface Solver<Fit, Raw = unknown> {
  here(problem: Problem): Raw;
  elsewhere(problem: Problem, stop: StopHandle | undefined): Promise<Raw>;
  read(raw: Raw): Fit;
}

/** A linear model y = X w + b in float64. Before `fit`, learned properties throw `ERR_NOT_FITTED`. */
export abstract class LinearModel<Fit extends LinearFit> {
  readonly #name: string;
  readonly #solver: Solver<Fit>;
  readonly #mostOutputs: number;
  #fitted: Fit | undefined;
  #busy = false;

  protected constructor(name: string, solver: Solver<Fit>, mostOutputs: number) {
    this.#name = name;
    this.#solver = solver;
    this.#mostOutputs = mostOutputs;
    uncloneable(this);
  }

  /**
   * Fits X (N x D, float32 or float64) to y (N values) synchronously. A second call starts from the beginning.
   *
   * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`, `ERR_BUSY`
   */
  fit(X: MatrixLike, y: Values): this {
    this.#checkIdle();
    const problem = acceptProblem(X, y, this.#mostOutputs);
    this.#fitted = this.#solver.read(this.#solver.here(problem));
    return this;
  }

  /**
   * As `fit`, off the event loop; X and y are copied first. Rejects with `ERR_ABORTED` when `signal`
   * aborts. Until it succeeds, the model remains that of the previous fit. Meanwhile another fit throws
   * `ERR_BUSY`; during a first fit, so do all other calls.
   */
  async fitAsync(X: MatrixLike, y: Values, options: LinearFitOptions = {}): Promise<this> {
    this.#checkIdle();
    const signal = abortSignal(checkKeys('options', options, ['signal']).signal);
    const problem = acceptProblem(X, y, this.#mostOutputs);
    this.#busy = true;
    try {
      const raw = await abortable(signal, 'the fit', (stop) =>
        this.#solver.elsewhere(problem, stop),
      );
      this.#fitted = this.#solver.read(raw);
    } finally {
      this.#busy = false;
    }
    return this;
  }

  /**
   * Float64Array[N]: X w + b for the rows of X (N x D); with T outputs N x T values, row by row.
   *
   * @throws also `ERR_NOT_FITTED`, and `ERR_SHAPE_MISMATCH` for another number of columns than in `fit`
   */
  predict(X: MatrixLike): Float64Array {
    const { coefficients, intercepts } = this.learned();
    const outputs = intercepts.length;
    const columns = coefficients.length / outputs;
    const x = acceptMatrix(X, 'X');
    if (x.columns !== columns) {
      throw shapeMismatch('X', `${columns} columns as in fit`, `${x.columns}`);
    }
    return Float64Array.from({ length: x.rows * outputs }, (_, k) => {
      const output = k % outputs;
      const row = ((k - output) / outputs) * columns;
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        sum += x.data[row + j]! * coefficients[output * columns + j]!;
      }
      return sum + intercepts[output]!;
    });
  }

  /** R^2 of `predict(X)` against y; with several outputs, the mean over them. */
  score(X: MatrixLike, y: Values): number {
    const data = this.predict(X);
    const columns = this.learned().intercepts.length;
    const rows = data.length / columns;
    const truth = acceptValues(y, 'y');
    if (truth.rows !== rows) {
      throw shapeMismatch('y', `${rows} values, one a row of X`, `${truth.rows}`);
    }
    if (truth.columns !== columns) {
      throw shapeMismatch('y', `${columns} values a row as in fit`, `${truth.columns}`);
    }
    return rSquared(truth, { data, rows, columns });
  }

  /** Float64Array[D]: w; with T outputs T x D values, output by output. A copy, made at the first call. */
  get coefficients(): Float64Array {
    return returnedCopy(this.learned().coefficients);
  }

  /** b, 0 without `fitIntercept`; with several outputs, of the first. */
  get intercept(): number {
    return this.learned().intercepts[0]!;
  }

  /** A summary: the learned parameters as plain arrays. */
  toJSON(): LinearModelJson {
    const name = this.#name;
    if (this.#fitted === undefined) return { name, isFitted: false };
    const { coefficients, intercepts } = this.#fitted;
    const learned = { coefficients: Array.from(coefficients), intercepts: Array.from(intercepts) };
    return { name, isFitted: true, ...learned };
  }

  protected learned(): Fit {
    if (this.#fitted !== undefined) return this.#fitted;
    this.#checkIdle();
    throw new DeepTypeError('ERR_NOT_FITTED', `the ${this.#name} was not fitted; call fit first`);
  }

  #checkIdle(): void {
    if (!this.#busy) return;
    const message = `the ${this.#name} is being fitted: await fitAsync first`;
    throw new DeepTypeError('ERR_BUSY', message);
  }
}

/** The summary that `console.log` shows of a linear model. */
export function summaryOfLinear(model: { toJSON(): LinearModelJson }): Summary {
  const { isFitted, name: _, ...fields } = model.toJSON();
  return { state: isFitted ? 'fitted' : 'not fitted', ...fields };
}
