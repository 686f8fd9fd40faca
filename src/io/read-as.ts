// Values read from a file: an invalid value is reported as `ERR_CORRUPT_FILE`.
import { corruptFile, DeepTypeError } from '../common/errors.js';
import type { Sliced } from '../common/time-slices.js';

/** Runs `body`; turns errors about its arguments into `ERR_CORRUPT_FILE` of `file`. */
export function readAs<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw refusalOf(file, error);
  }
}

/** As `readAs`, in slices. */
export function* slicedReadAs<T>(file: string, steps: Sliced<T>): Sliced<T> {
  try {
    return yield* steps;
  } catch (error) {
    throw refusalOf(file, error);
  }
}

function refusalOf(file: string, error: unknown): unknown {
  const isRefusal =
    error instanceof DeepTypeError &&
    ['ERR_INVALID_ARGUMENT', 'ERR_SHAPE_MISMATCH', 'ERR_NON_FINITE_INPUT'].includes(error.code);
  return isRefusal ? corruptFile(file, error.message, error) : error;
}
