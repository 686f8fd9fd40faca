import { encodePair, type Labels } from '../data/labels.js';
import { Matrix } from '../data/matrix.js';
import { newFloat64 } from '../native/memory.js';

/**
 * Fraction of rows whose predicted label is the true one.
 *
 * @param truth N labels
 * @param predicted N labels of the same kind (numbers or strings)
 * @returns from 0 to 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function accuracy(truth: Labels, predicted: Labels): number {
  const pair = encodePair(truth, predicted);
  let right = 0;
  for (let i = 0; i < pair.truth.length; i++) {
    if (pair.truth[i] === pair.predicted[i]) right++;
  }
  return right / pair.truth.length;
}

/**
 * Mean recall over the classes of `truth`: every class has the same weight, however rare it is
 * (Brodersen et al. 2010).
 *
 * @param truth N labels
 * @param predicted N labels of the same kind; a label that is not in `truth` counts as wrong
 * @returns from 0 to 1
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function balancedAccuracy(truth: Labels, predicted: Labels): number {
  const pair = encodePair(truth, predicted);
  const right = new Float64Array(pair.classes.length);
  const sizes = new Float64Array(pair.classes.length);
  for (let i = 0; i < pair.truth.length; i++) {
    const code = pair.truth[i]!;
    sizes[code]!++;
    if (pair.predicted[i] === code) right[code]!++;
  }
  let sum = 0;
  let present = 0;
  for (let code = 0; code < sizes.length; code++) {
    if (sizes[code] === 0) continue;
    sum += right[code]! / sizes[code]!;
    present++;
  }
  return sum / present;
}

/**
 * Entry (i, j) counts the rows of true class i that were predicted as class j. The classes are the
 * distinct values of both arguments in ascending order. Counts are exact up to 2^24.
 *
 * @param truth N labels
 * @param predicted N labels of the same kind (numbers or strings)
 * @returns Matrix[classes x classes]
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function confusionMatrix(truth: Labels, predicted: Labels): Matrix {
  const pair = encodePair(truth, predicted);
  const size = pair.classes.length;
  const counts = newFloat64(size * size, `${size} x ${size} classes`);
  for (let i = 0; i < pair.truth.length; i++) {
    counts[pair.truth[i]! * size + pair.predicted[i]!]!++;
  }
  return new Matrix(Float32Array.from(counts), size, size);
}
