/**
 * Euclidean projections: the point of a set that is nearest to v. Each takes a vector, or a table each
 * of whose rows is one, leaves it as it is and returns the result as what came: a Float32Array, a
 * Float64Array, a number[], or a Matrix for a table. What lies in the set comes back unchanged; what is
 * rounded to float32 is rounded towards zero and so stays in a ball.
 *
 * All throw `ERR_INVALID_ARGUMENT` for no numbers and for a radius that is negative or no number, and
 * `ERR_NON_FINITE_INPUT`.
 */

import { number } from '../common/checks.js';
import { applyToRows, type SameAs, type VectorOrRows } from './rows.js';

/**
 * Onto |x|_1 <= radius: soft thresholding by the tau at which the norm is the radius (Duchi et al. 2008),
 * found by Michelot's iteration.
 */
export function l1Ball<V extends VectorOrRows>(v: V, radius: number): SameAs<V> {
  return applyToRows('l1-ball', v, checkRadius(radius));
}

/** Onto |x|_2 <= radius: v min(1, radius / |v|_2). */
export function l2Ball<V extends VectorOrRows>(v: V, radius: number): SameAs<V> {
  return applyToRows('l2-ball', v, checkRadius(radius));
}

/** Onto |x_i| <= radius for every i: each entry cut off at +-radius. */
export function lInfinityBall<V extends VectorOrRows>(v: V, radius: number): SameAs<V> {
  return applyToRows('l-infinity-ball', v, checkRadius(radius));
}

/** Onto the probability simplex, x_i >= 0 with sum 1: max(v_i - tau, 0) (Michelot 1986). */
export function simplex<V extends VectorOrRows>(v: V): SameAs<V> {
  return applyToRows('simplex', v, 1);
}

function checkRadius(radius: unknown): number {
  return number('radius', radius, { min: 0 });
}
