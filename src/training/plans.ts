import type { ClusterPlan, EpochPlan } from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';

/** K-means from the last centroids, or from the best of ten k-means++ starts. */
export function clusterPlan(clusters: number, warm: boolean, hold: number): ClusterPlan {
  return { clusters, warm, restarts: warm ? 1 : 10, maxIterations: 300, tolerance: 1e-4, hold };
}

/** What all epochs of a fit have in common; a phase fills in the rest. */
export function epochPlan({ batchSize, shuffle }: ResolvedTraining, clusters: number): EpochPlan {
  return {
    joint: false,
    learningRate: 0,
    alpha: 0,
    beta: 0,
    alphaWarmup: 0,
    batchSize,
    shuffle,
    stepsPerBatch: 1,
    clusterEveryBatch: false,
    clusterEverySteps: 0,
    checkInputs: false,
    cluster: { ...clusterPlan(clusters, false, 0), restarts: 1 },
  };
}

/** beta of `distance.weight: 'auto'` for clusters of the given ratio B/W. */
export function automaticBeta(separation: number): number {
  const power = separation ** 4;
  return power === Number.POSITIVE_INFINITY ? 1 : power / (power + 3 ** 4);
}
