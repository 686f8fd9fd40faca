// Who is told that a signal aborts.

/** The calls that wait for one signal: it has one listener for all of them, however many there are. */
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
    const call = (): void => listener(); // the same may be given twice
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#onAbort);
    this.#calls.add(call);
    return () => {
      if (!this.#calls.delete(call) || this.#calls.size > 0) return;
      this.#signal.removeEventListener('abort', this.#onAbort);
    };
  }
}

const WAITING = new WeakMap<AbortSignal, Waiting>();

/** Calls `listener` when `signal` aborts, until the function that is returned is called. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  const waiting = WAITING.get(signal) ?? new Waiting(signal);
  WAITING.set(signal, waiting);
  return waiting.add(listener);
}
