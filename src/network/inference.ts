// Rows of a caller's table through a fitted network, at once or off the event loop.

import { isFloat32, isInt32, isPromise } from '../common/checks.js';
import { invalidArgument, shapeMismatch } from '../common/errors.js';
import { runSliced, SLICE_VALUES, type Sliced } from '../common/time-slices.js';
import { acceptFloat32, acceptShape, Matrix, type RawMatrix, slicedShape } from '../data/matrix.js';
import type { StopHandle } from '../native/addon.js';
import { newFloat32 } from '../native/memory.js';
import type { NativeMatrix } from '../native/tables.js';
import type { Scaler } from '../preprocessing/scaler.js';
import { Network } from './network.js';

/** Multiplications of a slice; some tens of milliseconds. */
const SLICE_WORK = 2 ** 32;
/** The core takes so many rows through a large network at a time. */
const LEAST_ROWS = 512;

/** Which rows come out: outputs (N x C) or representation (N x R). */
export type Want = 'outputs' | 'representation';

/** What came of N rows. */
export interface Inference {
  /** N x C. */
  readonly outputs: Matrix;
  /** N x R. */
  readonly representation: Matrix;
}

/** What rows go through. */
export interface Predictor {
  /** Standardises the columns; undefined where the network takes them as they are. */
  readonly scaler: Scaler | undefined;
  readonly network: Network;
}

/** Outputs (N x C) or representation (N x R) of rows as they came, in `out` or a new array. */
export function inferRows(
  predictor: Predictor,
  X: unknown,
  want: Want,
  threads: number,
  out?: unknown,
): Matrix {
  const { network } = predictor;
  const raw = checkColumns(acceptShape(X, 'X'), network);
  const width = widthOf(network, want);
  const data = out === undefined ? newFloat32(raw.rows * width, want) : out;
  if (!isFloat32(data) || data.length !== raw.rows * width) {
    throw invalidArgument('out', `a Float32Array of ${raw.rows * width}`, data);
  }
  run(predictor, raw, want === 'outputs' ? [null, data] : [data, null], threads);
  return new Matrix(data, raw.rows, width);
}

/**
 * Int32Array[N]: the column of each row's largest output, the first of equals; of a single output whether it
 * is above 0. In `out` where that is an Int32Array of N.
 */
export function inferWinners(
  predictor: Predictor,
  X: unknown,
  threads: number,
  out?: unknown,
): Int32Array {
  const raw = checkColumns(acceptShape(X, 'X'), predictor.network);
  const isFit = isInt32(out) && out.length === raw.rows;
  const winners = isFit ? out : new Int32Array(raw.rows);
  run(predictor, raw, [null, winners], threads);
  return winners;
}

function run(
  predictor: Predictor,
  raw: RawMatrix,
  [representation, outputs]: [Float32Array | null, Float32Array | Int32Array | null],
  threads: number,
): void {
  const handle = Network.handleOf(predictor.network);
  if (!handle.inferRaw(raw.data, raw.rows, representation, outputs, threads)) {
    refuse(predictor, raw);
  }
}

/** Says which value is not finite. */
function refuse({ scaler }: Predictor, raw: RawMatrix): never {
  if (scaler === undefined) acceptFloat32(raw, 'X');
  else scaler.transform(raw);
  throw invalidArgument('X', 'a table that nobody changes meanwhile', raw);
}

/** As `inferRows`, off the event loop. */
export function inferRowsAsync(
  predictor: Predictor,
  X: unknown,
  want: Want,
  threads: number,
  stop?: StopHandle | undefined,
): Promise<Matrix> {
  const { network } = predictor;
  return Network.during(network, async (handle) => {
    const accepted = runSliced(acceptRows(X, network));
    const raw = isPromise(accepted) ? await accepted : accepted;
    const width = widthOf(network, want);
    const data = newFloat32(raw.rows * width, want);
    const infer = (slice: RawMatrix['data']) => handle.inferAsync(slice, want, threads, stop);
    await inSlices(predictor, raw, infer, filling(data));
    return new Matrix(data, raw.rows, width);
  });
}

/**
 * Int32Array[N], off the event loop: the 'winners', as of `inferWinners`, or the nearest of some centroids
 * (K x R) to each row's representation; ties go to the lower number.
 */
export function inferIndicesAsync(
  predictor: Predictor,
  X: unknown,
  want: 'winners' | NativeMatrix<Float64Array>,
  threads: number,
  stop?: StopHandle | undefined,
): Promise<Int32Array> {
  const { network } = predictor;
  return Network.during(network, async (handle) => {
    const accepted = runSliced(acceptRows(X, network));
    const raw = isPromise(accepted) ? await accepted : accepted;
    const indices = new Int32Array(raw.rows);
    const infer = (slice: RawMatrix['data']) => handle.inferAsync(slice, want, threads, stop);
    await inSlices(predictor, raw, infer, filling(indices));
    return indices;
  });
}

/** Outputs (N x C) and representation (N x R) of rows as they came, in one pass. */
export function inferBoth(predictor: Predictor, X: unknown, threads: number): Inference {
  const { network } = predictor;
  const raw = checkColumns(acceptShape(X, 'X'), network);
  const both = bothOf(network, raw.rows);
  run(predictor, raw, [both.representation.data, both.outputs.data], threads);
  return both;
}

/** As `inferBoth`, off the event loop. */
export function inferBothAsync(
  predictor: Predictor,
  X: unknown,
  threads: number,
  stop?: StopHandle | undefined,
): Promise<Inference> {
  const { network } = predictor;
  return Network.during(network, async (handle) => {
    const accepted = runSliced(acceptRows(X, network));
    const raw = isPromise(accepted) ? await accepted : accepted;
    const both = bothOf(network, raw.rows);
    const { representation, outputs } = both;
    const [fillRepresentation, fillOutputs] = [filling(representation.data), filling(outputs.data)];
    const infer = (slice: RawMatrix['data']) => handle.inferAsync(slice, 'both', threads, stop);
    await inSlices(predictor, raw, infer, (part) => {
      const rows = part.length / (representation.columns + outputs.columns);
      fillRepresentation(part.subarray(0, rows * representation.columns));
      fillOutputs(part.subarray(rows * representation.columns));
    });
    return both;
  });
}

function bothOf(network: Network, rows: number): Inference {
  const empty = (want: Want): Matrix => {
    const width = widthOf(network, want);
    return new Matrix(newFloat32(rows * width, want), rows, width);
  };
  return { outputs: empty('outputs'), representation: empty('representation') };
}

/** Fills `data`, one part after the other. */
function filling(data: Float32Array | Int32Array): (part: ArrayLike<number>) => void {
  let at = 0;
  return (part) => {
    data.set(part, at);
    at += part.length;
  };
}

/**
 * Tells `store` what comes of slices of rows, in order. They are copied one after the other, the next one while the
 * last is worked on, so that no time slice copies or checks the whole table.
 */
async function inSlices<A extends Float32Array | Int32Array>(
  predictor: Predictor,
  raw: RawMatrix,
  infer: (slice: Float32Array | Float64Array) => Promise<A | null>,
  store: (part: A) => void,
): Promise<void> {
  const length = rowsInSlice(predictor.network) * raw.columns;
  const start = (from: number) => {
    if (from >= raw.rows * raw.columns) return undefined;
    const result = infer(raw.data.subarray(from, from + length));
    result.catch(() => {}); // awaited below, unless an earlier slice fails
    return result;
  };
  let current = start(0);
  for (let from = length; current !== undefined; from += length) {
    const next = start(from);
    const part: A | null = await current;
    if (part === null) refuse(predictor, raw);
    store(part);
    current = next;
  }
}

/** Rows of one block: small enough that copies, results and computing time of a block are short. */
function rowsInSlice({ inputs, hidden, outputs }: Network): number {
  const widths = [inputs, ...hidden, outputs];
  const work = widths.slice(1).reduce((sum, out, l) => sum + out * widths[l]!, 0);
  const values = inputs + hidden.at(-1)! + outputs;
  const rows = Math.min(SLICE_VALUES / values, Math.max(LEAST_ROWS, SLICE_WORK / work));
  return Math.max(1, Math.floor(rows));
}

function* acceptRows(X: unknown, network: Network): Sliced<RawMatrix> {
  return checkColumns(yield* slicedShape(X, 'X'), network);
}

function checkColumns(raw: RawMatrix, network: Network): RawMatrix {
  if (raw.columns !== network.inputs) {
    throw shapeMismatch('X', `${network.inputs} columns as in fit`, `${raw.columns}`);
  }
  return raw;
}

function widthOf(network: Network, want: Want): number {
  return want === 'outputs' ? network.outputs : network.hidden.at(-1)!;
}
