// What training minimises, for a network with first layer W_1 and representation H (N,R), and centroids C (K,R):
//
//   total = primary + alpha sparsity(W_1) + beta distance(H, C)
import type { NativeLossParts } from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';
import type { Stage } from './training-state.js';

/** alpha, beta and K; they outlive a run. */
export interface Hyperparameters {
  /** Undefined until the first sparse step when `sparsity.relativeWeight` is used. */
  alpha: number | undefined;
  /** The least alpha that empties the first layer after dense pretraining. */
  alphaMax: number | undefined;
  /** Undefined until the first K-means when `distance.weight` is 'auto'. */
  beta: number | undefined;
  /** K; undefined until the representation was looked at when it is to be chosen. */
  clusters: number | undefined;
}

/** What of them the options say. */
export function initialHyperparameters({
  sparsity,
  distance,
  clusters,
}: ResolvedTraining): Hyperparameters {
  return {
    alpha: sparsity.weight,
    alphaMax: undefined,
    beta: distance.weight === 'auto' ? undefined : distance.weight,
    clusters: typeof clusters === 'number' ? clusters : undefined,
  };
}

export function totalLoss(
  { primary, sparsity, distance }: NativeLossParts,
  alpha: number,
  beta: number,
): number {
  return primary + alpha * sparsity + beta * distance;
}

/**
 * The share of alpha in force in a stage, of which the share `done` is over: none in dense pretraining,
 * `sparsityScale` in sparse pretraining, from there linearly to 1 in the joint phase. Where alpha warms up, the core
 * multiplies it by 1 - exp(-step / warmupSteps).
 */
export function alphaShare(stage: Stage, sparsityScale: number, done: number): number {
  switch (stage) {
    case 'dense':
      return 0;
    case 'sparse':
      return sparsityScale;
    case 'joint':
      return sparsityScale + (1 - sparsityScale) * done;
    case 'settle':
      return 1;
  }
}

/** beta of `distance.weight: 'auto'`: r^4 / (r^4 + 3^4) for clusters of the ratio r = B/W of scatters. */
export function automaticBeta(separation: number): number {
  const power = separation ** 4;
  return power === Number.POSITIVE_INFINITY ? 1 : power / (power + 3 ** 4);
}
