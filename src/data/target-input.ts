// Validation of the y of a fit: labels or values, with advice if it is the other kind.

import { isFloat32, isFloat64, isPromise } from '../common/checks.js';
import {
  advised,
  DeepTypeError,
  describe,
  invalidArgument,
  shapeMismatch,
} from '../common/errors.js';
import type { Sliced } from '../common/time-slices.js';
import { type Classes, type EncodedLabels, slicedLabel } from './labels.js';
import type { RawMatrix } from './matrix.js';
import { slicedValues } from './vectors.js';

const FOR_VALUES = "to predict values set loss: 'mse' (or 'mae', 'huber')";
const FOR_CLUSTERS = 'to cluster rows without labels use KMeans';
const FOR_CLASSES = "to predict classes set loss: 'cross-entropy'";
const FOR_TIMES = "for { time, event } set loss: 'cox'";

/**
 * As `encodeLabels`, for the y of a classification loss.
 *
 * @throws also `ERR_SHAPE_MISMATCH` for another number of rows, `ERR_INVALID_ARGUMENT` for fewer than two classes
 */
export function* encodeClasses(y: unknown, name: string, rows: number): Sliced<EncodedLabels> {
  if (y === undefined || y === null) {
    throw invalidArgument(name, 'the label of each row of X', y, FOR_CLUSTERS);
  }
  const encoded = yield* slicedLabel(y, name, () => adviceFor(y));
  const { codes, classes } = encoded;
  checkRows(codes.length, rows, name);
  if (classes.length > 1) return encoded;
  const message = `${name}: expected at least two classes, received ${describe(classes[0])} in all ${codes.length} rows`;
  throw new DeepTypeError('ERR_INVALID_ARGUMENT', advised(message, FOR_CLUSTERS));
}

/** Throws `ERR_SHAPE_MISMATCH` unless y has one value for each row of its table. */
export function checkRows(received: number, rows: number, name = 'y', table = 'X'): void {
  if (received === rows) return;
  throw shapeMismatch(name, `${rows} values, one a row of ${table}`, `${received}`);
}

/** As `acceptValues`, for the y of a regression loss. */
export function* acceptTargetTable(y: unknown, name: string): Sliced<RawMatrix> {
  const isSurvival = typeof y === 'object' && y !== null && 'time' in y;
  if (isSurvival) throw invalidArgument(name, 'values, one a row of X', y, FOR_TIMES);
  if (typeof y !== 'object' || y === null) {
    throw invalidArgument(name, 'values, one a row of X', y);
  }
  if (Array.isArray(y) && typeof y[0] === 'string') {
    throw invalidArgument(`${name}[0]`, 'a number', y[0], FOR_CLASSES);
  }
  return yield* slicedValues(y, name);
}

/** A list of classes for a message. */
export function listed(classes: Classes): string {
  const shown = Array.from<number | string>(classes).slice(0, 5).map(describe).join(', ');
  return classes.length > 5 ? `${shown}, ... (${classes.length})` : shown;
}

function adviceFor(y: unknown): string | undefined {
  if (isFloat32(y) || isFloat64(y)) return `${FOR_VALUES}; of classes make an Int32Array`;
  if (Array.isArray(y)) return y.some(isNoLabel) ? FOR_VALUES : undefined;
  if (typeof y !== 'object' || y === null || isPromise(y)) return undefined;
  return 'time' in y ? FOR_TIMES : FOR_VALUES;
}

/** Whether it is a non-integer number, or an object such as a row of values. */
function isNoLabel(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value);
  return typeof value === 'object' && value !== null;
}
