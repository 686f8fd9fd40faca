import { isFloat32, isFloat64 } from '../common/checks.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { forSlices, runSync, SLICE_VALUES, type Sliced } from '../common/time-slices.js';
import { slicedLabel } from '../data/labels.js';
import { Matrix, type RawMatrix, slicedFloat32 } from '../data/matrix.js';
import {
  type ClassWeight,
  type CodedClasses,
  normalized,
  slicedWeight,
  type Weighting,
} from '../data/sample-weights.js';
import { acceptTargetTable, checkRows, encodeClasses, listed } from '../data/target-input.js';
import type { EncodedTargets, TargetsAsGiven } from '../data/targets.js';
import type { ResolvedLoss } from '../options/losses.js';
import { pairsAmong, pairsOf } from '../options/sample-pairs.js';
import type { TargetScaler } from '../preprocessing/target-scaler.js';
import { acceptSurvival, rankTimes } from './survival-targets.js';

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
  return runSync(slicedTarget(y, rows, loss, weighting));
}

/** As `encodeTargets`, in slices. */
export function* slicedTarget(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  weighting: Weighting,
): Sliced<TargetsAsGiven> {
  return yield* weighted(yield* encode(y, rows, loss), rows, loss, weighting);
}

/** Checks `y` for a network whose outputs are given: class indices 0 .. outputs-1, or values. */
export function indexTargets(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  outputs: number,
  weighting: Weighting = {},
): EncodedTargets {
  return runSync(weighted(runSync(index(y, rows, loss, outputs)), rows, loss, weighting));
}

/**
 * Encodes the `y` of other rows than those of `like`, in whose classes and columns they are.
 *
 * @throws `ERR_INVALID_ARGUMENT` for a class that is not among them and for times without an event,
 * `ERR_SHAPE_MISMATCH`
 */
export function* slicedLike(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  like: EncodedTargets,
  classWeight: ClassWeight | undefined,
): Sliced<TargetsAsGiven> {
  const { classValues, outputs } = like;
  if (classValues === undefined) {
    const encoded = yield* encode(y, rows, loss, 'validation.y', 'validation.X');
    if (encoded.values?.columns !== like.values?.columns) {
      const columns = `${like.values?.columns} values a row`;
      throw shapeMismatch('validation.y', columns, `${encoded.values?.columns}`);
    }
    const { classes, values, exact } = encoded;
    return { classes, values, exact, outputs, weights: null, graph: null };
  }
  const { codes, classes } = yield* slicedLabel(y, 'validation.y');
  checkRows(codes.length, rows, 'validation.y', 'validation.X');
  const known = new Map<number | string, number>(classValues.map((value, k) => [value, k]));
  const indexOf = classes.map((value) => known.get(value));
  const refuse = (code: number): never => {
    const expected = `one of the classes of y (${listed(classValues)})`;
    throw invalidArgument('validation.y', expected, classes[code]);
  };
  const indices = yield* mapped(codes, (code) => indexOf[code] ?? refuse(code));
  const coded = { codes: indices, classes: classValues };
  const weights = yield* slicedWeight({ classWeight }, rows, coded);
  const rest = { outputs, classValues, weights, graph: null };
  if (loss.targets !== 'binary') return { ...rest, classes: indices, values: null };
  return { ...rest, classes: null, values: new Matrix(yield* floats(indices), rows, 1) };
}

/** The targets that a network learns; `name` is that of the argument they came in. */
export function* standardized(
  { exact, ...targets }: TargetsAsGiven,
  scaler: TargetScaler | undefined,
  name: string,
): Sliced<EncodedTargets> {
  if (scaler === undefined || exact === undefined) return targets;
  return { ...targets, values: yield* scaler.transform(exact, name) };
}

/** The targets of some of the rows; weights get a mean of 1 over them, pairs have both ends there. */
export function* targetsOf(targets: EncodedTargets, rows: Int32Array): Sliced<EncodedTargets> {
  const { classes, values, weights, graph } = targets;
  const taken = weights && (yield* chosen(weights, rows));
  return {
    ...targets,
    classes: classes && (yield* mapped(rows, (i) => classes[i]!)),
    values: values && (yield* takeRows(values, rows)),
    weights: taken && (yield* normalized(taken)),
    graph: graph && pairsAmong(graph, rows),
  };
}

function* takeRows({ data, columns }: Matrix, rows: Int32Array): Sliced<Matrix> {
  const taken = new Float32Array(rows.length * columns);
  yield* forSlices(rows.length, (from, end) => {
    for (let k = from; k < end; k++) {
      const row = rows[k]! * columns;
      for (let c = 0; c < columns; c++) taken[k * columns + c] = data[row + c]!;
    }
  });
  return new Matrix(taken, rows.length, columns);
}

function* mapped(rows: Int32Array, value: (row: number) => number): Sliced<Int32Array> {
  const values = new Int32Array(rows.length);
  yield* forSlices(rows.length, (from, end) => {
    for (let k = from; k < end; k++) values[k] = value(rows[k]!);
  });
  return values;
}

function* chosen(weights: Float32Array, rows: Int32Array): Sliced<Float64Array> {
  const values = new Float64Array(rows.length);
  yield* forSlices(rows.length, (from, end) => {
    for (let k = from; k < end; k++) values[k] = weights[rows[k]!]!;
  });
  return values;
}

function* floats(codes: Int32Array): Sliced<Float32Array> {
  const values = new Float32Array(codes.length);
  yield* forSlices(
    codes.length,
    (from, end) => values.set(codes.subarray(from, end), from),
    SLICE_VALUES,
  );
  return values;
}

function* weighted(
  { coded, ...encoded }: Encoded,
  rows: number,
  loss: ResolvedLoss,
  weighting: Weighting,
): Sliced<TargetsAsGiven> {
  const graph = loss.graph === undefined ? null : pairsOf(loss.graph, rows, encoded.outputs);
  return { ...encoded, weights: yield* slicedWeight(weighting, rows, coded), graph };
}

function* encode(
  y: unknown,
  rows: number,
  loss: ResolvedLoss,
  name = 'y',
  table = 'X',
): Sliced<Encoded> {
  switch (loss.targets) {
    case 'classes': {
      const { codes, classes } = yield* encodeClasses(y, 'y', rows);
      const outputs = loss.custom?.outputs ?? classes.length;
      if (outputs < classes.length) {
        throw invalidArgument('loss.outputs', `at least ${classes.length}, one a class`, outputs);
      }
      const coded = { codes, classes };
      return { classes: codes, values: null, outputs, classValues: classes, coded };
    }
    case 'binary':
      return yield* encodeBinary(y, rows, loss.name, name, table);
    case 'values': {
      const exact = yield* acceptTargetTable(y, name);
      const values = yield* roundTargets(exact, rows, name, table);
      return { classes: null, values, exact, outputs: loss.custom?.outputs ?? values.columns };
    }
    case 'survival': {
      const survival = yield* acceptSurvival(y, loss.name, name);
      checkRows(survival.time.length, rows, `${name}.time`, table);
      if (!survival.event.includes(1)) {
        throw invalidArgument(`${name}.event`, 'at least one event', 0);
      }
      return { classes: null, values: yield* rankTimes(survival), outputs: 1 };
    }
  }
}

/** Two classes through one logit, or rows of values in [0, 1]. */
function* encodeBinary(
  y: unknown,
  rows: number,
  loss: string,
  name: string,
  table: string,
): Sliced<Encoded> {
  const isValues =
    isFloat32(y) ||
    isFloat64(y) ||
    (typeof y === 'object' && y !== null && !Array.isArray(y) && !ArrayBuffer.isView(y)) ||
    (Array.isArray(y) && typeof y[0] === 'object');
  if (isValues) {
    const values = yield* acceptTargetValues(y, rows, name, table);
    yield* checkUnitInterval(values, loss);
    return { classes: null, values, outputs: values.columns };
  }
  const { codes, classes } = yield* encodeClasses(y, 'y', rows);
  if (classes.length !== 2) {
    throw new DeepTypeError(
      'ERR_INVALID_ARGUMENT',
      `y: expected two classes for the loss '${loss}', received ${listed(classes)}; for more set loss: 'cross-entropy'`,
    );
  }
  const values = new Matrix(yield* floats(codes), rows, 1);
  const coded = { codes, classes };
  return { classes: null, values, outputs: 1, classValues: classes, coded };
}

function* index(y: unknown, rows: number, loss: ResolvedLoss, outputs: number): Sliced<Encoded> {
  if (loss.targets === 'survival') {
    const survival = yield* acceptSurvival(y, loss.name);
    checkRows(survival.time.length, rows, 'y.time');
    if (outputs !== 1)
      throw shapeMismatch('network', `one output for the loss '${loss.name}'`, `${outputs}`);
    return { classes: null, values: yield* rankTimes(survival), outputs };
  }
  if (loss.targets !== 'classes') {
    const values = yield* acceptTargetValues(y, rows);
    if (loss.targets === 'binary') yield* checkUnitInterval(values, loss.name);
    if (values.columns !== outputs && loss.custom === undefined) {
      throw shapeMismatch('y', `${outputs} values a row, one an output`, `${values.columns}`);
    }
    const isBits = loss.targets === 'binary' && values.columns === 1 && values.data.every(isBit);
    const coded = isBits ? { coded: { codes: values.data, classes: [0, 1] } } : {};
    return { classes: null, values, outputs, ...coded };
  }
  const { codes, classes } = yield* slicedLabel(y, 'y');
  checkRows(codes.length, rows);
  for (const value of classes) {
    if (typeof value !== 'number' || value < 0 || value >= outputs) {
      throw invalidArgument('y', `class indices from 0 to ${outputs - 1}`, value);
    }
  }
  const indices = yield* mapped(codes, (code) => classes[code] as number);
  return { classes: indices, values: null, outputs, coded: { codes, classes } };
}

const isBit = (value: number): boolean => value === 0 || value === 1;

function* acceptTargetValues(y: unknown, rows: number, name = 'y', table = 'X'): Sliced<Matrix> {
  return yield* roundTargets(yield* acceptTargetTable(y, name), rows, name, table);
}

function* roundTargets(
  exact: RawMatrix,
  rows: number,
  name: string,
  table: string,
): Sliced<Matrix> {
  const values = yield* slicedFloat32(exact, name);
  checkRows(values.rows, rows, name, table);
  return values;
}

function* checkUnitInterval({ data, columns }: Matrix, loss: string): Sliced<void> {
  yield* forSlices(data.length, (from, end) => {
    for (let k = from; k < end; k++) {
      if (!(data[k]! < 0 || data[k]! > 1)) continue;
      throw new DeepTypeError(
        'ERR_INVALID_ARGUMENT',
        `y: expected values from 0 to 1 for the loss '${loss}', received ${data[k]} at row ${Math.floor(k / columns)}, column ${k % columns}`,
      );
    }
  });
}
