/**
 * The result of `predict` for N rows: an Int32Array of classes, or a plain array if they are strings or exceed 32 bits;
 * a Float32Array of values, row by row, for a regression loss. `map`, `filter` and `slice` return an array of the same
 * type; `Array.from(predictions, f)` makes a plain array of any type, also for JSON.
 *
 * @typeParam L the labels, numbers or strings
 */
export interface Predictions<L extends number | string = number> extends Iterable<L> {
  readonly length: number;
  readonly [row: number]: L;
  at(index: number): L | undefined;
  entries(): IterableIterator<[number, L]>;
  every(f: (value: L, row: number) => unknown): boolean;
  filter(f: (value: L, row: number) => unknown): Predictions<L>;
  find(f: (value: L, row: number) => unknown): L | undefined;
  findIndex(f: (value: L, row: number) => unknown): number;
  forEach(f: (value: L, row: number) => void): void;
  includes(value: L): boolean;
  indexOf(value: L): number;
  join(separator?: string): string;
  keys(): IterableIterator<number>;
  map(f: (value: L, row: number) => L): Predictions<L>;
  reduce<T>(f: (sum: T, value: L, row: number) => T, initial: T): T;
  slice(start?: number, end?: number): Predictions<L>;
  some(f: (value: L, row: number) => unknown): boolean;
  values(): IterableIterator<L>;
}

/** A caller's array that `predict` fills. */
export type PredictionsTarget =
  | Int32Array
  | Uint32Array
  | Uint8Array
  | number[]
  | string[]
  | Float32Array;
