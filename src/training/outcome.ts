// What a fit ends with.
import type { ClusterChoice } from '../clustering/choice.js';
import type { Classes } from '../data/labels.js';
import type { Matrix } from '../data/matrix.js';
import type { Scalers } from '../preprocessing/target-scaler.js';
import type { History } from './history.js';
import type { Hyperparameters } from './objective.js';
import type { HistoryEntry } from './progress.js';
import type { TrainingState } from './training-state.js';

/** A run that has ended. */
export interface EndedRun {
  readonly state: TrainingState;
  /** By `stop`. */
  readonly stopped: boolean;
}

/**
 * Why a run ended: 'converged', the KKT residual met its tolerance; 'early-stopped', the rows held out
 * ended pretraining or the joint phase; 'stopped', by `stop()`; 'epochs', it is over.
 */
export type StopReason = 'converged' | 'epochs' | 'early-stopped' | 'stopped';

export function stopReason({ state, stopped }: EndedRun): StopReason {
  if (stopped) return 'stopped';
  if (state.earlyStopped) return 'early-stopped';
  return state.converged ? 'converged' : 'epochs';
}

/** Losses, alpha and the certificate are those of standardised targets where the model has a `targetScaling`. */
export interface FitResult {
  readonly stopReason: StopReason;
  /** Largest KKT residual of the first layer, the certificate of its zeros; compare it with alpha. */
  readonly kktResidual: number;
  readonly alpha: number;
  readonly alphaMax: number;
  readonly beta: number;
  /** K. */
  readonly clusters: number;
  /** How K was chosen, where `clusters` is a range. */
  readonly clusterChoice?: ClusterChoice;
  readonly history: readonly HistoryEntry[];
  /** Optimiser steps, and iterations of settling. */
  readonly steps: number;
  /** Runs of K-means during training. With a range, steps, clusterings and history are those of the chosen K. */
  readonly clusterings: number;
}

/** What a fit came to, as the model keeps it. */
export interface Outcome extends Omit<FitResult, 'history'> {
  readonly history: History;
}

/** Centroids (K x R) and the cluster of every row of X. */
export interface Clusters {
  readonly centroids: Matrix;
  readonly labels: Int32Array;
}

/** What a fit found beside the network; of a new one only the first three. */
export interface Found extends Scalers {
  readonly classes: Classes | undefined;
  readonly clusters?: Clusters | undefined;
  readonly hyperparameters?: Hyperparameters;
  readonly result?: Outcome | undefined;
}
