// Rows of a caller's table through a fitted network, at once or off the event loop.
import { invalidArgument, shapeMismatch } from './errors.js';
import { acceptFloat32, acceptMatrix, acceptShape, Matrix, type RawMatrix } from './matrix.js';
import { Network } from './network.js';
import type { Scaler } from './scaler.js';

/** Values that an asynchronous pass copies at a time. */
const SLICE_VALUES = 2 ** 21;

/** Which rows come out: outputs (N x C) or representation (N x R). */
export type Want = 'outputs' | 'representation';

/** What rows go through. */
export interface Predictor {
  /** Standardises the columns; undefined where the network takes them as they are. */
  readonly scaler: Scaler | undefined;
  readonly network: Network;
}

/** Outputs (N x C) or representation (N x R) of rows as they came, in `out` or a new array. */
export function inferRows(
  { scaler, network }: Predictor,
  X: unknown,
  want: Want,
  threads: number,
  out?: unknown,
): Matrix {
  const raw = acceptRows(X, network);
  const width = widthOf(network, want);
  const data = out === undefined ? new Float32Array(raw.rows * width) : out;
  if (!(data instanceof Float32Array) || data.length !== raw.rows * width) {
    throw invalidArgument('out', `a Float32Array of ${raw.rows * width}`, data);
  }
  const handle = Network.handleOf(network);
  const outputs = want === 'outputs' ? data : null;
  const representation = want === 'outputs' ? null : data;
  if (scaler === undefined) {
    handle.infer(acceptFloat32(raw, 'X'), representation, outputs, threads);
  } else if (!handle.inferRaw(raw.data, raw.rows, representation, outputs, threads)) {
    scaler.transform(acceptMatrix(raw, 'X')); // throws: says which value is not finite
  }
  return new Matrix(data, raw.rows, width);
}

/**
 * As `inferRows`, off the event loop: slices of rows are copied one after the other, the next one while
 * the last is worked on, so that no turn of the loop copies or checks the whole table.
 */
export async function inferRowsAsync(
  { scaler, network }: Predictor,
  X: unknown,
  want: Want,
  threads: number,
): Promise<Matrix> {
  const raw = acceptRows(X, network);
  const handle = Network.handleOf(network);
  const length = Math.max(1, Math.floor(SLICE_VALUES / raw.columns)) * raw.columns;
  const start = (from: number) => {
    if (from >= raw.data.length) return undefined;
    const slice = raw.data.subarray(from, from + length);
    const result = handle.inferAsync(slice, want === 'outputs', threads);
    result.catch(() => {}); // awaited below, unless an earlier slice fails
    return result;
  };
  const width = widthOf(network, want);
  const data = new Float32Array(raw.rows * width);
  let [current, at] = [start(0), 0];
  for (let from = length; current !== undefined; from += length) {
    const next = start(from);
    const part = await current;
    if (part === null) {
      if (scaler === undefined) acceptFloat32(raw, 'X');
      else scaler.transform(raw); // either throws: says which value is not finite
      throw invalidArgument('X', 'a table that nobody changes meanwhile', X);
    }
    data.set(part, at);
    at += part.length;
    current = next;
  }
  return new Matrix(data, raw.rows, width);
}

function acceptRows(X: unknown, network: Network): RawMatrix {
  const raw = acceptShape(X, 'X');
  if (raw.columns !== network.inputs) {
    throw shapeMismatch('X', `${network.inputs} columns as in fit`, `${raw.columns}`);
  }
  return raw;
}

function widthOf(network: Network, want: Want): number {
  return want === 'outputs' ? network.outputs : network.hidden.at(-1)!;
}
