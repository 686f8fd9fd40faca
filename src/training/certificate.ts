// How a run ends: final labels, and the largest KKT residual, which certifies the zeros of the first layer.
import { choose } from './choose-clusters.js';
import { label } from './clusters.js';
import { call, goesOn, type TrainingContext } from './context.js';
import { findAlpha } from './pretrain.js';
import { checkpoint } from './snapshots.js';

export interface Certificate {
  readonly kktResidual: number;
  /** The clusters of the rows held out, where there are any. */
  readonly heldOutLabels: Int32Array | undefined;
}

/** Labels all rows and takes the KKT residual of the network as it is. */
export async function certify(t: TrainingContext): Promise<Certificate> {
  await complete(t);
  await finish(t);
  const residual = await kktResidual(t);
  const isLabelled = t.isValidated && t.state.isClustered;
  const heldOutLabels = isLabelled ? await call(t, (session) => session.labelHeldOut()) : undefined;
  return { kktResidual: residual, heldOutLabels };
}

/** Says that nothing is left to train; the last checkpoint then holds the whole run. */
async function complete(t: TrainingContext): Promise<void> {
  if (!goesOn(t) || t.state.stage === 'end') return;
  t.state.stage = 'end';
  await checkpoint(t, true);
}

/**
 * Ends a run, also one that was stopped: clusters where there are none yet, or every batch had its own; and every row
 * in that of its nearest centroid.
 */
export async function finish(t: TrainingContext): Promise<void> {
  t.run.beginEnd();
  await findAlpha(t);
  const { clusters: range } = t.options;
  if (t.hyperparameters.clusters === undefined && typeof range !== 'number') {
    await choose(t, range);
  }
  await label(t);
}

/** After `finish`: max_j of |g_j + alpha w_j/|w_j|| for a live input, of max(0, |g_j| - alpha) for another. */
export function kktResidual(t: TrainingContext): Promise<number> {
  const { alpha = 0, beta = 0 } = t.hyperparameters;
  return call(t, (session) => session.kktResidual(t.state.isClustered, alpha, beta));
}
