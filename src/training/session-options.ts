// Options as the native session takes them.
import type { NativeSessionOptions } from '../native/session.js';
import type { ResolvedLoss } from '../options/losses.js';
import type { ResolvedTraining } from '../options/options.js';
import { type Caller, nativeLoss } from './primary-loss.js';

/** @param callerOf on whose behalf a loss of the caller's is called */
export function sessionOptions(
  o: ResolvedTraining,
  callerOf: () => Caller | undefined,
): NativeSessionOptions {
  const { learningRate: _, name, ...optimizer } = o.optimizer;
  return {
    ...lossOptions(o.loss, callerOf),
    penalty: o.sparsity.penalty,
    l1Ratio: o.sparsity.l1Ratio,
    M: o.sparsity.M,
    constraint: o.sparsity.constraint,
    distance: o.distance.metric,
    optimizer: name,
    ...optimizer,
    proximal: o.sparsity.proximal,
    activeSet: o.activeSet,
    precision: o.precision,
    weightDecay: o.weightDecay,
    seed: o.seed,
    threads: o.threads,
  };
}

function lossOptions(
  loss: ResolvedLoss,
  callerOf: () => Caller | undefined,
): Pick<NativeSessionOptions, 'loss' | 'lossTargets' | 'coupled' | 'pairWeight' | 'evaluate'> {
  const options = {
    loss: loss.name,
    lossTargets: loss.targets === 'classes' ? 'classes' : 'values',
    coupled: loss.custom?.coupled ?? false,
    pairWeight: loss.graph?.weight ?? 0,
  } as const;
  if (loss.custom === undefined) return options;
  return { ...options, evaluate: nativeLoss(loss.custom, callerOf) };
}
