// Joint training: all three terms, with centroids that K-means moves after each epoch.
import type { EpochPlan } from '../native/session.js';
import type { ResolvedJoint, ResolvedPretrain } from '../options/schedules.js';
import { cluster } from './clusters.js';
import { goesOn, type TrainingContext } from './context.js';
import { epochPlan, trainStage } from './epochs.js';
import { alphaShare } from './objective.js';
import type { HistoryEntry } from './progress.js';
import { isPast } from './training-state.js';

/** min primary + alpha sparsity + beta distance, alpha rising from `sparsityScale` of it to all of it */
export async function trainJointly(
  t: TrainingContext,
  options: ResolvedJoint,
  { sparsityScale, warmupSteps }: ResolvedPretrain,
): Promise<void> {
  if (isPast(t.state, 'joint') || !goesOn(t)) return;
  const { epochs, learningRate } = options;
  const alpha = t.hyperparameters.alpha!;
  const shareAt = (epoch: number): number => alphaShare('joint', sparsityScale, epoch / epochs);
  const common = { ...jointPlan(t, options), alphaWarmup: warmupSteps };
  const plan = (epoch: number): EpochPlan => ({
    ...common,
    learningRate: learningRate * decay(options, (epoch - 1) / epochs),
    alpha: alpha * shareAt(epoch),
  });
  const recluster = (entry: HistoryEntry): Promise<boolean> =>
    hasConverged(t, options, entry, shareAt(entry.epoch) === 1);
  const phase = { stage: 'joint', phase: 'joint', before: 0, of: epochs, isLast: true } as const;
  await trainStage(
    t,
    { ...phase, epochs, learningRate, alpha, plan },
    options.reclusterEvery === 'epoch' ? recluster : undefined,
  );
}

/** What all epochs of the phase have in common. */
function jointPlan(t: TrainingContext, options: ResolvedJoint): EpochPlan {
  return {
    ...epochPlan(t),
    joint: true,
    beta: t.hyperparameters.beta!,
    stepsPerBatch: options.stepsPerBatch,
    clusterEveryBatch: options.reclusterEvery === 'batch',
    clusterEverySteps: options.reclusterSteps,
    checkInputs: true,
  };
}

/** What the learning rate is multiplied by once the share `done` of the epochs is over. */
function decay({ decay }: ResolvedJoint, done: number): number {
  return decay === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1;
}

/** Clusters after an epoch; whether neither clusters nor total change any more, at the whole of alpha. */
async function hasConverged(
  t: TrainingContext,
  { tolerance, hold }: ResolvedJoint,
  entry: HistoryEntry,
  isWhole: boolean,
): Promise<boolean> {
  const { state } = t;
  entry.changedAssignments = await cluster(t, true, hold);
  state.history.amend(entry);
  const isStill =
    entry.changedAssignments < tolerance * t.rows &&
    Math.abs(entry.total - state.lastTotal) < tolerance * Math.abs(entry.total);
  state.lastTotal = entry.total;
  state.converged = isStill && isWhole;
  return state.converged;
}
