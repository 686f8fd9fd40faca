// Checks of the values that user-defined callbacks return: they must not be promises.
import { isPromise } from 'node:util/types';
import { DeepTypeError } from './errors.js';

/** Whether it is a promise or thenable; if so, its rejection is passed to `onRejected`. */
export function isPromised(value: unknown, onRejected: (error: unknown) => void = () => {}) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (isPromise(value)) {
    Promise.prototype.then.call(value, undefined, onRejected);
    return true;
  }
  if (typeof (value as PromiseLike<unknown>).then !== 'function') return false;
  new Promise((resolve) => resolve(value)).then(undefined, onRejected);
  return true;
}

/**
 * The value that the callback `name` returned, which must not be a promise.
 *
 * @throws `ERR_INVALID_ARGUMENT` for a promise
 */
export function synchronousResult<T>(name: string, value: T): T {
  if (!isPromised(value)) return value;
  throw new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name}: expected a synchronous function, which returns its result; it returned a promise`,
  );
}
