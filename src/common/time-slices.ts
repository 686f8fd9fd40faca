// Long work on the event loop in time slices, so that timers and sockets are served in between.
import { setImmediate as nextIteration } from 'node:timers/promises';

/** Values that one time slice reads or copies. */
export const SLICE_VALUES = 2 ** 21;

/** Yields undefined where a time slice may end, or a promise whose value the caller sends back. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>;

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
): Steps<void> {
  for (let from = 0; from < length; from += size) {
    if (from > 0) yield;
    body(from, Math.min(from + size, length));
  }
}

/** 0 .. count - 1 */
export function* indices(count: number): Steps<Int32Array> {
  const all = new Int32Array(count);
  yield* forSlices(count, (from, end) => {
    for (let i = from; i < end; i++) all[i] = i;
  });
  return all;
}

/** A step that waits for `promise`. */
export function* wait<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T;
}

/** Runs the steps synchronously; they must not yield promises. */
export function runSync<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Runs each step in its own iteration of the event loop; returns the value itself if there is one step only.
 * `check` is called before every further step and may throw.
 */
export function runSliced<T>(steps: Steps<T>, check = (): void => {}): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : continueSliced(steps, first.value, check);
}

async function continueSliced<T>(
  steps: Steps<T>,
  first: Promise<unknown> | undefined,
  check: () => void,
): Promise<T> {
  try {
    for (let waited = first; ; ) {
      const value = await (waited ?? nextIteration());
      check();
      const step = steps.next(value);
      if (step.done) return step.value;
      waited = step.value;
    }
  } finally {
    steps.return(undefined as never); // runs pending finally blocks
  }
}

/** The results of `part(begin, end)` for consecutive slices of 0 .. length - 1. */
export function* inSlices<T>(length: number, part: (begin: number, end: number) => T): Steps<T[]> {
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
): Steps<number> {
  return (yield* inSlices(length, part)).reduce((sum, one) => sum + one, 0);
}
