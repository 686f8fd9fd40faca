import { DeepTypeError, invalidArgument, shapeMismatch } from './errors.js';
import { pairsAmong, pairsOf } from './knowledge-graph.js';
import { type Classes, encodeLabels, type Labels } from './labels.js';
import type { ResolvedLoss } from './losses.js';
import { acceptFloat32, Matrix, type MatrixLike, type RawMatrix } from './matrix.js';
import type { Vector } from './metrics/values.js';
import type { NativeTargets } from './native.js';
import {
  acceptObservations,
  byTime,
  type Events,
  type Observations,
} from './survival/observations.js';
import { acceptTargetTable, checkRows, encodeClasses, listed } from './target-input.js';
import type { TargetScaler } from './target-scaler.js';
import type { Steps } from './turns.js';
import { isFloat32, isFloat64, object } from './validate.js';
import {
  type ClassWeight,
  type CodedClasses,
  normalized,
  rowWeights,
  type Weighting,
} from './weights.js';

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

/** `y` alone, and which class each row has where it holds classes. */
type Encoded = Pick<TargetsAsGiven, 'classes' | 'values' | 'exact' | 'outputs' | 'classValues'> & {
  readonly coded?: CodedClasses;
};

/**
 * Encodes the `y` of the estimator: labels become indices into their sorted classes.
 *
 * @param rows number of rows of X, which y must have too
 */
export function encodeTargets(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  weighting: Weighting = {},
): TargetsAsGiven {
  return weighted(encode(y, rows, loss), rows, loss, weighting);
}

/** Checks `y` for a network whose outputs are given: class indices 0 .. outputs-1, or values. */
export function indexTargets(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  outputs: number,
  weighting: Weighting = {},
): EncodedTargets {
  return weighted(index(y, rows, loss, outputs), rows, loss, weighting);
}

/**
 * Encodes the `y` of other rows than those of `like`, in whose classes and columns they are.
 *
 * @throws `ERR_INVALID_ARGUMENT` for a class that is not among them and for times without an event,
 * `ERR_SHAPE_MISMATCH`
 */
export function encodeLike(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  like: EncodedTargets,
  classWeight: ClassWeight | undefined,
): TargetsAsGiven {
  const { classValues, outputs } = like;
  if (classValues === undefined) {
    const encoded = encode(y, rows, loss, 'validation.y', 'validation.X');
    if (encoded.values?.columns !== like.values?.columns) {
      const columns = `${like.values?.columns} values a row`;
      throw shapeMismatch('validation.y', columns, `${encoded.values?.columns}`);
    }
    const { classes, values, exact } = encoded;
    return { classes, values, exact, outputs, weights: null, graph: null };
  }
  const { codes, classes } = encodeLabels(y, 'validation.y');
  checkRows(codes.length, rows, 'validation.y', 'validation.X');
  const known = new Map<number | string, number>(classValues.map((value, k) => [value, k]));
  const indices = Int32Array.from(codes, (code) => {
    const index = known.get(classes[code]!);
    if (index !== undefined) return index;
    const expected = `one of the classes of y (${listed(classValues)})`;
    throw invalidArgument('validation.y', expected, classes[code]);
  });
  const weights = rowWeights({ classWeight }, rows, { codes: indices, classes: classValues });
  const rest = { outputs, classValues, weights, graph: null };
  if (loss.targets !== 'binary') return { ...rest, classes: indices, values: null };
  return { ...rest, classes: null, values: new Matrix(Float32Array.from(indices), rows, 1) };
}

/** The targets that a network learns; `name` is that of the argument they came in. */
export function* standardized(
  { exact, ...targets }: TargetsAsGiven,
  scaler: TargetScaler | undefined,
  name: string,
): Steps<EncodedTargets> {
  if (scaler === undefined || exact === undefined) return targets;
  return { ...targets, values: yield* scaler.transform(exact, name) };
}

/** The targets of some of the rows; weights get a mean of 1 over them, pairs have both ends there. */
export function targetsOf(targets: EncodedTargets, rows: ArrayLike<number>): EncodedTargets {
  const { classes, values, weights, graph } = targets;
  return {
    ...targets,
    classes: classes && Int32Array.from(rows, (i) => classes[i]!),
    values: values && takeRows(values, rows),
    weights: weights && normalized(Array.from(rows, (i) => weights[i]!)),
    graph: graph && pairsAmong(graph, rows),
  };
}

function takeRows({ data, columns }: Matrix, rows: ArrayLike<number>): Matrix {
  const taken = new Float32Array(rows.length * columns);
  for (let k = 0; k < rows.length; k++) {
    taken.set(data.subarray(rows[k]! * columns, (rows[k]! + 1) * columns), k * columns);
  }
  return new Matrix(taken, rows.length, columns);
}

function weighted(
  { coded, ...encoded }: Encoded,
  rows: number,
  loss: ResolvedLoss,
  weighting: Weighting,
): TargetsAsGiven {
  const graph = loss.graph === undefined ? null : pairsOf(loss.graph, rows, encoded.outputs);
  return { ...encoded, weights: rowWeights(weighting, rows, coded), graph };
}

function encode(y: unknown, rows: number, loss: ResolvedLoss, name = 'y', table = 'X'): Encoded {
  switch (loss.targets) {
    case 'classes': {
      const { codes, classes } = encodeClasses(y, 'y', rows);
      const outputs = loss.custom?.outputs ?? classes.length;
      if (outputs < classes.length) {
        throw invalidArgument('loss.outputs', `at least ${classes.length}, one a class`, outputs);
      }
      const coded = { codes, classes };
      return { classes: codes, values: null, outputs, classValues: classes, coded };
    }
    case 'binary':
      return encodeBinary(y, rows, name, table);
    case 'values': {
      const exact = acceptTargetTable(y, name);
      const values = roundTargets(exact, rows, name, table);
      return { classes: null, values, exact, outputs: loss.custom?.outputs ?? values.columns };
    }
    case 'survival': {
      const survival = acceptSurvival(y, name);
      checkRows(survival.time.length, rows, `${name}.time`, table);
      if (!survival.event.includes(1)) {
        throw invalidArgument(`${name}.event`, 'at least one event', 0);
      }
      return { classes: null, values: rankTimes(survival), outputs: 1 };
    }
  }
}

/** Two classes through one logit, or rows of values in [0, 1]. */
function encodeBinary(y: unknown, rows: number, name: string, table: string): Encoded {
  const isValues =
    isFloat32(y) ||
    isFloat64(y) ||
    (typeof y === 'object' && y !== null && !Array.isArray(y) && !ArrayBuffer.isView(y)) ||
    (Array.isArray(y) && typeof y[0] === 'object');
  if (isValues) {
    const values = acceptTargetValues(y, rows, name, table);
    checkUnitInterval(values);
    return { classes: null, values, outputs: values.columns };
  }
  const { codes, classes } = encodeClasses(y, 'y', rows);
  if (classes.length !== 2) {
    throw new DeepTypeError(
      'ERR_INVALID_ARGUMENT',
      `y: expected two classes for the loss 'bce', received ${listed(classes)}; for more set loss: 'cross-entropy'`,
    );
  }
  const values = acceptFloat32({ data: Float32Array.from(codes), rows, columns: 1 }, 'y');
  const coded = { codes, classes };
  return { classes: null, values, outputs: 1, classValues: classes, coded };
}

function index(y: unknown, rows: number, loss: ResolvedLoss, outputs: number): Encoded {
  if (loss.targets === 'survival') {
    const survival = acceptSurvival(y);
    checkRows(survival.time.length, rows, 'y.time');
    if (outputs !== 1)
      throw shapeMismatch('network', "one output for the loss 'cox'", `${outputs}`);
    return { classes: null, values: rankTimes(survival), outputs };
  }
  if (loss.targets !== 'classes') {
    const values = acceptTargetValues(y, rows);
    if (loss.targets === 'binary') checkUnitInterval(values);
    if (values.columns !== outputs && loss.custom === undefined) {
      throw shapeMismatch('y', `${outputs} values a row, one an output`, `${values.columns}`);
    }
    const isBits = loss.targets === 'binary' && values.columns === 1 && values.data.every(isBit);
    const coded = isBits ? { coded: { codes: values.data, classes: [0, 1] } } : {};
    return { classes: null, values, outputs, ...coded };
  }
  const { codes, classes } = encodeLabels(y, 'y');
  checkRows(codes.length, rows);
  for (const value of classes) {
    if (typeof value !== 'number' || value < 0 || value >= outputs) {
      throw invalidArgument('y', `class indices from 0 to ${outputs - 1}`, value);
    }
  }
  const indices = Int32Array.from(codes, (code) => classes[code] as number);
  return { classes: indices, values: null, outputs, coded: { codes, classes } };
}

/** Checks the `y` of the loss 'cox'. */
export function acceptSurvival(y: unknown, name = 'y'): Observations {
  const expected = "{ time, event }, each with a value a row, for the loss 'cox'";
  const { time, event } = object(name, y, expected);
  return acceptObservations(time, event, `${name}.`);
}

/** Times as their ranks (N x 2: rank, event), for only their order counts and float32 holds ranks. */
function rankTimes({ time, event }: Observations): Matrix {
  const data = new Float32Array(2 * time.length);
  let rank = 0;
  for (const rows of byTime(time)) {
    for (const i of rows) data.set([rank, event[i]!], 2 * i);
    rank++;
  }
  return new Matrix(data, time.length, 2);
}

const isBit = (value: number): boolean => value === 0 || value === 1;

function acceptTargetValues(y: unknown, rows: number, name = 'y', table = 'X'): Matrix {
  return roundTargets(acceptTargetTable(y, name), rows, name, table);
}

function roundTargets(exact: RawMatrix, rows: number, name: string, table: string): Matrix {
  const values = acceptFloat32(exact, name);
  checkRows(values.rows, rows, name, table);
  return values;
}

function checkUnitInterval(values: Matrix): void {
  const k = values.data.findIndex((v) => v < 0 || v > 1);
  if (k < 0) return;
  throw new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `y: expected values from 0 to 1 for the loss 'bce', received ${values.data[k]} at row ${Math.floor(k / values.columns)}, column ${k % values.columns}`,
  );
}
