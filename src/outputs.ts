import { invalidArgument } from './errors.js';
import type { Head } from './io/onnx.js';
import type { Classes } from './labels.js';
import type { ResolvedLoss } from './losses.js';
import { Matrix } from './matrix.js';
import { native } from './native.js';
import { checkKeys } from './validate.js';

/** Values that `predict` returns: class values, or values for a regression loss. */
export type Predictions =
  | Int32Array
  | Uint32Array
  | Uint8Array
  | number[]
  | string[]
  | Float32Array;

/** The `out` option of the methods that fill a caller's array. */
export function outOption(options: { out?: unknown } | undefined): unknown {
  return options === undefined ? undefined : checkKeys('options', options, ['out']).out;
}

/** Class values of outputs (N x C): Int32Array where the values fit, else a plain array. */
function decodeClasses(
  { data, rows, columns }: Matrix,
  loss: ResolvedLoss,
  classes: Classes,
  options: { out?: unknown } | undefined,
): Int32Array | number[] | string[] {
  const values: readonly (number | string)[] = classes;
  const out = outOption(options);
  const target = out ?? (fitInt32(values) ? new Int32Array(rows) : new Array(rows));
  if (!isTarget(target, values) || target.length !== rows) {
    throw invalidArgument('out', `an array of ${rows} that holds the classes`, out);
  }
  const isBinary = loss.targets === 'binary';
  for (let i = 0; i < rows; i++) {
    // The largest output, or for one logit whether it is positive.
    const best = isBinary ? Number(data[i]! > 0) : largestOf(data, i * columns, columns);
    target[i] = values[best]!;
  }
  return target as Int32Array | number[] | string[];
}

/** What `predict` makes of outputs (N x C): class values, else values row by row. */
export function decode(
  outputs: Matrix,
  loss: ResolvedLoss,
  classes: Classes | undefined,
  options?: { out?: unknown },
): Predictions {
  if (classes !== undefined) return decodeClasses(outputs, loss, classes, options);
  const values = loss.targets === 'binary' ? probabilities(outputs, loss, undefined) : outputs;
  return fillRows(values, options).data;
}

/** Which of `count` outputs from `row` on; ties go to the first. */
function largestOf(data: Float32Array, row: number, count: number): number {
  let [best, most] = [0, data[row]!];
  for (let c = 1; c < count; c++) {
    const value = data[row + c]!;
    if (value > most) [best, most] = [c, value];
  }
  return best;
}

function fitInt32(values: readonly (number | string)[]): boolean {
  return values.every((value) => typeof value === 'number' && value === (value | 0));
}

function isTarget(
  out: unknown,
  values: readonly (number | string)[],
): out is { [index: number]: number | string; length: number } {
  if (Array.isArray(out)) return true;
  const isTyped =
    out instanceof Int32Array || out instanceof Uint32Array || out instanceof Uint8Array;
  if (!isTyped) return false;
  if (out instanceof Int32Array) return fitInt32(values);
  const probe = new (out.constructor as new (n: number) => Int32Array)(1);
  return values.every((value) => {
    probe[0] = value as number;
    return probe[0] === value;
  });
}

/** Copies a result into the caller's array, where one was given. */
export function fillRows(result: Matrix, options: { out?: unknown } | undefined): Matrix {
  const out = outOption(options);
  if (out === undefined) return result;
  if (!(out instanceof Float32Array) || out.length !== result.data.length) {
    throw invalidArgument('out', `a Float32Array of ${result.data.length}`, out);
  }
  out.set(result.data);
  return new Matrix(out, result.rows, result.columns);
}

/** Softmax over outputs (N x C), or sigmoid: (N x 2) for two classes, else (N x C). */
export function probabilities(
  outputs: Matrix,
  loss: ResolvedLoss,
  classes: Classes | undefined,
): Matrix {
  const { rows, columns } = outputs;
  switch (loss.targets) {
    case 'classes': {
      const p = Float32Array.from(outputs.data);
      for (let i = 0; i < rows; i++) softmax(p.subarray(i * columns, (i + 1) * columns));
      return new Matrix(p, rows, columns);
    }
    case 'binary': {
      const p = outputs.data.map((z) => 1 / (1 + Math.exp(-z)));
      if (classes === undefined) return new Matrix(p, rows, columns);
      const both = Float32Array.from({ length: 2 * rows }, (_, k) => {
        const positive = p[k >> 1]!;
        return k % 2 === 1 ? positive : 1 - positive;
      });
      return new Matrix(both, rows, 2);
    }
    case 'values':
    case 'survival':
      throw invalidArgument('predictProba', 'a model of a classification loss', loss.name);
  }
}

/** What `probabilities`, or `predict` for a loss of values, makes of the outputs. */
export function headOf(loss: ResolvedLoss, classes: Classes | undefined): Head {
  switch (loss.targets) {
    case 'classes':
      return 'softmax';
    case 'binary':
      return classes === undefined ? 'sigmoid' : 'both';
    case 'values':
    case 'survival':
      return 'linear';
  }
}

function softmax(row: Float32Array): void {
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < row.length; c++) {
    row[c] = Math.exp(row[c]! - largest);
    sum += row[c]!;
  }
  for (let c = 0; c < row.length; c++) row[c] = row[c]! / sum;
}

/** Int32Array[N]: the nearest of the centroids (K x R) to each row of the representation (N x R). */
export function nearest(
  centroids: Matrix,
  representation: Matrix,
  threads: number,
  out?: unknown,
): Int32Array {
  const labels = out === undefined ? new Int32Array(representation.rows) : out;
  if (!(labels instanceof Int32Array) || labels.length !== representation.rows) {
    throw invalidArgument('out', `an Int32Array of ${representation.rows}`, labels);
  }
  const { rows, columns } = centroids;
  const exact = { data: Float64Array.from(centroids.data), rows, columns };
  native().assign(representation, exact, labels, threads);
  return labels;
}
