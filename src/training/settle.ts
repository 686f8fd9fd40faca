// Settling: accelerated proximal gradient (FISTA) on the whole table, until the zeros are certified.
import type { ResolvedSettle } from '../options/schedules.js';
import { cluster } from './clusters.js';
import { call, goesOn, report, type TrainingContext } from './context.js';
import { divergedIn } from './divergence.js';
import { entryOf } from './epochs.js';
import { validate } from './held-out-loss.js';
import type { HistoryEntry } from './progress.js';
import { checkpoint } from './snapshots.js';
import { begin, isPast, type SettleStep } from './training-state.js';

/** How often settling may start again at the nearest centroids, and the rounds that makes. */
const RELABELLINGS = 4;
const MAX_ROUNDS = 2 + 2 * RELABELLINGS;

/** Rounds of settling and the last clusters, for a penalty with a proximal operator. */
export async function settle(
  t: TrainingContext,
  options: ResolvedSettle,
  hold: number,
): Promise<void> {
  const { state, hyperparameters } = t;
  const isSparse = t.options.sparsity.solver === 'proximal' && hyperparameters.alpha! > 0;
  if (isPast(state, 'settle') || !isSparse || options.iterations === 0) return;
  if (begin(state, 'settle') && state.isFirstLayerOnly) state.settleStep = 'first';
  while (state.settleStep !== 'none' && goesOn(t)) {
    state.settleStep = await settleStep(t, state.settleStep, options, hold);
    const last = state.history.at(-1);
    if (goesOn(t) && last?.phase === 'settle') {
      await validate(t, last, state.isClustered, hyperparameters.alpha!);
    }
    await checkpoint(t);
  }
  const rounds = state.finished.settle;
  report(t, { phase: 'settle', epoch: rounds, epochs: rounds }, 1, true);
  t.run.check();
}

/** One round; returns what comes next. */
async function settleStep(
  t: TrainingContext,
  step: Exclude<SettleStep, 'none'>,
  { iterations, tolerance }: ResolvedSettle,
  hold: number,
): Promise<SettleStep> {
  const { state } = t;
  const share = (part: number) => Math.ceil(iterations * part);
  switch (step) {
    case 'follow':
      await round(t, share(1 / 12), 0, false);
      if (goesOn(t)) await cluster(t, true, hold);
      return state.finished.settle < 2 ? 'follow' : 'all';
    case 'all':
      state.converged = await round(t, share(1 / 2), tolerance, false);
      return state.converged ? relabelled(t) : 'first';
    case 'first':
      state.converged = await round(t, share(1 / 3), tolerance, true);
      return state.converged ? relabelled(t) : 'none';
  }
}

/**
 * Settling is repeated as long as a sample is nearest to another centroid than it was drawn to, so that the
 * certificate holds at the final labels.
 */
async function relabelled(t: TrainingContext): Promise<SettleStep> {
  const { state } = t;
  if (!goesOn(t) || !state.isClustered) return 'none';
  if ((await call(t, (session) => session.relabel())) === 0) return 'none';
  state.converged = false;
  if (++state.relabellings === RELABELLINGS) return 'none';
  return state.isFirstLayerOnly ? 'first' : 'all';
}

/** Returns whether the KKT residual met the tolerance. */
async function round(
  t: TrainingContext,
  iterations: number,
  tolerance: number,
  firstLayerOnly: boolean,
): Promise<boolean> {
  const { state } = t;
  if (!goesOn(t)) return false;
  const epoch = ++state.finished.settle;
  const [alpha, beta] = [t.hyperparameters.alpha!, t.hyperparameters.beta!];
  const plan = { joint: state.isClustered, firstLayerOnly, alpha, beta, iterations, tolerance };
  const count = { phase: 'settle', epoch, epochs: MAX_ROUNDS } as const;
  const progress = (done: number, of: number): void =>
    report(t, count, (epoch - 1 + done / of) / MAX_ROUNDS);
  const outcome = await call(t, (session) => session.settle(plan, progress));
  state.steps += outcome.iterations;
  const entry = entryOf(count, outcome, alpha, beta);
  const isSound = Number.isFinite(entry.total);
  if (outcome.diverged !== null || !(isSound || t.run.stopped)) {
    const at = { phase: 'settle', epoch, step: outcome.iterations + 1 } as const;
    throw divergedIn(t, outcome.diverged ?? 'loss', at);
  }
  if (isSound && (outcome.iterations > 0 || !outcome.stopped)) state.history.push(entry);
  t.run.check();
  return outcome.converged;
}

/**
 * min primary + alpha sparsity, without clusters, to the tolerance of its KKT conditions: one point of
 * a path. All layers first, then the first alone. Returns the losses there, weighted in `total`.
 */
export async function settleAt(
  t: TrainingContext,
  alpha: number,
  { iterations, tolerance }: ResolvedSettle,
): Promise<HistoryEntry> {
  Object.assign(t.hyperparameters, { alpha, beta: 0 });
  const share = (part: number) => Math.ceil(iterations * part);
  t.state.converged =
    (await round(t, share(2 / 3), tolerance, false)) ||
    (await round(t, share(1 / 3), tolerance, true));
  return t.state.history.at(-1)!;
}
