import { DeepTypeError, invalidArgument, shapeMismatch } from './errors.js';
import { type Classes, encodeLabels, type Labels } from './labels.js';
import type { ResolvedLoss } from './losses.js';
import { acceptFloat32, type Matrix, type MatrixLike } from './matrix.js';
import { acceptValues } from './metrics/values.js';

/** What `y` may be: class labels, values, or rows of values; which, the loss decides. */
export type Targets = Labels | Float32Array | Float64Array | MatrixLike;

/** `y` as the native core takes it. */
export interface EncodedTargets {
  readonly classes: Int32Array | null;
  readonly values: Matrix | null;
  /** Network outputs that these targets call for. */
  readonly outputs: number;
  /** The class values in output order, where y holds classes. */
  readonly classValues?: Classes;
}

/**
 * Encodes the `y` of the estimator: labels become indices into their sorted classes.
 *
 * @param rows number of rows of X, which y must have too
 */
export function encodeTargets(y: unknown, rows: number, loss: ResolvedLoss): EncodedTargets {
  switch (loss.targets) {
    case 'classes': {
      const { codes, classes } = encodeLabels(y, 'y');
      checkRows(codes.length, rows);
      if (classes.length < 2) throw invalidArgument('y', 'at least two classes', classes);
      const outputs = loss.custom?.outputs ?? classes.length;
      if (outputs < classes.length) {
        throw invalidArgument('loss.outputs', `at least ${classes.length}, one a class`, outputs);
      }
      return { classes: codes, values: null, outputs, classValues: classes };
    }
    case 'binary':
      return encodeBinary(y, rows);
    case 'values': {
      const values = acceptTargetValues(y, rows);
      return { classes: null, values, outputs: loss.custom?.outputs ?? values.columns };
    }
  }
}

/** Two classes through one logit, or rows of values in [0, 1]. */
function encodeBinary(y: unknown, rows: number): EncodedTargets {
  const isValues =
    y instanceof Float32Array ||
    y instanceof Float64Array ||
    (typeof y === 'object' && y !== null && !Array.isArray(y) && !ArrayBuffer.isView(y)) ||
    (Array.isArray(y) && typeof y[0] === 'object');
  if (isValues) {
    const values = acceptTargetValues(y, rows);
    checkUnitInterval(values);
    return { classes: null, values, outputs: values.columns };
  }
  const { codes, classes } = encodeLabels(y, 'y');
  checkRows(codes.length, rows);
  if (classes.length !== 2) {
    throw invalidArgument('y', "two classes for the loss 'bce'", classes);
  }
  const values = acceptFloat32({ data: Float32Array.from(codes), rows, columns: 1 }, 'y');
  return { classes: null, values, outputs: 1, classValues: classes };
}

/** Checks `y` for a network whose outputs are given: class indices 0 .. outputs-1, or values. */
export function indexTargets(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  outputs: number,
): EncodedTargets {
  if (loss.targets !== 'classes') {
    const values = acceptTargetValues(y, rows);
    if (loss.targets === 'binary') checkUnitInterval(values);
    if (values.columns !== outputs && loss.custom === undefined) {
      throw shapeMismatch('y', `${outputs} values a row, one an output`, `${values.columns}`);
    }
    return { classes: null, values, outputs };
  }
  const { codes, classes } = encodeLabels(y, 'y');
  checkRows(codes.length, rows);
  for (const value of classes) {
    if (typeof value !== 'number' || value < 0 || value >= outputs) {
      throw invalidArgument('y', `class indices from 0 to ${outputs - 1}`, value);
    }
  }
  const indices = Int32Array.from(codes, (code) => classes[code] as number);
  return { classes: indices, values: null, outputs };
}

function acceptTargetValues(y: unknown, rows: number): Matrix {
  const values = acceptFloat32(acceptValues(y, 'y'), 'y');
  checkRows(values.rows, rows);
  return values;
}

function checkRows(received: number, rows: number): void {
  if (received !== rows) throw shapeMismatch('y', `${rows} values, one a row of X`, `${received}`);
}

function checkUnitInterval(values: Matrix): void {
  const k = values.data.findIndex((v) => v < 0 || v > 1);
  if (k < 0) return;
  throw new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `y: expected values from 0 to 1 for the loss 'bce', received ${values.data[k]} at row ${Math.floor(k / values.columns)}, column ${k % values.columns}`,
  );
}
