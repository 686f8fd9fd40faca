// The state of a run, from which it continues: within the process, or from a file.
import type { Scored } from '../clustering/choice.js';
import type { SnapshotHandle } from '../native/session.js';
import type { Hyperparameters } from './objective.js';
import type { TrainingState } from './training-state.js';

/** What a run knows at one point of it, to go back to. */
export interface Trained extends Pick<Hyperparameters, 'beta' | 'clusters'> {
  readonly state: TrainingState;
  readonly session: SnapshotHandle;
}

/** The search over K once the criteria have ranked them; as many candidates are over as `choice` has. */
export interface Search {
  /** Where every candidate begins. */
  readonly pretrained: Trained;
  /** K in the order in which they are trained. */
  readonly candidates: readonly number[];
  /** The one to be kept, of those that are trained. */
  best: { readonly silhouette: number; readonly trained: Trained } | undefined;
}

/** Everything that the rest of a run depends on, beside its tables and its options. */
export interface RunSnapshot {
  readonly state: TrainingState;
  /** How K was chosen, where it was. */
  readonly choice: Scored | undefined;
  /** The search over K that is under way. */
  readonly search: Search | undefined;
  /** The best session by validation of the stage under way. */
  readonly best: SnapshotHandle | undefined;
  readonly hyperparameters: Hyperparameters;
  readonly session: SnapshotHandle;
}

/** Who keeps snapshots of a run; asked at the end of every epoch. */
export interface Checkpointer {
  readonly isDue: boolean;
  /** Keeps `snapshot` as it is now; throws where the run should end for want of a file. */
  save(snapshot: RunSnapshot): void;
}

/** Frees the snapshots. */
export function disposeRunSnapshot({ search, session, best }: RunSnapshot): void {
  session.dispose();
  best?.dispose();
  if (search !== undefined) disposeSearch(search);
}

export function disposeSearch({ pretrained, best }: Search): void {
  pretrained.session.dispose();
  best?.trained.session.dispose();
}
