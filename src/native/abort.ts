// Listeners of AbortSignals, and calls that an AbortSignal ends.
import { DeepTypeError } from '../common/errors.js';
import { native, type StopHandle } from './addon.js';

/** The pending calls of one signal, which share a single listener. */
class Waiting {
  readonly #calls = new Set<() => void>();
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    for (const call of this.#calls) call();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: () => void): () => void {
    const call = (): void => listener(); // a new function: one listener may be added twice
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#onAbort);
    this.#calls.add(call);
    return () => {
      if (!this.#calls.delete(call) || this.#calls.size > 0) return;
      this.#signal.removeEventListener('abort', this.#onAbort);
    };
  }
}

const WAITING = new WeakMap<AbortSignal, Waiting>();

/** Calls `listener` when `signal` aborts; the returned function removes it. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  const waiting = WAITING.get(signal) ?? new Waiting(signal);
  WAITING.set(signal, waiting);
  return waiting.add(listener);
}

/** Throws `ERR_ABORTED` if the signal is aborted. */
export function checkAborted(signal: AbortSignal | undefined, what = 'the call'): void {
  if (signal?.aborted) throw abortError(signal, what);
}

function abortError(signal: AbortSignal, what: string): DeepTypeError {
  return new DeepTypeError('ERR_ABORTED', `${what} was aborted`, { cause: signal.reason });
}

/**
 * Runs `work` with a stop handle for its native calls; rejects with `ERR_ABORTED` as soon as `signal`
 * aborts. Without a signal, runs `work` without a handle.
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  what: string,
  work: (stop: StopHandle | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(undefined);
  checkAborted(signal, what);
  const stop = new (native().StopHandle)();
  let endListening: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      endListening = onAbort(signal, () => {
        stop.stop();
        reject(abortError(signal, what));
      });
      work(stop).then(resolve, reject);
    });
  } finally {
    endListening?.();
  }
}
