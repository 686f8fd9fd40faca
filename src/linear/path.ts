import { boolean, checkKeys, integer, number } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { ofThisRealm } from '../common/realm.js';
import type { MatrixLike } from '../data/matrix.js';
import { countThreads } from '../data/points.js';
import { acceptVector, type Values, type Vector } from '../data/vectors.js';
import { native } from '../native/addon.js';
import { DESCENT, type DescentOptions, resolveDescent, WEIGHT, warnOfGaps } from './elastic-net.js';
import { acceptProblem, type Problem } from './input.js';

export interface AlphaMaxOptions {
  /** Share of the L1 norm in the penalty, above 0. Default 1: the Lasso. */
  l1Ratio?: number;
  /** Default true. */
  fitIntercept?: boolean;
}

export interface LassoPathOptions extends DescentOptions {
  /** Values of alpha, in any order; instead of `steps` and `ratio`. */
  alphas?: Vector;
  /** Number of values of alpha, evenly spaced in the logarithm from `alphaMax` down. Default 100. */
  steps?: number;
  /** The smallest alpha as a fraction of `alphaMax`. Default 1e-3. */
  ratio?: number;
  /** Share of the L1 norm in the penalty, above 0. Default 1: the Lasso. */
  l1Ratio?: number;
}

/** A fit of the path; see `ElasticNet`. */
export interface LassoPathPoint {
  readonly alpha: number;
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly dualityGap: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const SHARE = { exclusiveMin: 0, max: 1 };

/**
 * The smallest alpha at which every coefficient of the Lasso (or the elastic net) is 0:
 * max_j |x_j'y| / (N l1Ratio), X and y centred where there is an intercept.
 *
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function alphaMax(X: MatrixLike, y: Values, options: AlphaMaxOptions = {}): number {
  const given = checkKeys('options', options, ['l1Ratio', 'fitIntercept']);
  const l1Ratio = number('l1Ratio', given.l1Ratio ?? 1, SHARE);
  const intercept = boolean('fitIntercept', given.fitIntercept ?? true);
  return alphaMaxOf(acceptProblem(X, y, 1), l1Ratio, intercept);
}

/**
 * The Lasso (or the elastic net) from the largest alpha to the smallest, each fit warm-started from the previous one.
 * All fits that have not converged share one warning with the code `DEEPTYPE_NOT_CONVERGED`.
 *
 * @returns one point for each alpha, largest first
 * @throws `ERR_INVALID_ARGUMENT` (also when X and y are uncorrelated, so that there is no largest alpha),
 * `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function lassoPath(
  X: MatrixLike,
  y: Values,
  options: LassoPathOptions = {},
): LassoPathPoint[] {
  const allowed = ['alphas', 'steps', 'ratio', 'l1Ratio', ...DESCENT] as const;
  const given = checkKeys('options', options, allowed);
  const l1Ratio = number('l1Ratio', given.l1Ratio ?? 1, SHARE);
  const descent = resolveDescent(given);
  const steps = integer('steps', given.steps ?? 100, { min: 1, max: 1e6 });
  const ratio = number('ratio', given.ratio ?? 1e-3, { exclusiveMin: 0, exclusiveMax: 1 });
  if (given.alphas !== undefined && (given.steps ?? given.ratio) !== undefined) {
    throw invalidArgument('alphas', 'either alphas, or steps and ratio', given.alphas);
  }
  const explicit = given.alphas === undefined ? undefined : acceptVector(given.alphas, 'alphas');
  explicit?.forEach((alpha, i) => {
    number(`alphas[${i}]`, alpha, WEIGHT);
  });
  const problem = acceptProblem(X, y, 1);

  const areShares = explicit === undefined;
  const alphas = explicit?.sort().reverse() ?? spaced(steps, ratio);
  const task = { alphas, areShares, l1Ratio, ...descent };
  const fits = native().elasticNet(problem.x, problem.y, task);
  if (fits.length === 0) throw invalidArgument('y', 'a correlation with some column of X', 'none');
  warnOfGaps('lassoPath', fits);
  return fits.map(({ gap, coefficients, ...fit }) => ({
    ...fit,
    coefficients: ofThisRealm(coefficients),
    dualityGap: gap,
  }));
}

function alphaMaxOf({ x, y }: Problem, l1Ratio: number, intercept: boolean): number {
  const options = { intercept, threads: countThreads('auto') };
  return native().linearAlphaMax(x, y, options) / l1Ratio;
}

/** From 1 to `ratio`, evenly in the logarithm. */
function spaced(steps: number, ratio: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, s) => ratio ** (s / (steps - 1 || 1)));
}
