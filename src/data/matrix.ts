import { brand } from '../common/brand.js';
import { isFloat32, isFloat64, isPromise } from '../common/checks.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import {
  forSlices,
  isLargeShape,
  runSync,
  SLICE_ROWS,
  SLICE_VALUES,
  type Sliced,
} from '../common/time-slices.js';
import { native } from '../native/addon.js';
import { newFloat32, newFloat64, newSharedFloat64 } from '../native/memory.js';
import { checkFinite, checkRounded } from './finite.js';

/** The forms of a table that every method accepts. An ml-matrix `Matrix` is accepted by duck typing. */
export type MatrixLike =
  | Matrix
  | readonly (readonly number[])[]
  | readonly (Float32Array | Float64Array)[]
  | { data: Float32Array | Float64Array | readonly number[]; rows: number; columns: number }
  | { rows: number; columns: number; get(row: number, column: number): number };

/** A validated table in its original precision, row-major and contiguous. */
export interface RawMatrix {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** A row-major float32 matrix, rows x columns. */
export class Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;

  /** Wraps `data` (length rows * columns) without copying it. */
  constructor(data: Float32Array, rows: number, columns: number) {
    if (!isFloat32(data)) throw invalidArgument('data', 'a Float32Array', data);
    checkSize('rows', rows);
    checkSize('columns', columns);
    if (data.length !== rows * columns) {
      throw shapeMismatch('data', `${rows} * ${columns} values`, `${data.length}`);
    }
    this.data = data;
    this.rows = rows;
    this.columns = columns;
  }

  /** Copies any matrix-like value, rounding to float32. Throws on ragged or non-finite input. */
  static from(m: MatrixLike): Matrix {
    const { data, rows, columns } = acceptMatrix(m, 'm');
    const copy = Float32Array.from(data);
    checkRounded(copy, columns, 'm');
    return new Matrix(copy, rows, columns);
  }

  get(i: number, j: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows) {
      throw invalidArgument('i', `an integer from 0 to ${this.rows - 1}`, i);
    }
    if (!Number.isInteger(j) || j < 0 || j >= this.columns) {
      throw invalidArgument('j', `an integer from 0 to ${this.columns - 1}`, j);
    }
    return this.data[i * this.columns + j]!;
  }

  /** Row `i` as a view on the same memory. */
  row(i: number): Float32Array {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows) {
      throw invalidArgument('i', `an integer from 0 to ${this.rows - 1}`, i);
    }
    return this.data.subarray(i * this.columns, (i + 1) * this.columns);
  }

  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)));
  }
}

brand(Matrix, 'matrix');
inspectable(Matrix, 'Matrix', ({ data, rows, columns }) => ({
  state: `${rows} x ${columns}`,
  data,
}));

/**
 * The one function that accepts matrix-like input: checks shape and finiteness and returns the
 * values row-major, in float64 unless the input is float32. Typed arrays are not copied.
 */
export function acceptMatrix(value: unknown, name: string): RawMatrix {
  const raw = acceptShape(value, name);
  checkFinite(raw.data, raw.columns, name);
  return raw;
}

/** As `acceptMatrix` without the check of finiteness, for callers that check it themselves. */
export function acceptShape(value: unknown, name: string): RawMatrix {
  return runSync(slicedShape(value, name));
}

/** As `acceptShape`, in slices: a table that is not a single typed array is copied. */
export function* slicedShape(value: unknown, name: string): Sliced<RawMatrix> {
  const isMatrix = value instanceof Matrix && isFloat32(value.data);
  const raw = isMatrix ? value : yield* readMatrix(value, name);
  if (raw.rows === 0 || raw.columns === 0) {
    throw invalidArgument(name, 'at least one row and one column', shapeOf(raw));
  }
  return raw;
}

/** As `acceptMatrix`, rounded to float32 (a float32 table is not copied). */
export function acceptFloat32(value: unknown, name: string): Matrix {
  const { data, rows, columns } = acceptMatrix(value, name);
  if (value instanceof Matrix) return value;
  if (isFloat32(data)) return new Matrix(data, rows, columns);
  const rounded = Float32Array.from(data);
  checkRounded(rounded, columns, name);
  return new Matrix(rounded, rows, columns);
}

/** As `acceptFloat32` of a table already read, in slices. */
export function* slicedFloat32(raw: RawMatrix, name: string): Sliced<Matrix> {
  const { data, rows, columns } = raw;
  const isSingle = isFloat32(data);
  const rounded = isSingle ? data : newFloat32(data.length, name);
  const isSound = (from: number, end: number): boolean => {
    if (!isSingle) rounded.set(data.subarray(from, end), from);
    return native().allFinite(rounded.subarray(from, end), 1);
  };
  yield* forSlices(
    data.length,
    (from, end) => {
      if (!isSound(from, end)) acceptFloat32(raw, name); // throws, naming the value
    },
    SLICE_VALUES,
  );
  return new Matrix(rounded, rows, columns);
}

function shapeOf({ rows, columns }: RawMatrix): string {
  return `${rows} x ${columns}`;
}

const TABLE = 'a Matrix, an array of rows or { data, rows, columns }';
const ONE_ROW = 'a table of one row is [row]';

function* readMatrix(value: unknown, name: string): Sliced<RawMatrix> {
  if (Array.isArray(value)) return yield* readRows(value, name);
  if (
    typeof value === 'object' &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    !isPromise(value)
  ) {
    return yield* readObject(value, name);
  }
  const advice = ArrayBuffer.isView(value) ? ONE_ROW : undefined;
  throw invalidArgument(name, TABLE, value, advice);
}

function* readRows(rows: readonly unknown[], name: string): Sliced<RawMatrix> {
  const count = rows.length;
  if (count === 0) throw invalidArgument(name, 'at least one row', rows);
  if (typeof rows[0] === 'number') {
    throw new DeepTypeError(
      'ERR_INVALID_ARGUMENT',
      `${name}: expected an array of rows, received ${count} numbers; ${ONE_ROW}`,
    );
  }
  const columns = rowLength(rows[0], `${name}[0]`);
  const data = allocate(count, columns, name);
  const perSlice = rowsPerSlice(count, columns);
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % perSlice === 0) yield;
    const row = rows[i];
    const length = rowLength(row, `${name}[${i}]`);
    if (length !== columns) {
      throw shapeMismatch(`${name}[${i}]`, `${columns} values as in row 0`, `${length}`);
    }
    const values = row as ArrayLike<unknown>;
    copyNumbers(values, 0, columns, data, i * columns, (j) => `${name}[${i}][${j}]`);
  }
  return { data, rows: count, columns };
}

function rowLength(row: unknown, name: string): number {
  if (Array.isArray(row) || isFloat32(row) || isFloat64(row)) {
    return row.length;
  }
  throw invalidArgument(name, 'an array of numbers', row);
}

/** `{ data, rows, columns }` or, like ml-matrix, `{ rows, columns, get(i, j) }`; reads each property once. */
function* readObject(value: object, name: string): Sliced<RawMatrix> {
  const source = value as { data?: unknown; rows?: unknown; columns?: unknown; get?: unknown };
  const { data, rows, columns, get } = source;
  checkSize(`${name}.rows`, rows);
  checkSize(`${name}.columns`, columns);
  if (isFloat32(data) || isFloat64(data)) {
    checkLength(data.length, rows, columns, name);
    return { data, rows, columns };
  }
  if (typeof get === 'function')
    return yield* readByGet(value, get as (...args: never) => unknown, rows, columns, name);
  if (!Array.isArray(data)) {
    throw invalidArgument(`${name}.data`, 'a Float32Array, Float64Array or array of numbers', data);
  }
  checkLength(data.length, rows, columns, name);
  const copy = allocate(rows, columns, name);
  const perSlice = rowsPerSlice(rows, columns) * columns;
  for (let k = 0; k < copy.length; k += perSlice) {
    if (k > 0) yield;
    const end = Math.min(k + perSlice, copy.length);
    copyNumbers(data, k, end, copy, k, (at) => `${name}.data[${at}]`);
  }
  return { data: copy, rows, columns };
}

function* readByGet(
  self: object,
  get: (...args: never) => unknown,
  rows: number,
  columns: number,
  name: string,
): Sliced<RawMatrix> {
  const copy = allocate(rows, columns, name);
  const perSlice = rowsPerSlice(rows, columns);
  for (let i = 0; i < rows; i++) {
    if (i > 0 && i % perSlice === 0) yield;
    for (let j = 0; j < columns; j++) {
      const x: unknown = Reflect.apply(get, self, [i, j]);
      if (typeof x !== 'number') throw invalidArgument(`${name}.get(${i}, ${j})`, 'a number', x);
      copy[i * columns + j] = x;
    }
  }
  return { data: copy, rows, columns };
}

/** Rows of one slice: all of a small table; few of a large one, because per-value checks are slow. */
function rowsPerSlice(rows: number, columns: number): number {
  if (!isLargeShape(rows, columns)) return rows;
  return Math.max(1, Math.min(SLICE_ROWS / 2, Math.floor(SLICE_VALUES / 4 / columns)));
}

/** A new float64 array; in shared memory, which threads read in place, if it is large. */
function allocate(rows: number, columns: number, name: string): Float64Array {
  const length = rows * columns;
  return isLargeShape(rows, columns) ? newSharedFloat64(length, name) : newFloat64(length, name);
}

/** target[offset ..] = source[from .. end). */
function copyNumbers(
  source: ArrayLike<unknown>,
  from: number,
  end: number,
  target: Float64Array,
  offset: number,
  nameOf: (index: number) => string,
): void {
  for (let j = from; j < end; j++) {
    const x = source[j];
    if (typeof x !== 'number') throw invalidArgument(nameOf(j), 'a number', x);
    target[offset + j - from] = x;
  }
}

function checkLength(length: number, rows: number, columns: number, name: string): void {
  if (length !== rows * columns) {
    throw shapeMismatch(`${name}.data`, `${rows} * ${columns} values`, `${length}`);
  }
}

function checkSize(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidArgument(name, 'a non-negative integer', value);
  }
}
