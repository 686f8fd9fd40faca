import type { Name } from '../common/name.js';
import * as option from '../common/option.js';

/** One entry an optimiser; the formulas are in native/core/terms/optimizers. */
export const OPTIMIZERS = [
  'adam', // Kingma & Ba 2015
  'sgd', // with momentum
] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/**
 * `adam` (Kingma & Ba 2015) or `sgd` with momentum. In the first layer both take one step size for
 * all weights of an input, so that the penalty's proximal operator is exact; with the subgradient
 * solver Adam is PyTorch's throughout.
 */
export interface OptimizerOptions {
  /** Default 'adam'. */
  name?: Name<OptimizerName>;
  /** Of `Trainer.step`, and the default of every phase that does not give its own. Default 1e-3. */
  learningRate?: number;
  /** Adam; default 0.9. */
  beta1?: number;
  /** Adam; default 0.999. */
  beta2?: number;
  /** Adam; default 1e-8. */
  epsilon?: number;
  /** SGD; default 0. */
  momentum?: number;
  /** SGD; default false. */
  nesterov?: boolean;
  /**
   * Clips the gradient: where its L2 norm over all parameters is greater, the step is that of the
   * objective scaled by maxGradientNorm / norm (Pascanu et al. 2013; `clip_grad_norm_` of PyTorch), see
   * docs/explanation/divergence.md. Default: no clipping.
   */
  maxGradientNorm?: number;
}

const SHARE = { min: 0, exclusiveMax: 1 };

export const LEARNING_RATE = option.number({ exclusiveMin: 0 });

export const OPTIMIZER = option.group(
  {
    name: { check: option.oneOf(OPTIMIZERS), default: 'adam', native: 'optimizer' },
    learningRate: { check: LEARNING_RATE, default: 1e-3 },
    beta1: { check: option.number(SHARE), default: 0.9, native: true },
    beta2: { check: option.number(SHARE), default: 0.999, native: true },
    epsilon: { check: option.number({ exclusiveMin: 0 }), default: 1e-8, native: true },
    momentum: { check: option.number(SHARE), default: 0, native: true },
    nesterov: { check: option.boolean, default: false, native: true },
    maxGradientNorm: {
      check: option.number({ exclusiveMin: 0 }),
      absent: 'no clipping',
      native: true,
    },
  },
  (o) => ({ ...o, maxGradientNorm: o.maxGradientNorm ?? Number.POSITIVE_INFINITY }),
);

export type ResolvedOptimizer = ReturnType<typeof OPTIMIZER>;
