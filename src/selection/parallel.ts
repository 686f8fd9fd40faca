import { checkAborted, onAbort } from '../native/abort.js';

/** The argument of `onProgress`, which is called at most 20 times a second and always at the end. */
export interface SelectionProgress {
  /** Fits (of `path`: points) that are finished. */
  done: number;
  total: number;
  /** done / total. */
  fraction: number;
}

/** Run options that every function of this folder accepts. */
export interface SelectionRun {
  /** Ends all fits; the promise rejects with `ERR_ABORTED` once they have ended. */
  signal?: AbortSignal | undefined;
  /** As `RunOptions.onProgress`. */
  onProgress?: ((event: SelectionProgress) => void) | undefined;
}

const REPORT_INTERVAL_MS = 50;

/** Calls `onProgress`, but not too often. */
export class Reporter {
  readonly #onProgress: SelectionRun['onProgress'];
  readonly #total: number;
  #done = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(onProgress: SelectionRun['onProgress'], total: number) {
    this.#onProgress = onProgress;
    this.#total = total;
  }

  /** Counts one more as done; nothing is reported after the last. */
  tick(): void {
    if (this.#done === this.#total) return;
    const done = ++this.#done;
    const now = performance.now();
    const isDue = done === this.#total || now - this.#last >= REPORT_INTERVAL_MS;
    if (this.#onProgress === undefined || !isDue) return;
    this.#last = now;
    this.#onProgress({ done, total: this.#total, fraction: done / this.#total });
  }
}

/**
 * Runs `task` for 0 .. count - 1, at most `limit` at once; results are in order. The first failure, and
 * the caller's signal, end the others through the signal they are given; it rejects when all have ended.
 */
export async function inParallel<T>(
  count: number,
  limit: number,
  { signal, onProgress }: SelectionRun,
  task: (index: number, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(count);
  const reporter = new Reporter(onProgress, count);
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count && !controller.signal.aborted) {
      const index = next++;
      try {
        results[index] = await task(index, controller.signal);
        if (!controller.signal.aborted) reporter.tick();
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }
  };
  if (signal?.aborted) abort();
  const endListening = onAbort(signal, abort);
  try {
    await Promise.all(Array.from({ length: Math.min(limit, count) }, work));
  } finally {
    endListening();
  }
  checkAborted(signal, 'the selection');
  if (failures.length > 0) throw failures[0];
  return results;
}
