import { DeepTypeError } from '../common/errors.js';
import type { TrainingContext } from './context.js';
import type { Phase } from './progress.js';

/** Where training stopped being finite, and what is known of it. */
export interface Divergence {
  /** What was not finite first; of a gradient, also its squares. */
  readonly what: 'loss' | 'gradient';
  /** Undefined for a single step of the middle level. */
  readonly at: { readonly phase: Phase; readonly epoch: number; readonly step: number } | undefined;
  /** Undefined where there is none: settling. */
  readonly learningRate: { readonly name: string; readonly value: number } | undefined;
  readonly isClipped: boolean;
  /** Whether no step was taken before. */
  readonly isFirst: boolean;
  /** Largest magnitude of the inputs, as the network sees them. */
  readonly largestInput: number;
}

/** Inputs beyond this are not standardised, whatever they are. */
const LARGE = 1e4;

/** `ERR_DIVERGED`: says where, and what to do. */
export function diverged(divergence: Divergence): DeepTypeError {
  const { what, at } = divergence;
  const where = at === undefined ? '' : ` in phase ${at.phase}, epoch ${at.epoch}, step ${at.step}`;
  const advice = adviceOn(divergence).join(', or ');
  return new DeepTypeError(
    'ERR_DIVERGED',
    `the ${what} became non-finite${where}: ${advice}; the last finite weights are kept`,
  );
}

/** The same in a phase of a run. */
export function divergedIn(
  { options, state, largestInput }: TrainingContext,
  what: Divergence['what'],
  at: Divergence['at'],
  learningRate?: Divergence['learningRate'],
): DeepTypeError {
  return diverged({
    what,
    at,
    learningRate,
    isClipped: Number.isFinite(options.optimizer.maxGradientNorm),
    isFirst: state.steps === 0,
    largestInput: largestInput(),
  });
}

function adviceOn(divergence: Divergence): string[] {
  const { learningRate, isClipped, isFirst, largestInput } = divergence;
  const advice: string[] = [];
  if (largestInput > LARGE) {
    advice.push(`standardize the inputs (the largest is ${largestInput.toPrecision(2)})`);
  }
  if (isFirst) {
    // No step has moved the weights: no smaller step would have helped.
    if (advice.length === 0)
      advice.push('look at the scale of the targets and of the first weights');
    return advice;
  }
  if (learningRate === undefined) return [...advice, 'raise weightDecay'];
  advice.push(`lower ${learningRate.name} (now ${learningRate.value})`);
  if (!isClipped) advice.push('clip the gradient (optimizer.maxGradientNorm)');
  return advice;
}

/** max |x| of the values that are finite; 0 of none. */
export function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (const x of values) largest = Math.max(largest, Number.isFinite(x) ? Math.abs(x) : 0);
  return largest;
}
