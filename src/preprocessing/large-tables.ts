// Preparation of tables for work on threads: large ones are copied in time slices, then checked, standardised and
// processed off the event loop.

import { isFloat32, isFloat64, isShared } from '../common/checks.js';
import {
  forSlices,
  isLargeShape,
  SLICE_ROWS,
  SLICE_VALUES,
  type Sliced,
  wait,
} from '../common/time-slices.js';
import {
  acceptFloat32,
  acceptMatrix,
  Matrix,
  type RawMatrix,
  slicedShape,
} from '../data/matrix.js';
import { countThreads } from '../data/points.js';
import { native } from '../native/addon.js';
import { beginFilling, newSharedFloat32, newSharedFloat64 } from '../native/memory.js';
import type { NativeMatrix, NativeMoments } from '../native/tables.js';
import { momentsOf, Scaler, scalerOf } from './scaler.js';

type Values = Float32Array | Float64Array;

/** Whether an accepted table is processed off the event loop. */
export const isLarge = ({ data, rows, columns }: RawMatrix): boolean =>
  isLargeShape(rows, columns) && isShared(data);

/**
 * As `acceptMatrix`. A large table is copied into shared memory; one that is in shared memory already is used in
 * place unless `mustCopy`.
 */
export function* acceptTable(value: unknown, name: string, mustCopy = false): Sliced<RawMatrix> {
  const given = yield* slicedShape(value, name);
  const { rows, columns, data } = given;
  if (!isLargeShape(rows, columns)) return acceptMatrix(given, name);
  const isInPlace = isShared(data);
  const isOwn = isInPlace && (value as Partial<RawMatrix>).data !== data;
  const shared = isOwn || (isInPlace && !mustCopy) ? data : yield* toShared(given);
  const x = { data: shared, rows, columns };
  if (!(yield* wait(native().allFiniteAsync(shared, countThreads('auto'))))) acceptMatrix(x, name);
  return x;
}

/** As `acceptPoints`, in slices. */
export function* slicedPoint(value: unknown, name: string): Sliced<RawMatrix> {
  const raw = yield* acceptTable(value, name);
  const { data } = raw;
  if (!isFloat64(data)) return raw;
  yield* forSlices(
    data.length,
    (from, end) => {
      const isFit = native().allFinite(Float32Array.from(data.subarray(from, end)), 1);
      if (!isFit) acceptFloat32(raw, name); // throws, naming the value
    },
    SLICE_VALUES / 2,
  );
  return raw;
}

function* toShared({ data, rows, columns }: RawMatrix): Sliced<Values> {
  const copy = sharedLike(data, rows, columns);
  const filling = beginFilling(copy.byteLength);
  const copySlice = (from: number, end: number): void => {
    copy.set(data.subarray(from, end), from);
    filling.filled((end - from) * copy.BYTES_PER_ELEMENT);
  };
  try {
    yield* forSlices(data.length, copySlice, SLICE_VALUES);
    return copy;
  } finally {
    filling.end();
  }
}

/** A new array of the same type; in shared memory if it is large. */
function sharedLike(data: Values, rows: number, columns: number): Values {
  const length = rows * columns;
  const isSingle = isFloat32(data);
  if (isLargeShape(rows, columns)) {
    return isSingle ? newSharedFloat32(length, 'X') : newSharedFloat64(length, 'X');
  }
  return isSingle ? new Float32Array(length) : new Float64Array(length);
}

/** The given rows of a table, in its precision. */
export function* takeRows({ data, columns }: RawMatrix, rows: Int32Array): Sliced<RawMatrix> {
  const taken = sharedLike(data, rows.length, columns);
  const few = columns < 32; // a loop is faster than a view of so few values
  const perSlice = Math.max(1, Math.min(SLICE_ROWS, Math.floor(SLICE_VALUES / columns)));
  yield* forSlices(
    rows.length,
    (from, end) => {
      for (let k = from; k < end; k++) {
        const [at, row] = [k * columns, rows[k]! * columns];
        if (few) for (let c = 0; c < columns; c++) taken[at + c] = data[row + c]!;
        else taken.set(data.subarray(row, row + columns), at);
      }
    },
    few ? Math.floor(perSlice / 2) : perSlice,
  );
  return { data: taken, rows: rows.length, columns };
}

/** `new Scaler().fit(x)` of an accepted table. */
export function* learnScaler(x: RawMatrix): Sliced<Scaler> {
  if (!isLarge(x)) return new Scaler().fit(x);
  const threads = countThreads('auto');
  return scalerOf(yield* wait(native().columnMomentsAsync(x as NativeMatrix, threads)));
}

/** `scaler.transform(x)` of an accepted table, or x in float32 without a scaler. */
export function* scale(scaler: Scaler | undefined, x: RawMatrix, name: string): Sliced<Matrix> {
  const standardise = () => (scaler === undefined ? acceptFloat32(x, name) : scaler.transform(x));
  const { data, rows, columns } = x;
  if (!isLarge(x) || (scaler !== undefined && scaler.mean.length !== columns)) return standardise();
  if (scaler === undefined && isFloat32(data)) return new Matrix(data, rows, columns);
  const out = newSharedFloat32(data.length, name);
  const moments = scaler === undefined ? identity(columns) : momentsOf(scaler);
  const filling = beginFilling(out.byteLength);
  try {
    const work = native().standardizeAsync(x as NativeMatrix, moments, out, countThreads('auto'));
    if (yield* wait(work)) return new Matrix(out, rows, columns);
  } finally {
    filling.end();
  }
  return standardise(); // throws: says which value
}

/** Int32Array: the columns of x that are 0 in all rows, as standardised constant columns are. */
export function* zeroColumns({ data, rows, columns }: Matrix): Sliced<Int32Array> {
  let zeros = Int32Array.from({ length: columns }, (_, j) => j);
  for (let i = 0, read = 0; i < rows && zeros.length > 0; i++) {
    zeros = zeros.filter((j) => data[i * columns + j] === 0);
    read += zeros.length;
    if (read <= SLICE_VALUES) continue;
    read = 0;
    yield;
  }
  return zeros;
}

/** Moments with which standardising only rounds: (x - 0) / 1. */
function identity(columns: number): NativeMoments {
  const zeros = new Float64Array(columns);
  return { mean: zeros, remainder: zeros, deviation: new Float64Array(columns).fill(1) };
}
