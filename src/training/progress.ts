import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { isPromised } from '../common/callbacks.js';
import { abortSignal } from '../common/checks.js';
import { describe, invalidArgument } from '../common/errors.js';
import { warn } from '../common/warnings.js';
import { checkAborted, onAbort } from '../native/abort.js';
import type { SessionHandle } from '../native/session.js';

/** 'choose' asks which numbers of clusters to train, where `clusters` is a range; it has no history. */
export type Phase = 'pretrain' | 'choose' | 'joint' | 'settle';

/**
 * One epoch, or one round of settling. The parts are unweighted, `total` is weighted. They are the losses of
 * standardised targets where the model has a `targetScaling`, see docs/explanation/losses.md.
 */
export interface HistoryEntry {
  phase: Phase;
  /** From 1 within the phase. */
  epoch: number;
  primary: number;
  sparsity: number;
  distance: number;
  total: number;
  /** Rows that the clustering after this epoch moved to another cluster. */
  changedAssignments?: number;
  /** Number of inputs whose weights are not all exactly zero. */
  selectedFeatures: number;
  /** Of the rows held out, see `ValidationOptions`; `total` is what epochs are compared by. */
  validation?: { primary: number; distance: number; total: number };
}

/** The argument of `onProgress`, which is called at most 20 times a second and always at the end of a phase. */
export interface ProgressEvent {
  phase: Phase;
  epoch: number;
  epochs: number;
  /** Share of the phase that is done, 0 to 1; of all candidates where several K are trained. */
  fraction: number;
  /** The K that is trained now, where several are. */
  clusters?: number;
  /** The last finished epoch; short epochs are reported several at a time, then the last of them. */
  last?: HistoryEntry;
}

export interface RunOptions {
  /** Ends the run within a mini-batch; the promise rejects with `ERR_ABORTED`. Many calls may share one. */
  signal?: AbortSignal | undefined;
  /**
   * Runs in the asynchronous context of the call, and ends it where it throws. An asynchronous function is not
   * waited for; the first of its promises that is rejected becomes a process warning.
   */
  onProgress?: ((event: ProgressEvent) => void) | undefined;
}

const REPORT_INTERVAL_MS = 50;

/** One run of training: whether it should end, and the listeners of its progress. */
export class Run {
  stopped = false;
  /** What callbacks run in. */
  readonly context = new AsyncResource('deeptype');
  readonly #session: SessionHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly #endListening: () => void;
  #lastReport = Number.NEGATIVE_INFINITY;
  #failure: { error: unknown } | undefined;
  #isEnding = false;

  constructor(session: SessionHandle, { signal, onProgress }: RunOptions) {
    this.#session = session;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#endListening = onAbort(signal, () => session.stop());
  }

  /** Asks the run to end after the mini-batch it is at. */
  stop(): void {
    if (this.#isEnding) return;
    this.stopped = true;
    this.#session.stop();
  }

  /** The run ends by itself from here on: a stop, also one that came before, cuts nothing short. */
  beginEnd(): void {
    this.#isEnding = true;
    this.#session.clearStop();
  }

  /** Whether a stop may have cut the last native call short. */
  get isCut(): boolean {
    return this.stopped && !this.#isEnding;
  }

  /** Ends the run with an error raised outside the training loop (a callback of the caller's). */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#session.stop();
  }

  /** Throws when the run was aborted or a callback failed. Call it after every native call. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    checkAborted(this.#signal, 'the fit');
  }

  report(event: ProgressEvent, always = false): void {
    if (this.#onProgress === undefined || this.#failure !== undefined) return;
    const now = performance.now();
    if (!always && now - this.#lastReport < REPORT_INTERVAL_MS) return;
    this.#lastReport = now;
    try {
      this.#onProgress(event);
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.#endListening();
  }
}

/** Checks `signal` and `onProgress`. */
export function resolveRun(options: { signal?: unknown; onProgress?: unknown }): RunOptions {
  const { signal, onProgress } = options;
  const accepted = abortSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('onProgress', 'a function', onProgress);
  }
  return {
    signal: accepted,
    onProgress: onProgress && asCalled(onProgress as (event: unknown) => unknown),
  };
}

/** In the context of the call that it was given to; its rejection is reported once. */
function asCalled(onProgress: (event: unknown) => unknown): RunOptions['onProgress'] {
  let hasWarned = false;
  const tell = (error: unknown): void => {
    if (hasWarned) return;
    hasWarned = true;
    const reason = types.isNativeError(error) ? error.message : describe(error);
    const message = `onProgress: its promise was rejected, which ends nothing: ${reason}`;
    warn('DEEPTYPE_PROGRESS_REJECTED', message);
  };
  return AsyncResource.bind((event: unknown): void => {
    isPromised(onProgress(event), tell);
  });
}
