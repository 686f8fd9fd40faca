import { isIntegers } from '../common/checks.js';
import { DeepTypeError, describe, invalidArgument, shapeMismatch } from '../common/errors.js';
import { forSlices, runSync, type Sliced } from '../common/time-slices.js';
import type { Predictions } from './predictions.js';

/** One class a row: integers or strings. */
export type Labels =
  | Int32Array
  | Uint32Array
  | Uint8Array
  | readonly number[]
  | readonly string[]
  | Predictions
  | Predictions<string>;

/** The distinct values of labels, in ascending order. */
export type Classes = number[] | string[];

/** Labels as indices into their sorted classes. */
export interface EncodedLabels {
  /** Int32Array[N]: `classes[codes[i]]` is the label of row i. */
  readonly codes: Int32Array;
  /** The distinct labels, ascending: by value for numbers, by UTF-16 code unit for strings. */
  readonly classes: Classes;
}

/** Two label vectors of equal length over one common list of classes. */
export interface EncodedPair {
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly classes: Classes;
}

const EXPECTED = 'an Int32Array, Uint32Array, Uint8Array, or an array of integers or of strings';

/**
 * The one function that accepts labels.
 *
 * @param name name of the argument, for messages
 * @param advice advice for values that are not labels
 * @throws `ERR_INVALID_ARGUMENT` for an empty array, a label that is neither an integer nor a string, or
 * numbers and strings in one array; `ERR_NON_FINITE_INPUT` for NaN and the infinities
 */
export function encodeLabels(y: unknown, name: string, advice?: () => string | undefined) {
  return runSync(slicedLabel(y, name, advice));
}

/** As `encodeLabels`, in slices. */
export function* slicedLabel(
  y: unknown,
  name: string,
  advice?: () => string | undefined,
): Sliced<EncodedLabels> {
  if (y === undefined) throw invalidArgument(name, 'the label of each row of X', y);
  const values = yield* readLabels(y, name, advice);
  const classes = yield* sortedClasses([values]);
  return { codes: yield* encode(values, classes), classes };
}

/**
 * As `encodeLabels` for two vectors with common classes (truth and prediction).
 *
 * @throws also `ERR_SHAPE_MISMATCH` for unequal lengths, and `ERR_INVALID_ARGUMENT` when one holds
 * numbers and the other strings
 */
export function encodePair(truth: unknown, predicted: unknown): EncodedPair {
  const a = runSync(readLabels(truth, 'truth'));
  const b = runSync(readLabels(predicted, 'predicted'));
  checkLength('predicted', b.length, a.length, 'truth');
  if (typeof a[0] !== typeof b[0]) {
    throw invalidArgument('predicted', `${typeof a[0]}s like those of truth`, b[0]);
  }
  const classes = runSync(sortedClasses([a, b]));
  const encoded = (values: Values) => runSync(encode(values, classes));
  return { truth: encoded(a), predicted: encoded(b), classes };
}

/** Throws `ERR_SHAPE_MISMATCH` unless `length` is the `expected` length of the argument `of`. */
export function checkLength(name: string, length: number, expected: number, of: string): void {
  if (length !== expected) {
    throw shapeMismatch(name, `${expected} values like ${of}`, `${length}`);
  }
}

type Values = ArrayLike<number | string>;

/** Checks every value; returns the labels unchanged. */
function* readLabels(y: unknown, name: string, advice?: () => string | undefined): Sliced<Values> {
  const isTyped = isIntegers(y);
  if (!isTyped && !Array.isArray(y)) throw invalidArgument(name, EXPECTED, y, advice?.());
  if (y.length === 0) throw invalidArgument(name, 'at least one label', y);
  if (isTyped) return y;
  // Copied before the check: getters of the array may return other values at a second read.
  const given: ArrayLike<unknown> = y;
  const values: unknown[] = new Array(given.length);
  yield* forSlices(values.length, (from, end) => {
    for (let i = from; i < end; i++) values[i] = given[i];
    checkValues(values, from, end, name, advice);
  });
  return values as readonly (number | string)[];
}

/** Checks the values from .. end. */
function checkValues(
  values: readonly unknown[],
  from: number,
  end: number,
  name: string,
  advice: (() => string | undefined) | undefined,
): void {
  const kind = typeof values[0];
  for (let i = from; i < end; i++) {
    const value = values[i];
    if (typeof value !== 'number' && typeof value !== 'string') {
      throw invalidArgument(`${name}[${i}]`, 'an integer or a string', value, advice?.());
    }
    if (typeof value !== kind) {
      throw invalidArgument(`${name}[${i}]`, `a ${kind} like ${name}[0]`, value);
    }
    if (typeof value === 'string' || Number.isSafeInteger(value)) continue;
    if (Number.isFinite(value))
      throw invalidArgument(`${name}[${i}]`, 'an integer', value, advice?.());
    throw new DeepTypeError(
      'ERR_NON_FINITE_INPUT',
      `${name}: expected finite labels, received ${describe(value)} at row ${i}, column 0; leave rows without a label out`,
    );
  }
}

function* sortedClasses(vectors: readonly Values[]): Sliced<Classes> {
  const distinct = new Set<number | string>();
  for (const values of vectors) {
    yield* forSlices(values.length, (from, end) => {
      // A Set holds -0 as 0.
      for (let i = from; i < end; i++) distinct.add(values[i]!);
    });
  }
  const classes = [...distinct] as Classes;
  return typeof classes[0] === 'number'
    ? (classes as number[]).sort((a, b) => a - b)
    : (classes as string[]).sort();
}

function* encode(values: Values, classes: Classes): Sliced<Int32Array> {
  const codeOf = new Map<number | string, number>();
  classes.forEach((value, code) => {
    codeOf.set(value, code);
  });
  const codes = new Int32Array(values.length);
  yield* forSlices(codes.length, (from, end) => {
    for (let i = from; i < end; i++) codes[i] = codeOf.get(values[i]!)!;
  });
  return codes;
}
