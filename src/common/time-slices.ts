// Long work on the event loop, cut into turns, so that timers and sockets get theirs in between.
import { setImmediate as nextIteration } from 'node:timers/promises';

/** Values that one turn reads or copies. */
export const SLICE_VALUES = 2 ** 21;

/** Yields undefined where a turn may end, or a promise to wait for, whose value comes back. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Rows or values that one turn goes through one by one: labels, weights, arithmetic take longer than a copy. */
export const SLICE_ROWS = SLICE_VALUES / 8;

/** Whether a table is worked on in slices, and off the event loop: for its values or for what comes a row. */
export function isLargeShape(rows: number, columns: number): boolean {
  return rows * columns > SLICE_VALUES || rows > SLICE_ROWS;
}

/** `body(from, end)` over 0 .. length - 1, a slice in each turn. */
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

/** Takes the steps in one turn; for steps that wait for nothing. */
export function runSync<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Takes each step in a turn of its own; returns the value itself where there is but one. `check` is called
 * at the begin of a turn and may throw.
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
    steps.return(undefined as never); // where it was left, it cleans up
  }
}

/** What `part` says of the indices below `length`, slice by slice, each in a turn. */
export function* inSlices<T>(length: number, part: (begin: number, end: number) => T): Steps<T[]> {
  const results: T[] = [];
  yield* forSlices(length, (begin, end) => {
    results.push(part(begin, end));
  });
  return results;
}

/** The sum of what `part` says of them. */
export function* sumInSlices(
  length: number,
  part: (begin: number, end: number) => number,
): Steps<number> {
  return (yield* inSlices(length, part)).reduce((sum, one) => sum + one, 0);
}
