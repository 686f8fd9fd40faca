import { invalidArgument } from '../common/errors.js';
import { forSlices, indices, runSync, type Sliced } from '../common/time-slices.js';
import { checkLength } from './labels.js';
import { slicedVector, type Vector } from './vectors.js';

/** N flags: 1 or true for an event, 0 or false for censored. */
export type Events = Vector | readonly boolean[];

/** Right-censored times. */
export interface Observations {
  /** Float64Array[N] */
  readonly time: Float64Array;
  /** Float64Array[N] of 0 and 1 */
  readonly event: Float64Array;
}

/**
 * The one function that accepts right-censored times.
 *
 * @param prefix prefix of the argument names in messages
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function acceptObservations(time: unknown, event: unknown, prefix = ''): Observations {
  return runSync(slicedObservation(time, event, prefix));
}

/** As `acceptObservations`, in slices. */
export function* slicedObservation(
  time: unknown,
  event: unknown,
  prefix: string,
): Sliced<Observations> {
  const names = { time: `${prefix}time`, event: `${prefix}event` };
  const times = yield* slicedVector(time, names.time);
  const events = yield* acceptEvents(event, names.event);
  checkLength(names.event, events.length, times.length, names.time);
  return { time: times, event: events };
}

function* acceptEvents(event: unknown, name: string): Sliced<Float64Array> {
  const flags = Array.isArray(event) ? yield* numbersFrom(event) : event;
  const events = yield* slicedVector(flags, name);
  yield* forSlices(events.length, (from, end) => {
    for (let i = from; i < end; i++) {
      const x = events[i];
      if (x !== 0 && x !== 1) throw invalidArgument(`${name}[${i}]`, '0, 1, true or false', x);
    }
  });
  return events;
}

function* numbersFrom(flags: readonly unknown[]): Sliced<unknown[]> {
  const numbers: unknown[] = new Array(flags.length);
  yield* forSlices(numbers.length, (from, end) => {
    for (let i = from; i < end; i++) {
      const x = flags[i];
      numbers[i] = typeof x === 'boolean' ? Number(x) : x;
    }
  });
  return numbers;
}

/** Int32Array[N]: a stable sort of the rows by ascending time; a merge sort, in slices. */
export function* orderByTime(time: Float64Array): Sliced<Int32Array> {
  const { length } = time;
  let order: Int32Array = yield* indices(length);
  let next: Int32Array = new Int32Array(length);
  for (let width = 1; width < length; width *= 2) {
    let [left, right, middle, last] = [0, 0, 0, 0];
    yield* forSlices(length, (from, end) => {
      for (let at = from; at < end; at++) {
        if (at === last) {
          left = at;
          right = middle = Math.min(at + width, length);
          last = Math.min(at + 2 * width, length);
        }
        const isLeft =
          left < middle && (right >= last || time[order[left]!]! <= time[order[right]!]!);
        next[at] = order[isLeft ? left++ : right++]!;
      }
    });
    [order, next] = [next, order];
  }
  return order;
}

/** The rows of each distinct time, by ascending time; of all rows or of the given ones. */
export function* byTime(
  time: Float64Array,
  rows: readonly number[] = Array.from(time, (_, i) => i),
): Generator<readonly number[]> {
  const order = [...rows].sort((a, b) => time[a]! - time[b]!);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && time[order[end]!] === time[order[start]!]) end++;
    yield order.slice(start, end);
  }
}
