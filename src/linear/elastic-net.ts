import { countThreads } from '../clustering/input.js';
import { type NativeElasticNetFit, type NativeElasticNetOptions, native } from '../native.js';
import { ofThisRealm } from '../realm.js';
import { type Bounds, boolean, checkKeys, integer, number } from '../validate.js';
import { type LinearFit, LinearModel, type Solver } from './model.js';

/** How far coordinate descent goes. */
export interface DescentOptions {
  /** Whether to fit b, by centring X and y. Default true. */
  fitIntercept?: boolean;
  /** Most sweeps over the columns in use. Default 10000. */
  maxIterations?: number;
  /**
   * The descent ends when the duality gap is at most this fraction of |y|^2 / N (y centred where there is
   * an intercept). Default 1e-12.
   */
  tolerance?: number;
}

export interface LassoOptions extends DescentOptions {
  /** Weight of the penalty, above 0. Default 1. */
  alpha?: number;
}

export interface ElasticNetOptions extends LassoOptions {
  /** Share of the L1 norm in the penalty, from 0 to 1. Default 0.5. */
  l1Ratio?: number;
}

interface ElasticNetFit extends LinearFit {
  readonly dualityGap: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export const DESCENT = ['fitIntercept', 'maxIterations', 'tolerance'] as const;
/** Bounds of a weight: its product with the number of rows stays finite. */
export const WEIGHT: Bounds = { exclusiveMin: 0, max: 1e250 };
export const RATIO: Bounds = { min: 0, max: 1 };

/** Those of `DescentOptions`, checked, as the addon takes them. */
export function resolveDescent(given: Partial<Record<(typeof DESCENT)[number], unknown>>) {
  const { fitIntercept = true, maxIterations = 10_000, tolerance = 1e-12 } = given;
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
 * in float64, by coordinate descent over a set of columns that grows by those that violate the conditions
 * of optimality. `dualityGap` bounds how far the objective is from its minimum. y holds one value a row.
 */
export class ElasticNet extends LinearModel<ElasticNetFit> {
  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: ElasticNetOptions = {}) {
    const given = checkKeys('options', options, ['alpha', 'l1Ratio', ...DESCENT]);
    const { alpha = 1, l1Ratio = 0.5 } = given;
    const weight = number('alpha', alpha, WEIGHT);
    const ratio = number('l1Ratio', l1Ratio, RATIO);
    super(new.target.name, solverOf(weight, ratio, resolveDescent(given)), 1);
  }

  /** Objective at the coefficients less its minimum is at most this. */
  get dualityGap(): number {
    return this.learned().dualityGap;
  }

  /** Sweeps over the columns in use. */
  get iterations(): number {
    return this.learned().iterations;
  }

  /**
   * Whether, before `maxIterations`, the gap came below the tolerance, or float64 could tell the
   * coefficients no longer from the minimum.
   */
  get converged(): boolean {
    return this.learned().converged;
  }
}

/**
 * Lasso (Tibshirani 1996) with scikit-learn's objective: the minimum over w and b of
 * |y - X w - b|^2 / (2 N) + alpha |w|_1. The elastic net with `l1Ratio` 1; see there.
 */
export class Lasso extends ElasticNet {
  /** @throws `ERR_INVALID_ARGUMENT` */
  constructor(options: LassoOptions = {}) {
    super({ ...checkKeys('options', options, ['alpha', ...DESCENT]), l1Ratio: 1 } as object);
  }
}

function solverOf(
  alpha: number,
  l1Ratio: number,
  descent: Omit<NativeElasticNetOptions, 'alphas' | 'l1Ratio'> & {
    intercept: boolean;
    threads: number;
  },
): Solver<ElasticNetFit, NativeElasticNetFit[]> {
  const options = { alphas: Float64Array.of(alpha), l1Ratio, ...descent };
  return {
    here: ({ x, y }) => native().elasticNet(x, y, options),
    elsewhere: ({ x, y }, stop) => native().elasticNetAsync(x, y, options, stop),
    read: ([fit]) => {
      const { coefficients, intercept, gap, iterations, converged } = fit!;
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
