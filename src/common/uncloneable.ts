import * as threads from 'node:worker_threads';

// Of the module as an object: bundlers would import the name, which older versions do not export.
const { markAsUncloneable } = { ...threads } as { markAsUncloneable?: (object: object) => void };

/**
 * Lets `structuredClone` and `postMessage` refuse an object whose private fields they would lose; Node does so from
 * 22.10 on. Older versions make an empty object of it.
 */
export function uncloneable(object: object): void {
  markAsUncloneable?.(object);
}
