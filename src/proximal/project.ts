/**
 * Euclidean projections: the nearest point of a set to v. Each function accepts a vector or a table of row
 * vectors, does not modify it, and returns a new array of the same type: Float32Array, Float64Array or
 * number[], or a Matrix for a table. Points of the set are returned unchanged. Results in float32 are rounded
 * towards zero, so that they stay in a ball.
 *
 * All throw `ERR_INVALID_ARGUMENT` for an empty vector and for a radius that is negative or not a number, and
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

/** Onto |x_i| <= radius for every i: each entry is clipped to [-radius, radius]. */
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
