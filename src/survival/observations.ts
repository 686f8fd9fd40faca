import { invalidArgument } from '../errors.js';
import { checkLength } from '../labels.js';
import { acceptVector, type Vector } from '../metrics/values.js';

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
 * @param prefix of the names in messages
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function acceptObservations(time: unknown, event: unknown, prefix = ''): Observations {
  const names = { time: `${prefix}time`, event: `${prefix}event` };
  const times = acceptVector(time, names.time);
  const events = acceptEvents(event, names.event);
  checkLength(names.event, events.length, times.length, names.time);
  return { time: times, event: events };
}

function acceptEvents(event: unknown, name: string): Float64Array {
  const flags = Array.isArray(event)
    ? Array.from(event as readonly unknown[], (x) => (typeof x === 'boolean' ? Number(x) : x))
    : event;
  const events = acceptVector(flags, name);
  events.forEach((x, i) => {
    if (x !== 0 && x !== 1) throw invalidArgument(`${name}[${i}]`, '0, 1, true or false', x);
  });
  return events;
}

/** The rows of each distinct time, times ascending; of all rows or of those given. */
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
