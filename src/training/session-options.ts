// Options as the native session takes them.
import { nativeOptions } from '../common/option.js';
import type { NativeLoss, NativeSessionOptions } from '../native/session.js';
import type { ResolvedLoss } from '../options/losses.js';
import { type ResolvedTraining, TRAINING } from '../options/options.js';
import { type Caller, nativeLoss } from './primary-loss.js';

/**
 * The options that their table marks as native, and the loss.
 *
 * @param callerOf on whose behalf a loss of the caller's is called
 */
export function sessionOptions(
  options: ResolvedTraining,
  callerOf: () => Caller | undefined,
): NativeSessionOptions {
  return {
    ...lossOptions(options.loss, callerOf),
    ...nativeOptions(TRAINING, options),
    proximal: options.sparsity.solver === 'proximal',
  };
}

function lossOptions(loss: ResolvedLoss, callerOf: () => Caller | undefined): NativeLoss {
  const options = {
    loss: loss.name,
    lossTargets: loss.targets === 'classes' ? 'classes' : 'values',
    coupled: loss.custom?.coupled ?? false,
    pairWeight: loss.graph?.weight ?? 0,
  } as const;
  if (loss.custom === undefined) return options;
  return { ...options, evaluate: nativeLoss(loss.custom, callerOf) };
}
