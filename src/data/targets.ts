// What a network is trained for: `y` as callers give it, and as the native core takes it.
import type { NativeTargets } from '../native/tables.js';
import type { Classes, Labels } from './labels.js';
import type { Matrix, MatrixLike, RawMatrix } from './matrix.js';
import type { Events } from './observations.js';
import type { Vector } from './vectors.js';

/** Right-censored times of N rows, as the loss 'cox' takes them. */
export interface SurvivalTargets {
  time: Vector;
  /** 1 or true for an event, 0 or false for censored. */
  event: Events;
}

/** What `y` may be: class labels, values, rows of values, or times; which, the loss decides. */
export type Targets = Labels | Float32Array | Float64Array | MatrixLike | SurvivalTargets;

/** `y` and the weights of its rows as the native core takes them. */
export interface EncodedTargets extends NativeTargets {
  readonly values: Matrix | null;
  /** Network outputs that these targets call for. */
  readonly outputs: number;
  /** The class values in output order, where y holds classes. */
  readonly classValues?: Classes;
}

/** Targets in the units of y, which `standardized` makes those that a network learns. */
export interface TargetsAsGiven extends EncodedTargets {
  /** The `values` of a loss that takes values, in the precision they came in. */
  readonly exact?: RawMatrix | undefined;
}
