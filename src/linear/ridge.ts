import { boolean, checkKeys, number } from '../common/checks.js';
import { DeepTypeError } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import { ofThisRealm } from '../common/realm.js';
import { countThreads } from '../data/points.js';
import { returnedCopy } from '../data/returned-copy.js';
import { type NativeRidgeFit, native } from '../native/addon.js';
import { type LinearFit, LinearModel, type Solver, summaryOfLinear } from './model.js';

export interface RidgeOptions {
  /** Weight of the penalty; 0 is least squares. Default 1. */
  alpha?: number;
  /** Whether to fit b, by centring X and y. Default true. */
  fitIntercept?: boolean;
}

/**
 * Ridge regression (Hoerl and Kennard 1970) with scikit-learn's objective: the minimum over w and b of
 *
 *     |y - X w - b|^2 + alpha |w|^2,
 *
 * in float64, by Cholesky of X'X + alpha I or, where there are more columns than rows, of X X' + alpha I.
 * The sum of squares has no factor 1 / 2N: alpha corresponds to alpha / N of the elastic net with `l1Ratio` 0.
 * y may have several values a row; each output is fitted independently.
 *
 * `fit` throws `ERR_INVALID_ARGUMENT` if columns are linearly dependent and alpha is 0 or nearly 0.
 */
export class Ridge extends LinearModel<LinearFit> {
  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: RidgeOptions = {}) {
    const given = checkKeys('options', options, ['alpha', 'fitIntercept']);
    const alpha = number('alpha', given.alpha ?? 1, { min: 0 });
    const intercept = boolean('fitIntercept', given.fitIntercept ?? true);
    super('Ridge', solverOf(alpha, intercept), Infinity);
  }

  /** Float64Array[T]: b of each output. A copy, as `coefficients` are. */
  get intercepts(): Float64Array {
    return returnedCopy(this.learned().intercepts);
  }
}

inspectable(Ridge, 'Ridge', summaryOfLinear);

function solverOf(alpha: number, intercept: boolean): Solver<LinearFit, NativeRidgeFit | null> {
  const options = () => ({ alpha, intercept, threads: countThreads('auto') });
  return {
    here: ({ x, y }) => native().ridge(x, y, options()),
    elsewhere: ({ x, y }, stop) => native().ridgeAsync(x, y, options(), stop),
    read: (fit) => {
      if (fit !== null) {
        const { coefficients, intercepts } = fit;
        return { coefficients: ofThisRealm(coefficients), intercepts: ofThisRealm(intercepts) };
      }
      throw new DeepTypeError(
        'ERR_INVALID_ARGUMENT',
        `alpha: expected a larger weight, because columns of X depend on each other, received ${alpha}`,
      );
    },
  };
}
