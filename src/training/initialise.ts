// How the joint phase begins: a network that keeps the geometry of the live inputs, and its clusters.
import { invalidArgument } from '../common/errors.js';
import type { ResolvedJoint } from '../options/schedules.js';
import { RESTART_SCALE } from '../options/schedules.js';
import { cluster } from './clusters.js';
import { call, goesOn, type TrainingContext } from './context.js';
import { automaticBeta } from './objective.js';
import { findAlpha } from './pretrain.js';
import { begin, isPast } from './training-state.js';

/** Isometric initialisation, K-means, beta; nothing where the joint phase was begun before. */
export async function initialise(t: TrainingContext, options: ResolvedJoint): Promise<void> {
  if (isPast(t.state, 'joint')) return;
  if (goesOn(t)) await findAlpha(t);
  if (!goesOn(t)) return;
  if (options.reclusterEvery !== 'epoch' && t.options.clusterer !== undefined) {
    const expected = `'epoch' where a clusterer is given`;
    throw invalidArgument('joint.reclusterEvery', expected, options.reclusterEvery);
  }
  if (!begin(t.state, 'joint')) return;
  if (options.restart === 'isometric') await isometric(t);
  else t.session.resetOptimizer();
  if (options.reclusterEvery !== 'batch') await cluster(t, false, 0);
  if (goesOn(t)) await findBeta(t);
}

/** The network becomes a linear map that keeps the distances of samples in the live inputs. */
export async function isometric(t: TrainingContext): Promise<void> {
  await call(t, (session) => session.restart(RESTART_SCALE));
}

async function findBeta(t: TrainingContext): Promise<void> {
  const { hyperparameters, state, options } = t;
  const { weight } = options.distance;
  if (hyperparameters.beta !== undefined) return;
  if (weight !== 'auto') hyperparameters.beta = weight;
  else if (state.isClustered) {
    const separation = await call(t, (session) => session.separation());
    if (!t.run.isCut) hyperparameters.beta = automaticBeta(separation);
  } else hyperparameters.beta = 1;
}
