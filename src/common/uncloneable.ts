import * as threads from 'node:worker_threads';

// Read from the module object: a named import, which bundlers emit, fails on versions that do not export it.
const { markAsUncloneable } = { ...threads } as { markAsUncloneable?: (object: object) => void };

/**
 * Makes `structuredClone` and `postMessage` reject an object whose private fields they would lose (Node 22.10 or
 * later). Older versions clone it as an empty object.
 */
export function uncloneable(object: object): void {
  markAsUncloneable?.(object);
}
