import { type Bounds, boolean, checkKeys, integer, number } from '../common/checks.js';
import { inspectable } from '../common/inspect.js';
import { ofThisRealm } from '../common/realm.js';
import { warn } from '../common/warnings.js';
import { countThreads } from '../data/points.js';
import { type NativeElasticNetFit, type NativeElasticNetOptions, native } from '../native/addon.js';
import { type LinearFit, LinearModel, type Solver, summaryOfLinear } from './model.js';

/** Options of the solver. */
export interface DescentOptions {
  /** Whether to fit b, by centring X and y. Default true. */
  fitIntercept?: boolean;
  /** Most sweeps and exact steps for each alpha; most fits need fewer than a thousand. Default 100000. */
  maxIterations?: number;
  /**
   * A fit has converged when its duality gap is at most this fraction of |y|^2 / N (y centred where there is
   * an intercept): scikit-learn's criterion. Default 1e-12.
   */
  tolerance?: number;
}

export interface LassoOptions extends DescentOptions {
  /** Weight of the penalty, above 0. Default 1. */
  alpha?: number;
}

export interface ElasticNetOptions extends LassoOptions {
  /** Fraction of the L1 norm in the penalty, from 0 to 1. Default 0.5. */
  l1Ratio?: number;
}

interface ElasticNetFit extends LinearFit {
  readonly dualityGap: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export const DESCENT = ['fitIntercept', 'maxIterations', 'tolerance'] as const;
/** Bounds of alpha: its product with the number of rows stays finite. */
export const WEIGHT: Bounds = { exclusiveMin: 0, max: 1e250 };
export const RATIO: Bounds = { min: 0, max: 1 };

/** Validates `DescentOptions` and converts them for the addon. */
export function resolveDescent(given: Partial<Record<(typeof DESCENT)[number], unknown>>) {
  const { fitIntercept = true, maxIterations = 100_000, tolerance = 1e-12 } = given;
  return {
    intercept: boolean('fitIntercept', fitIntercept),
    maxIterations: integer('maxIterations', maxIterations, { min: 1 }),
    tolerance: number('tolerance', tolerance, { min: 0 }),
    threads: countThreads('auto'),
  };
}

/**
 * Elastic net (Zou and Hastie 2005) with scikit-learn's objective: the minimum over w and b of
 *
 *     |y - X w - b|^2 / (2 N) + alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) / 2 |w|_2^2,
 *
 * in float64. The columns in use and those that violate the conditions of optimality form a working set,
 * which grows until the duality gap certifies the fit for all columns. In it a few sweeps of coordinate
 * descent are followed by exact steps to the minimum with the signs kept (Osborne, Presnell and Turlach 2000);
 * where more columns than rows are in use, which takes `l1Ratio` below 1, by Newton's method on the dual (Li,
 * Sun and Toh 2018). `l1Ratio` 0 is `Ridge` with N times the alpha. y holds one value a row.
 *
 * A fit that has not converged emits one warning (`process.emitWarning`) with the code
 * `DEEPTYPE_NOT_CONVERGED`.
 */
export class ElasticNet extends LinearModel<ElasticNetFit> {
  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: ElasticNetOptions = {}) {
    const given = checkKeys('options', options, ['alpha', 'l1Ratio', ...DESCENT]);
    const { alpha = 1, l1Ratio = 0.5 } = given;
    const weight = number('alpha', alpha, WEIGHT);
    const ratio = number('l1Ratio', l1Ratio, RATIO);
    super(new.target.name, solverOf(new.target.name, weight, ratio, resolveDescent(given)), 1);
  }

  /** Upper bound on the objective at the coefficients minus its minimum, in the units of the objective. */
  get dualityGap(): number {
    return this.learned().dualityGap;
  }

  /** Number of sweeps of coordinate descent and of exact steps. */
  get iterations(): number {
    return this.learned().iterations;
  }

  /** Whether `dualityGap` is at most `tolerance` |y|^2 / N, with y centred if there is an intercept. */
  get converged(): boolean {
    return this.learned().converged;
  }
}

inspectable(ElasticNet, 'ElasticNet', summaryOfLinear);

/** Emits one warning if any of `fits` has not converged. */
export function warnOfGaps(name: string, fits: readonly NativeElasticNetFit[]): void {
  const open = fits.filter(({ converged }) => !converged);
  if (open.length === 0) return;
  const worst = open.reduce((most, fit) => (fit.gap > most.gap ? fit : most));
  const which = fits.length === 1 ? 'the fit' : `${open.length} of ${fits.length} fits`;
  const message =
    `${name}: ${which} did not converge (alpha ${worst.alpha}: dualityGap ${worst.gap.toPrecision(2)} after ` +
    `${worst.iterations} iterations); raise maxIterations or tolerance`;
  warn('DEEPTYPE_NOT_CONVERGED', message);
}

/**
 * Lasso (Tibshirani 1996) with scikit-learn's objective: the minimum over w and b of
 * |y - X w - b|^2 / (2 N) + alpha |w|_1. It is `ElasticNet` with `l1Ratio` 1.
 */
export class Lasso extends ElasticNet {
  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: LassoOptions = {}) {
    super({ ...checkKeys('options', options, ['alpha', ...DESCENT]), l1Ratio: 1 } as object);
  }
}

inspectable(Lasso, 'Lasso', summaryOfLinear);

function solverOf(
  name: string,
  alpha: number,
  l1Ratio: number,
  descent: Omit<NativeElasticNetOptions, 'alphas' | 'areShares' | 'l1Ratio'> & {
    intercept: boolean;
    threads: number;
  },
): Solver<ElasticNetFit, NativeElasticNetFit[]> {
  const options = { alphas: Float64Array.of(alpha), areShares: false, l1Ratio, ...descent };
  return {
    here: ({ x, y }) => native().elasticNet(x, y, options),
    elsewhere: ({ x, y }, stop) => native().elasticNetAsync(x, y, options, stop),
    read: (fits) => {
      warnOfGaps(name, fits);
      const { coefficients, intercept, gap, iterations, converged } = fits[0]!;
      const intercepts = Float64Array.of(intercept);
      return {
        coefficients: ofThisRealm(coefficients),
        intercepts,
        dualityGap: gap,
        iterations,
        converged,
      };
    },
  };
}
