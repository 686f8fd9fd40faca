/**
 * Proximal operators: prox(v) = argmin_x 1/2 |x - v|_2^2 + t f(x) (Parikh & Boyd 2014, Proximal
 * Algorithms). Each function accepts a vector or a table of row vectors, does not modify it, and returns a
 * new array of the same type: Float32Array, Float64Array or number[], or a Matrix for a table. Sums are
 * computed in float64; the results of a table and of a Float32Array are rounded to float32.
 *
 * All throw `ERR_INVALID_ARGUMENT` for an empty vector and for a threshold that is negative or not a number,
 * and `ERR_NON_FINITE_INPUT`.
 */

import { checkKeys, number } from '../common/checks.js';
import { applyHierarchical, applyToRows, type SameAs, type VectorOrRows } from './rows.js';

/** f = |x|_1: soft thresholding, sign(v_i) max(|v_i| - t, 0). */
export function l1<V extends VectorOrRows>(v: V, t: number): SameAs<V> {
  return applyToRows('l1', v, threshold(t));
}

/** f = 1/2 |x|_2^2: prox(v) = v / (1 + t). It shrinks, and sets no entry to zero. */
export function l2Squared<V extends VectorOrRows>(v: V, t: number): SameAs<V> {
  return applyToRows('l2-squared', v, threshold(t));
}

/**
 * f = |x|_2, the vector (or each row) as one group: v max(0, 1 - t / |v|_2) (Yuan & Lin 2006). On the
 * rows of a table it is the prox of the L2,1 norm, the sum of the rows' norms.
 */
export function groupL2<V extends VectorOrRows>(v: V, t: number): SameAs<V> {
  return applyToRows('group-l2', v, threshold(t));
}

/**
 * f = |x|_inf, by Moreau's decomposition: v minus its projection onto the L1 ball of radius t. It reduces the
 * largest entries to one level. On the rows of a table it is the prox of the group L-infinity norm.
 */
export function lInfinity<V extends VectorOrRows>(v: V, t: number): SameAs<V> {
  return applyToRows('l-infinity', v, threshold(t));
}

/**
 * f = ratio |x|_1 + (1 - ratio)/2 |x|_2^2, scikit-learn's scaling (Zou & Hastie 2005): soft
 * thresholding by t ratio, then division by 1 + t (1 - ratio). `ratio` is from 0 to 1.
 *
 * A sum a |x|_1 + b |x|_2^2 is t = a + 2b, ratio = a / (a + 2b): 0.5 |x|_1 + 0.5 |x|_2^2 is
 * `elasticNet(v, 1.5, 1 / 3)`.
 */
export function elasticNet<V extends VectorOrRows>(v: V, t: number, ratio: number): SameAs<V> {
  return applyToRows('elastic-net', v, threshold(t), number('ratio', ratio, { min: 0, max: 1 }));
}

/** Parameters of `hierarchical`. */
export interface HierarchicalOptions {
  /** Weight of |b|_2; at least 0. */
  lambda: number;
  /** Weight of |w|_1; default 0. */
  lambdaBar?: number;
  /** The bound |w_i| <= M |b|_2; default 10. */
  M?: number;
}

/**
 * LassoNet's hierarchical operator (Lemhadri, Ruan, Abraham & Tibshirani 2021, JMLR 22(127),
 * proposition 1 and algorithm 3 with a vector b):
 *
 *   argmin_(b, w) 1/2 |b - v|_2^2 + 1/2 |w - u|_2^2 + lambda |b|_2 + lambdaBar |w|_1
 *   with |w_i| <= M |b|_2
 *
 * `v` are an input's weights in the linear skip connection, `u` those in the first layer; `beta` is the
 * minimising b and `theta` the minimising w. Two tables are processed row by row. If v = 0 and b is not 0, the
 * direction of b is arbitrary: it is the first axis.
 */
export function hierarchical<V extends VectorOrRows, U extends VectorOrRows>(
  v: V,
  u: U,
  options: HierarchicalOptions,
): { beta: SameAs<V>; theta: SameAs<U> } {
  const {
    lambda,
    lambdaBar = 0,
    M = 10,
  } = checkKeys('options', options, ['lambda', 'lambdaBar', 'M']);
  const [beta, theta] = applyHierarchical(
    v,
    u,
    number('options.lambda', lambda, { min: 0 }),
    number('options.lambdaBar', lambdaBar, { min: 0 }),
    number('options.M', M, { min: 0 }),
  );
  return { beta, theta };
}

function threshold(t: unknown): number {
  return number('t', t, { min: 0 });
}
