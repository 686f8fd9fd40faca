// Tables of callers on their way into threads: large ones are copied in slices, everything else about them
// is done off the event loop.
import { countThreads } from './clustering/input.js';
import { acceptFloat32, acceptMatrix, Matrix, type RawMatrix, shapeSteps } from './matrix.js';
import { type NativeMatrix, type NativeMoments, native } from './native.js';
import { momentsOf, Scaler, scalerOf } from './scaler.js';
import { SLICE_VALUES, type Steps, wait } from './turns.js';
import { isFloat32, isShared } from './validate.js';

type Values = Float32Array | Float64Array;

/** Whether a table that was taken in is worked on off the event loop. */
export const isLarge = ({ data }: RawMatrix): boolean =>
  data.length > SLICE_VALUES && isShared(data);

/**
 * As `acceptMatrix`. A large table is copied into shared memory; one that a caller has there stays where it
 * is, unless it `mustCopy`.
 */
export function* takeIn(value: unknown, name: string, mustCopy = false): Steps<RawMatrix> {
  const given = yield* shapeSteps(value, name);
  const { rows, columns, data } = given;
  if (data.length <= SLICE_VALUES) return acceptMatrix(given, name);
  const isInPlace = isShared(data);
  const isOwn = isInPlace && (value as Partial<RawMatrix>).data !== data;
  const shared = isOwn || (isInPlace && !mustCopy) ? data : yield* toShared(data);
  const x = { data: shared, rows, columns };
  if (!(yield* wait(native().allFiniteAsync(shared, countThreads('auto'))))) acceptMatrix(x, name);
  return x;
}

function* toShared(data: Values): Steps<Values> {
  const { length } = data;
  const copy = sharedLike(data, length);
  for (let from = 0; from < length; from += SLICE_VALUES) {
    if (from > 0) yield;
    copy.set(data.subarray(from, from + SLICE_VALUES), from);
  }
  return copy;
}

/** An array of the same type; in shared memory where it is large. */
function sharedLike(data: Values, length: number): Values {
  const isSingle = isFloat32(data);
  if (length <= SLICE_VALUES) return isSingle ? new Float32Array(length) : new Float64Array(length);
  const buffer = new SharedArrayBuffer(length * data.BYTES_PER_ELEMENT);
  return isSingle ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** Some rows of a table, in the precision it has. */
export function* takeRows({ data, columns }: RawMatrix, rows: Int32Array): Steps<RawMatrix> {
  const taken = sharedLike(data, rows.length * columns);
  const inTurn = Math.max(1, Math.floor(SLICE_VALUES / columns));
  for (const [k, row] of rows.entries()) {
    if (k > 0 && k % inTurn === 0) yield;
    taken.set(data.subarray(row * columns, (row + 1) * columns), k * columns);
  }
  return { data: taken, rows: rows.length, columns };
}

/** `new Scaler().fit(x)`, of a table that was taken in. */
export function* learnScaler(x: RawMatrix): Steps<Scaler> {
  if (!isLarge(x)) return new Scaler().fit(x);
  const threads = countThreads('auto');
  return scalerOf(yield* wait(native().columnMomentsAsync(x as NativeMatrix, threads)));
}

/** `scaler.transform(x)`, or x in float32 where there is none, of a table that was taken in. */
export function* scale(scaler: Scaler | undefined, x: RawMatrix, name: string): Steps<Matrix> {
  const atOnce = () => (scaler === undefined ? acceptFloat32(x, name) : scaler.transform(x));
  const { data, rows, columns } = x;
  if (!isLarge(x) || (scaler !== undefined && scaler.mean.length !== columns)) return atOnce();
  if (scaler === undefined && isFloat32(data)) return new Matrix(data, rows, columns);
  const out = new Float32Array(new SharedArrayBuffer(data.length * Float32Array.BYTES_PER_ELEMENT));
  const moments = scaler === undefined ? identity(columns) : momentsOf(scaler);
  const work = native().standardizeAsync(x as NativeMatrix, moments, out, countThreads('auto'));
  if (yield* wait(work)) return new Matrix(out, rows, columns);
  return atOnce(); // throws: says which value
}

/** Int32Array: the columns of x that are 0 in all rows, as constant ones are once they are standardised. */
export function* zeroColumns({ data, rows, columns }: Matrix): Steps<Int32Array> {
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

/** (x - 0) / 1 is x, rounded. */
function identity(columns: number): NativeMoments {
  const zeros = new Float64Array(columns);
  return { mean: zeros, remainder: zeros, deviation: new Float64Array(columns).fill(1) };
}
