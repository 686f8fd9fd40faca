// Arguments that came from a file: what is wrong with them is wrong with the file.
import { corruptFile, DeepTypeError } from '../common/errors.js';
import type { Steps } from '../common/time-slices.js';

/** Runs `body`; arguments that it refuses came from `file`. */
export function readAs<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw refusalOf(file, error);
  }
}

/** As `readAs`, of steps. */
export function* readAsSteps<T>(file: string, steps: Steps<T>): Steps<T> {
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
