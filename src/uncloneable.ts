import * as threads from 'node:worker_threads';

const { markAsUncloneable } = threads as { markAsUncloneable?: (object: object) => void };

/**
 * Lets `structuredClone` and `postMessage` refuse an object whose private fields they would lose; Node does so from
 * 22.10 on. Older versions make an empty object of it.
 */
export function uncloneable(object: object): void {
  markAsUncloneable?.(object);
}
