import { number, object } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { forSlices, runSync, type Sliced } from '../common/time-slices.js';
import { type Classes, checkLength } from './labels.js';
import { slicedVector, type Vector } from './vectors.js';

/** Weights by class value; a class that is not named has weight 1. */
export type ClassWeight = 'balanced' | Readonly<Record<string, number>>;

/** Weights of the rows of a table in the primary loss. */
export interface Weighting {
  readonly sampleWeight?: unknown;
  readonly classWeight?: ClassWeight | undefined;
}

/** The classes of rows, for `classWeight`: `classes[codes[i]]` is the class of row i. */
export interface CodedClasses {
  readonly codes: ArrayLike<number>;
  readonly classes: Classes;
}

/** Options of the calls that accept row weights. */
export interface SampleWeightOptions {
  /** N numbers of at least 0, not all 0: weights of the rows in the primary loss. */
  sampleWeight?: Vector;
}

/** Checks the `classWeight` option. */
export function resolveClassWeight(value: unknown): ClassWeight | undefined {
  if (value === undefined || value === 'balanced') return value;
  if (typeof value === 'string') {
    throw invalidArgument('classWeight', "'balanced' or an object of weights", value);
  }
  const weights: Record<string, number> = Object.create(null);
  for (const [name, weight] of Object.entries(object('classWeight', value))) {
    weights[name] = number(`classWeight[${JSON.stringify(name)}]`, weight, { min: 0 });
  }
  return weights;
}

/**
 * The weights of N rows, scaled to a mean of 1, or null if all are 1. 'balanced'
 * is scikit-learn's: W / (C W_c), W and W_c the sums of the sample weights of all rows and of class c.
 *
 * @param classes undefined for targets that are not classes
 */
export function rowWeights(
  weighting: Weighting,
  rows: number,
  classes: CodedClasses | undefined,
): Float32Array | null {
  return runSync(slicedWeight(weighting, rows, classes));
}

/** As `rowWeights`, in slices. */
export function* slicedWeight(
  { sampleWeight, classWeight }: Weighting,
  rows: number,
  classes: CodedClasses | undefined,
): Sliced<Float32Array | null> {
  if (sampleWeight === undefined && classWeight === undefined) return null;
  const weights =
    sampleWeight === undefined
      ? new Float64Array(rows).fill(1)
      : yield* acceptWeights(sampleWeight, rows);
  if (classWeight !== undefined) {
    if (classes === undefined) {
      throw invalidArgument('classWeight', 'none where y holds no classes', classWeight);
    }
    const factors = yield* classFactors(classWeight, classes, weights);
    yield* forSlices(rows, (from, end) => {
      for (let i = from; i < end; i++) weights[i] = weights[i]! * factors[classes.codes[i]!]!;
    });
  }
  return yield* normalized(weights);
}

/** Scales weights to a mean of 1. */
export function* normalized(weights: Float64Array): Sliced<Float32Array> {
  const { length } = weights;
  let largest = 0;
  let sum = 0;
  yield* forSlices(length, (from, end) => {
    for (let i = from; i < end; i++) largest = Math.max(largest, weights[i]!);
  });
  if (largest === 0) throw invalidArgument('sampleWeight', 'a weight greater than 0', 0);
  yield* forSlices(length, (from, end) => {
    for (let i = from; i < end; i++) sum += weights[i]! / largest;
  });
  const mean = sum / length;
  const scaled = new Float32Array(length);
  yield* forSlices(length, (from, end) => {
    for (let i = from; i < end; i++) scaled[i] = weights[i]! / largest / mean;
  });
  return scaled;
}

function* acceptWeights(value: unknown, rows: number): Sliced<Float64Array> {
  const weights = yield* slicedVector(value, 'sampleWeight');
  checkLength('sampleWeight', weights.length, rows, 'X');
  yield* forSlices(rows, (from, end) => {
    for (let i = from; i < end; i++) {
      if (!(weights[i]! < 0)) continue;
      throw invalidArgument(`sampleWeight[${i}]`, 'a number of at least 0', weights[i]);
    }
  });
  return weights;
}

function* classFactors(
  classWeight: ClassWeight,
  { codes, classes }: CodedClasses,
  weights: Float64Array,
): Sliced<number[]> {
  if (classWeight === 'balanced') {
    const sums = new Float64Array(classes.length);
    yield* forSlices(weights.length, (from, end) => {
      for (let i = from; i < end; i++) sums[codes[i]!]! += weights[i]!;
    });
    const total = sums.reduce((a, b) => a + b, 0);
    return Array.from(sums, (sum) => (sum > 0 ? total / (classes.length * sum) : 0));
  }
  const names = classes.map(String);
  const unknown = Object.keys(classWeight).find((name) => !names.includes(name));
  if (unknown !== undefined && names.some((name) => !(name in classWeight))) {
    throw invalidArgument('classWeight', `only the classes ${names.join(', ')}`, unknown);
  }
  return names.map((name) => classWeight[name] ?? 1);
}
