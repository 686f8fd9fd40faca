import { checkIndices } from '../clustering/nearest.js';
import { abortSignal, checkKeys, isFloat32 } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Classes } from '../data/labels.js';
import { Matrix } from '../data/matrix.js';
import type { Head } from '../network/onnx.js';
import type { ResolvedLoss } from '../options/losses.js';

/** Options of `predictAsync`, `transformAsync` and `assignAsync`. */
export interface AsyncOptions<Out> {
  /** What is filled and returned, instead of a new array. */
  out?: Out | undefined;
  /** Ends the call; its promise rejects with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
}

/** The `out` option of the methods that fill a caller's array. */
export function outOption(options: { out?: unknown } | undefined): unknown {
  return options === undefined ? undefined : checkKeys('options', options, ['out']).out;
}

/** The options of a method that computes off the event loop. */
export function asyncOptions(options: object | undefined) {
  const { out, signal } = checkKeys('options', options, ['out', 'signal']);
  return { out, signal: abortSignal(signal) };
}

/** Copies a result into the caller's array, where one was given. */
export function fillRows(result: Matrix, options: { out?: unknown } | undefined): Matrix {
  const out = outOption(options);
  if (out === undefined) return result;
  if (!isFloat32(out) || out.length !== result.data.length) {
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
  switch (loss.head) {
    case 'softmax': {
      const p = Float32Array.from(outputs.data);
      for (let i = 0; i < rows; i++) softmax(p.subarray(i * columns, (i + 1) * columns));
      return new Matrix(p, rows, columns);
    }
    case 'sigmoid': {
      const p = outputs.data.map((z) => 1 / (1 + Math.exp(-z)));
      if (classes === undefined) return new Matrix(p, rows, columns);
      const both = Float32Array.from({ length: 2 * rows }, (_, k) => {
        const positive = p[k >> 1]!;
        return k % 2 === 1 ? positive : 1 - positive;
      });
      return new Matrix(both, rows, 2);
    }
    case 'linear':
      throw invalidArgument('predictProba', 'a model of a classification loss', loss.name);
  }
}

/** What `probabilities`, or `predict` for a loss of values, makes of the outputs. */
export function headOf({ head }: ResolvedLoss, classes: Classes | undefined): Head {
  return head === 'sigmoid' && classes !== undefined ? 'both' : head;
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

/** Copies indices into the caller's array, where one was given. */
export function fillIndices(indices: Int32Array, options: { out?: unknown } | undefined) {
  const out = outOption(options);
  if (out === undefined) return indices;
  checkIndices(out, indices.length);
  out.set(indices);
  return out;
}
