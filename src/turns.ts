// Long work on the event loop, cut into turns, so that timers and sockets get theirs in between.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Values that one turn reads or copies. */
export const SLICE_VALUES = 2 ** 21;

/** Yields undefined where a turn may end, or a promise to wait for, whose value comes back. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** A step that waits for `promise`. */
export function* wait<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T;
}

/** Takes the steps in one turn; for steps that wait for nothing. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Takes each step in a turn of its own; returns the value itself where there is but one. `check` is called
 * at the begin of a turn and may throw.
 */
export function overTurns<T>(steps: Steps<T>, check = (): void => {}): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value, check);
}

async function goOn<T>(
  steps: Steps<T>,
  first: Promise<unknown> | undefined,
  check: () => void,
): Promise<T> {
  for (let waited = first; ; ) {
    const value = await (waited ?? nextTurn());
    check();
    const step = steps.next(value);
    if (step.done) return step.value;
    waited = step.value;
  }
}

/** What `part` says of the indices below `length`, slice by slice, each in a turn. */
export function* inSlices<T>(length: number, part: (begin: number, end: number) => T): Steps<T[]> {
  const inTurn = SLICE_VALUES / 8; // arithmetic on values takes longer than a copy
  const results: T[] = [];
  for (let begin = 0; begin < length; begin += inTurn) {
    if (begin > 0) yield;
    results.push(part(begin, Math.min(begin + inTurn, length)));
  }
  return results;
}

/** The sum of what `part` says of them. */
export function* sumInSlices(
  length: number,
  part: (begin: number, end: number) => number,
): Steps<number> {
  return (yield* inSlices(length, part)).reduce((sum, one) => sum + one, 0);
}
