// DeepType (Chen et al. 2020) on one loaded table X (N,D), y; the steps are numbered as in README.
//
//   total = primary + alpha sparsity + beta distance
//
// A run that is continued from a checkpoint passes the steps that lie behind it.
import type { ResolvedTraining } from '../options/options.js';
import type { ResolvedPretrain } from '../options/schedules.js';
import { type Certificate, certify } from './certificate.js';
import { forEachCandidate } from './choose-clusters.js';
import { goesOn, type TrainingContext } from './context.js';
import { initialise } from './initialise.js';
import { trainJointly } from './joint.js';
import { dense, findAlpha, sparse } from './pretrain.js';
import { settle } from './settle.js';

type Schedule = Pick<ResolvedTraining, 'pretrain' | 'joint' | 'settle'>;

export async function fit(t: TrainingContext): Promise<Certificate> {
  await pretrain(t, t.options.pretrain);
  await trainClusters(t, t.options);
  return certify(t); // labels, KKT residual
}

/** Steps 1 to 3, without clusters. */
export async function pretrain(t: TrainingContext, options: ResolvedPretrain): Promise<void> {
  if (t.search !== undefined) return; // its candidates begin after them
  await dense(t, options); // 1. min primary
  if (goesOn(t)) await findAlpha(t); // 2. alpha = relativeWeight alpha_max
  if (goesOn(t)) await sparse(t, options); // 3. min primary + sparsityScale alpha sparsity
}

/** Steps 4 to 7, for the K that was given, or for each of the best K of a range. */
export async function trainClusters(t: TrainingContext, schedule: Schedule): Promise<void> {
  const { pretrain, joint, settle: settling } = schedule;
  await forEachCandidate(t, joint, async () => {
    await initialise(t, joint); // 4. and 5. isometric initialisation, K-means
    await trainJointly(t, joint, pretrain); // 6. min total, K-means after each epoch
    await settle(t, settling, joint.hold); // 7. min total on the whole table
  });
}
