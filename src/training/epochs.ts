// Epochs of a stage: dense, sparse or joint. The loop over mini-batches is in the native core.
import type { EpochOutcome, EpochPlan, NativeLossParts } from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';
import { clusterPlan } from './clusters.js';
import { type Count, call, goesOn, report, type TrainingContext } from './context.js';
import { divergedIn } from './divergence.js';
import { judge } from './held-out-loss.js';
import { totalLoss } from './objective.js';
import type { HistoryEntry } from './progress.js';
import { checkpoint } from './snapshots.js';
import { begin, isPast, type Stage } from './training-state.js';

/** Epochs that a native call is asked for, where nothing has to happen between them. */
const EPOCHS_A_CALL = 16;

export interface StagePlan {
  readonly stage: Exclude<Stage, 'settle'>;
  readonly epochs: number;
  /** The phase that the stage is part of, its epochs, and those of them before the stage. */
  readonly phase: 'pretrain' | 'joint';
  readonly of: number;
  readonly before: number;
  /** Of an epoch of the stage, from 1. */
  readonly plan: (epoch: number) => EpochPlan;
  /** The one that was asked for. */
  readonly learningRate: number;
  /** In force at the end of the stage: every epoch of it is judged by the total at this alpha. */
  readonly alpha: number;
  /** Whether the phase ends with this stage. */
  readonly isLast: boolean;
}

/** Told of each epoch; whether the stage is over. */
type IsStageOver = (entry: HistoryEntry) => Promise<boolean>;

/**
 * Runs the epochs of a stage that are still to come, until they are done, the run is stopped, `isStageOver` says so,
 * or the rows held out do. With `restoreBest` it ends at the best of them.
 */
export async function trainStage(
  t: TrainingContext,
  plan: StagePlan,
  isStageOver?: IsStageOver,
): Promise<void> {
  const { state } = t;
  if (isPast(state, plan.stage)) return;
  begin(state, plan.stage);
  for (let isOver = false; !isOver && state.finished[plan.stage] < plan.epochs && goesOn(t); ) {
    isOver = await advance(t, plan, isStageOver);
  }
  if (!goesOn(t) || !t.options.validation?.restoreBest || state.sinceBest === 0) return;
  await call(t, (session) => session.restore(t.best!));
  state.sinceBest = 0;
  state.converged = false;
}

/** One native call, and what follows its last epoch; whether the stage is over. */
async function advance(
  t: TrainingContext,
  plan: StagePlan,
  isStageOver: IsStageOver | undefined,
): Promise<boolean> {
  const { stage, epochs, phase, of, before, alpha } = plan;
  const { state } = t;
  const isWatched = isStageOver !== undefined || t.isValidated || t.checkpointer !== undefined;
  const from = state.finished[stage] + 1;
  const entry = await runEpochs(t, plan, from, isWatched ? from : epochs);
  const epoch = entry.epoch - before;
  state.finished[stage] = epoch - 1;
  const isDone = goesOn(t) && ((await isStageOver?.(entry)) ?? false);
  if (goesOn(t)) await judge(t, entry, stage === 'joint', alpha);
  if (!goesOn(t)) return true;
  state.finished[stage] = epoch;
  const { patience = Number.POSITIVE_INFINITY } = t.options.validation ?? {};
  const isEarly = state.sinceBest >= patience && !isDone && epoch < epochs;
  if (isEarly) {
    state.earlyStopped = true;
    state.isFirstLayerOnly = stage === 'joint';
  }
  const isOver = isDone || isEarly;
  const isEnd = plan.isLast && (isOver || epoch === epochs);
  report(t, { phase, epoch: entry.epoch, epochs: of }, isEnd ? 1 : entry.epoch / of, isEnd);
  t.run.check();
  if (!isOver) await checkpoint(t);
  return isOver;
}

/** The epochs of a stage from `from` up to `to`, or as many of them as a native call takes; the last entry. */
async function runEpochs(
  t: TrainingContext,
  stage: StagePlan,
  from: number,
  to: number,
): Promise<HistoryEntry> {
  const { phase, of: epochs, before } = stage;
  const count = Math.min(to - from + 1, EPOCHS_A_CALL);
  const plans = Array.from({ length: count }, (_, i) => stage.plan(from + i));
  const at = (i: number): Count => ({ phase, epoch: before + from + i, epochs });
  const progress = (done: number, of: number): void => {
    const i = Math.max(0, Math.ceil(done / of) - 1);
    report(t, at(i), (before + from - 1 + done / of) / epochs);
  };
  const outcomes = await call(t, (session) => session.epochs(plans, progress));
  const entries = outcomes.map((outcome, i) =>
    record(t, at(i), outcome, plans[i]!.beta, stage.learningRate),
  );
  return entries.at(-1)!;
}

function record(
  t: TrainingContext,
  at: Count,
  outcome: EpochOutcome,
  beta: number,
  learningRate: number,
): HistoryEntry {
  const { state } = t;
  const { phase, epoch } = at;
  state.steps += outcome.steps;
  state.clusterings += outcome.clusterings;
  if (outcome.diverged !== null) {
    const name = `${phase}.learningRate`;
    const step = outcome.steps + 1;
    throw divergedIn(t, outcome.diverged, { phase, epoch, step }, { name, value: learningRate });
  }
  const entry = entryOf(at, outcome, outcome.alpha, beta);
  if (outcome.steps > 0) state.history.push(entry); // none where the run was stopped first
  return entry;
}

/** What the history says of an epoch or a round. */
export function entryOf(
  { phase, epoch }: Count,
  { parts, selected }: { parts: NativeLossParts; selected: number },
  alpha: number,
  beta: number,
): HistoryEntry {
  const total = totalLoss(parts, alpha, beta);
  return { phase, epoch, ...parts, total, selectedFeatures: selected };
}

/** What all epochs of a fit have in common; a stage fills in the rest. The clusters are 1 until K is known. */
export function epochPlan({ options, hyperparameters }: TrainingContext): EpochPlan {
  const { batchSize, shuffle }: ResolvedTraining = options;
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
    cluster: { ...clusterPlan(hyperparameters.clusters ?? 1, false, 0), restarts: 1 },
  };
}
