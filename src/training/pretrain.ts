// Pretraining: the primary loss alone, then with the penalty at a part of its weight.
import type { ResolvedPretrain } from '../options/schedules.js';
import { call, type TrainingContext } from './context.js';
import { divergedIn } from './divergence.js';
import { epochPlan, type StagePlan, trainStage } from './epochs.js';
import { alphaShare } from './objective.js';

/** Epochs of sparse pretraining between looks at the inputs that are left out. */
const CHECK_EVERY = 5;

/** min primary */
export async function dense(t: TrainingContext, options: ResolvedPretrain): Promise<void> {
  const epochs = denseEpochs(options);
  await trainStage(t, stagePlan(t, options, { stage: 'dense', before: 0, epochs, alpha: 0 }));
}

/** min primary + sparsityScale alpha sparsity */
export async function sparse(t: TrainingContext, options: ResolvedPretrain): Promise<void> {
  const before = t.state.finished.dense;
  const epochs = options.epochs - denseEpochs(options);
  const alpha = t.hyperparameters.alpha! * alphaShare('sparse', options.sparsityScale, 0);
  await trainStage(t, stagePlan(t, options, { stage: 'sparse', before, epochs, alpha }));
}

/** alpha_max, and from it alpha = relativeWeight alpha_max where alpha was not given. */
export async function findAlpha(t: TrainingContext): Promise<void> {
  const { hyperparameters, state, options } = t;
  const { weight, relativeWeight } = options.sparsity;
  if (hyperparameters.alpha !== undefined && hyperparameters.alphaMax !== undefined) return;
  const alphaMax = await call(t, (session) => session.alphaMax());
  if (t.run.isCut) return; // once stopped, a caller's loss is not waited for
  if (!Number.isFinite(alphaMax)) {
    const epoch = state.finished.dense + 1;
    throw divergedIn(t, 'gradient', { phase: 'pretrain', epoch, step: 1 });
  }
  hyperparameters.alphaMax = alphaMax;
  hyperparameters.alpha = weight ?? relativeWeight * alphaMax;
}

function denseEpochs({ epochs, denseFraction }: ResolvedPretrain): number {
  return Math.round(epochs * denseFraction);
}

function stagePlan(
  t: TrainingContext,
  options: ResolvedPretrain,
  part: Pick<StagePlan, 'before' | 'epochs' | 'alpha'> & { readonly stage: 'dense' | 'sparse' },
): StagePlan {
  const { learningRate, warmupSteps: alphaWarmup, epochs: of } = options;
  const { stage, before, epochs, alpha } = part;
  const isLast = stage === 'sparse' || denseEpochs(options) === of;
  const plan = (epoch: number) => {
    const checkInputs = (before + epoch) % CHECK_EVERY === 0 || (isLast && epoch === epochs);
    return { ...epochPlan(t), learningRate, alpha, alphaWarmup, checkInputs };
  };
  return { ...part, phase: 'pretrain', of, learningRate, isLast, plan };
}
