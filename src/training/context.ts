// What the phases of one run of training share.
import type { Scored } from '../clustering/choice.js';
import type { SessionHandle, SnapshotHandle } from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';
import type { Hyperparameters } from './objective.js';
import type { Phase, ProgressEvent, Run } from './progress.js';
import { type Checkpointer, disposeSearch, type Search } from './run-snapshot.js';
import type { TrainingState } from './training-state.js';

export interface TrainingContext {
  readonly session: SessionHandle;
  readonly options: ResolvedTraining;
  readonly hyperparameters: Hyperparameters;
  readonly run: Run;
  readonly checkpointer: Checkpointer | undefined;
  /** N, of the rows that are trained on. */
  readonly rows: number;
  /** R, the width of the representation. */
  readonly width: number;
  /** Whether rows are held out, for validation. */
  readonly isValidated: boolean;
  /** Of the training table, as the network sees it. */
  largestInput(): number;
  /** Throws `ERR_DISPOSED` where the network was. */
  checkNetwork(): void;
  /** Where the run is. */
  readonly state: TrainingState;
  /** How K was chosen, where it was. */
  choice: Scored | undefined;
  /** The search over K that is under way. */
  search: Search | undefined;
  /** The best session by validation of the stage under way. */
  best: SnapshotHandle | undefined;
  /** That of the last checkpoint, whose memory the next one uses again. */
  saved: SnapshotHandle | undefined;
}

/** An epoch of a phase, or a round of settling, and how many there will be. */
export interface Count {
  readonly phase: Phase;
  readonly epoch: number;
  readonly epochs: number;
}

export function goesOn({ run }: TrainingContext): boolean {
  return !run.stopped;
}

/** One long native call; an abort before, during or after it throws, as does the network's disposal. */
export async function call<T>(
  { run, session, checkNetwork }: TrainingContext,
  body: (session: SessionHandle) => Promise<T>,
): Promise<T> {
  run.check();
  const result = await body(session);
  run.check();
  checkNetwork();
  return result;
}

/** Tells `onProgress`; where several K are trained, the share of all of them that is done. */
export function report(t: TrainingContext, count: Count, fraction: number, always = false): void {
  const last = t.state.history.at(-1);
  const { search, choice } = t;
  const [at, of] =
    search === undefined ? [0, 1] : [choice!.candidates.length, search.candidates.length];
  const event: ProgressEvent = { ...count, fraction: (at + fraction) / of };
  if (search !== undefined) event.clusters = t.hyperparameters.clusters!;
  if (last !== undefined) event.last = last;
  t.run.report(event, always && at + 1 === of);
}

/** Frees the snapshots that the run kept on its way. */
export function disposeContext({ best, saved, search }: TrainingContext): void {
  best?.dispose();
  saved?.dispose();
  if (search !== undefined) disposeSearch(search);
}
