// Types of targets: `y` as callers give it, and as the native core accepts it.
import type { NativeTargets } from '../native/tables.js';
import type { Classes, Labels } from './labels.js';
import type { Matrix, MatrixLike, RawMatrix } from './matrix.js';
import type { Events } from './observations.js';
import type { Vector } from './vectors.js';

/** Right-censored times of N rows, for the loss 'cox'. */
export interface SurvivalTargets {
  time: Vector;
  /** 1 or true for an event, 0 or false for censored. */
  event: Events;
}

/** The forms of `y`: class labels, values, rows of values, or times, as the loss requires. */
export type Targets = Labels | Float32Array | Float64Array | MatrixLike | SurvivalTargets;

/** `y` and its row weights in the format of the native core. */
export interface EncodedTargets extends NativeTargets {
  readonly values: Matrix | null;
  /** Number of network outputs for these targets. */
  readonly outputs: number;
  /** The class values in output order, if y holds classes. */
  readonly classValues?: Classes;
}

/** Targets in the units of y, before `standardized`. */
export interface TargetsAsGiven extends EncodedTargets {
  /** The values of a regression loss, in their original precision. */
  readonly exact?: RawMatrix | undefined;
}
