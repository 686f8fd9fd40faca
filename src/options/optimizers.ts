import { boolean, checkKeys, number, oneOf } from '../common/checks.js';
import type { Name } from '../common/name.js';

/**
 * `adam` (Kingma & Ba 2015) or `sgd` with momentum. In the first layer both take one step size for
 * all weights of an input, so that the penalty's proximal operator is exact; with the subgradient
 * solver Adam is PyTorch's throughout.
 */
export interface OptimizerOptions {
  /** Default 'adam'. */
  name?: Name<'adam' | 'sgd'>;
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

export type ResolvedOptimizer = Required<Omit<OptimizerOptions, 'name'>> & {
  name: 'adam' | 'sgd';
};

/** Checks the `optimizer` option. */
export function resolveOptimizer(optimizer: unknown): ResolvedOptimizer {
  const options = checkKeys('optimizer', optimizer, [
    'name',
    'learningRate',
    'beta1',
    'beta2',
    'epsilon',
    'momentum',
    'nesterov',
    'maxGradientNorm',
  ]);
  const share = { min: 0, exclusiveMax: 1 };
  return {
    name: oneOf('optimizer.name', options.name ?? 'adam', ['adam', 'sgd']),
    learningRate: learningRate('optimizer.learningRate', options.learningRate ?? 1e-3),
    beta1: number('optimizer.beta1', options.beta1 ?? 0.9, share),
    beta2: number('optimizer.beta2', options.beta2 ?? 0.999, share),
    epsilon: number('optimizer.epsilon', options.epsilon ?? 1e-8, { exclusiveMin: 0 }),
    momentum: number('optimizer.momentum', options.momentum ?? 0, share),
    nesterov: boolean('optimizer.nesterov', options.nesterov ?? false),
    maxGradientNorm:
      options.maxGradientNorm === undefined
        ? Number.POSITIVE_INFINITY
        : number('optimizer.maxGradientNorm', options.maxGradientNorm, { exclusiveMin: 0 }),
  };
}

export function learningRate(name: string, value: unknown): number {
  return number(name, value, { exclusiveMin: 0 });
}
