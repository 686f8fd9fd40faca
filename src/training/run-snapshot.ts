// What a run knows: what it goes on from, within a run and from a file.
import type { Scored } from '../clustering/choice.js';
import type { SnapshotHandle } from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';
import type { TrainingState } from './training-state.js';

/** The weights of the objective; they outlive a run. */
export interface Weights {
  /** Undefined until the first sparse step when `sparsity.relativeWeight` is used. */
  alpha: number | undefined;
  alphaMax: number | undefined;
  /** Undefined until the first K-means when `distance.weight` is 'auto'. */
  beta: number | undefined;
  /** K; undefined until the representation was looked at when it is to be chosen. */
  clusters: number | undefined;
}

/** What of them the options say. */
export function initialWeights({ sparsity, distance, clusters }: ResolvedTraining): Weights {
  return {
    alpha: sparsity.weight,
    alphaMax: undefined,
    beta: distance.weight === 'auto' ? undefined : distance.weight,
    clusters: typeof clusters === 'number' ? clusters : undefined,
  };
}

/** What a run knows at one point of it, to go back to. */
export interface Trained extends Pick<Weights, 'beta' | 'clusters'> {
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

/** What a run knows beside its session and the weights of the objective. */
export interface Known {
  readonly state: TrainingState;
  /** How K was chosen, where it was. */
  readonly choice: Scored | undefined;
  /** The search over K that is under way. */
  readonly search: Search | undefined;
  /** The best session by validation of the stage under way. */
  readonly best: SnapshotHandle | undefined;
}

/** Everything the rest of a run depends on, beside its tables and its options. */
export interface Reached extends Known {
  readonly weights: Weights;
  readonly session: SnapshotHandle;
}

/** Who keeps what a run has reached; asked at the end of every epoch. */
export interface Checkpointer {
  readonly isDue: boolean;
  /** Keeps `reached` as it is now; throws where the run should end for want of a file. */
  save(reached: Reached): void;
}

/** Frees the snapshots. */
export function disposeReached({ search, session, best }: Reached): void {
  session.dispose();
  best?.dispose();
  if (search !== undefined) disposeSearch(search);
}

export function disposeSearch({ pretrained, best }: Search): void {
  pretrained.session.dispose();
  best?.trained.session.dispose();
}
