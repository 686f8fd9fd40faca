// Long work on the event loop in time slices, so that timers and sockets are served in between.
import { setImmediate as nextIteration } from 'node:timers/promises';

/** Values that one time slice reads or copies. */
export const SLICE_VALUES = 2 ** 21;

/** Yields undefined where a time slice may end, or a promise whose value the caller sends back. */
export type Sliced<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Values that one slice processes one by one (labels, weights, arithmetic), which takes longer than copying. */
export const SLICE_ROWS = SLICE_VALUES / 8;

/** Whether a table has so many values or rows that it is processed in slices and off the event loop. */
export function isLargeShape(rows: number, columns: number): boolean {
  return rows * columns > SLICE_VALUES || rows > SLICE_ROWS;
}

/** Calls `body(from, end)` for consecutive slices of 0 .. length - 1. */
export function* forSlices(
  length: number,
  body: (from: number, end: number) => void,
  size = SLICE_ROWS,
): Sliced<void> {
  for (let from = 0; from < length; from += size) {
    if (from > 0) yield;
    body(from, Math.min(from + size, length));
  }
}

/** 0 .. count - 1 */
export function* indices(count: number): Sliced<Int32Array> {
  const all = new Int32Array(count);
  yield* forSlices(count, (from, end) => {
    for (let i = from; i < end; i++) all[i] = i;
  });
  return all;
}

/** A slice that waits for `promise`. */
export function* wait<T>(promise: Promise<T>): Sliced<T> {
  return (yield promise) as T;
}

/** Runs all slices synchronously; they must not yield promises. */
export function runSync<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Runs each slice in its own iteration of the event loop; returns the value itself if there is one slice only.
 * `check` is called before every further slice and may throw.
 */
export function runSliced<T>(work: Sliced<T>, check = (): void => {}): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : continueSliced(work, first.value, check);
}

async function continueSliced<T>(
  work: Sliced<T>,
  first: Promise<unknown> | undefined,
  check: () => void,
): Promise<T> {
  try {
    for (let waited = first; ; ) {
      const value = await (waited ?? nextIteration());
      check();
      const step = work.next(value);
      if (step.done) return step.value;
      waited = step.value;
    }
  } finally {
    work.return(undefined as never); // runs pending finally blocks
  }
}

/** The results of `part(begin, end)` for consecutive slices of 0 .. length - 1. */
export function* inSlices<T>(length: number, part: (begin: number, end: number) => T): Sliced<T[]> {
  const results: T[] = [];
  yield* forSlices(length, (begin, end) => {
    results.push(part(begin, end));
  });
  return results;
}

/** The sum of `part(begin, end)` over the slices. */
export function* sumInSlices(
  length: number,
  part: (begin: number, end: number) => number,
): Sliced<number> {
  return (yield* inSlices(length, part)).reduce((sum, one) => sum + one, 0);
}
