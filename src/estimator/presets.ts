import type { DeepTypeOptions } from '../options/options.js';

/**
 * The schedule of torch-deeptype 0.1.2: Adam on the subgradient of the L2,1 norm, the unsquared
 * distance, K-means in every batch and inner steps with its centroids fixed, no standardisation.
 */
export const torchDeeptype = {
  loss: 'cross-entropy',
  hidden: [64, 64, 32],
  activation: 'relu',
  standardize: false,
  standardizeTargets: false,
  sparsity: { penalty: 'group-lasso', weight: 0.01, solver: 'subgradient' },
  distance: { metric: 'euclidean', weight: 0.5 },
  optimizer: { name: 'adam' },
  pretrain: { epochs: 10, denseFraction: 0, learningRate: 1e-3, sparsityScale: 1 },
  joint: {
    epochs: 15,
    learningRate: 1e-4,
    decay: 'constant',
    reclusterEvery: 'batch',
    stepsPerBatch: 8,
    tolerance: 0,
    hold: 0,
    restart: 'none',
  },
  settle: { iterations: 0 },
  batchSize: 64,
  weightDecay: 0,
} as const satisfies Omit<DeepTypeOptions, 'clusters'>;

/**
 * The authors' release: sigmoid units, initial values from N(0, 0.02^2), alpha warmed up as
 * alpha (1 - exp(-t/300)), the squared distance, K-means on the whole training set every 100 steps.
 */
export const chen2020 = {
  loss: 'cross-entropy',
  hidden: [1024, 512],
  activation: 'sigmoid',
  init: { normal: 0.02 },
  standardize: false,
  standardizeTargets: false,
  sparsity: { penalty: 'group-lasso', weight: 0.006, solver: 'subgradient' },
  distance: { metric: 'squared-euclidean', weight: 1.2 },
  optimizer: { name: 'adam' },
  pretrain: {
    epochs: 30,
    denseFraction: 0,
    learningRate: 1e-3,
    sparsityScale: 1,
    warmupSteps: 300,
  },
  joint: {
    epochs: 100,
    learningRate: 1e-3,
    decay: 'constant',
    reclusterEvery: { steps: 100 },
    stepsPerBatch: 1,
    tolerance: 0,
    hold: 0,
    restart: 'none',
  },
  settle: { iterations: 0 },
  batchSize: 256,
  weightDecay: 0,
} as const satisfies Omit<DeepTypeOptions, 'clusters'>;
