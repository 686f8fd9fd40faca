import fc from 'fast-check';
import { junk, mostly, options, some } from './junk.js';
import {
  anyLoss,
  clusterer,
  epochs,
  flag,
  rate,
  seed,
  share,
  size,
  table,
  threads,
} from './values.js';

export const pretrain = options(
  { denseFraction: share, learningRate: rate, warmupSteps: mostly(0, 3) },
  { epochs },
);
export const joint = options(
  {
    learningRate: rate,
    decay: mostly('cosine', 'constant'),
    reclusterEvery: fc.oneof(mostly('epoch', 'batch'), options({ steps: size })),
    stepsPerBatch: size,
    tolerance: mostly(0, 1),
    hold: share,
    restart: mostly('isometric', 'none'),
  },
  { epochs },
);
export const training = {
  loss: anyLoss,
  classWeight: mostly(undefined, undefined, 'balanced', { 0: 1, 1: 2 }),
  sparsity: options({
    penalty: mostly('group-lasso', 'l1', 'l2', 'elastic-net', 'l-infinity', 'hierarchical'),
    weight: mostly(undefined, undefined, undefined, 0, 0.1, 1e30),
    relativeWeight: mostly(undefined, undefined, undefined, 0, 0.5),
    solver: mostly('proximal', 'subgradient'),
    l1Ratio: mostly(0.5, 1),
    M: mostly(10, 0.1, 1e-30, 1e30),
    constraint: options({
      norm: mostly('l1', 'l2', 'l-infinity'),
      axis: mostly('weight', 'input', 'unit'),
      radius: mostly(0.1, 1e-30, 1e30),
    }),
  }),
  distance: options({
    metric: mostly('squared-euclidean', 'euclidean'),
    weight: mostly(0, 1, 'auto', 1e30),
  }),
  optimizer: options({
    name: mostly('adam', 'sgd'),
    learningRate: rate,
    beta1: mostly(0, 0.5),
    momentum: mostly(0, 0.5),
    nesterov: flag,
    epsilon: mostly(1e-8),
  }),
  batchSize: size,
  shuffle: flag,
  weightDecay: mostly(0, 0.01, 1e30),
  clusterer,
  seed,
  threads,
  backend: mostly('auto', 'auto', 'cpu', 'cpu', 'cpu', 'cuda'),
  precision: mostly('float32'),
  activeSet: flag,
};
export const cheap = {
  pretrain,
  joint,
  settle: options({ tolerance: mostly(0.1) }, { iterations: size }),
};
export const clusterRange = options({
  min: some(2, 3),
  max: some(2, 3),
  criterion: some('silhouette', 'gap', 'calinski-harabasz', 'davies-bouldin', 'consensus'),
});
export const estimator = options(
  {
    ...training,
    hidden: mostly([3], [4, 3], [1]),
    activation: mostly('relu', 'tanh', 'gelu'),
    init: fc.oneof(mostly('uniform'), options({ normal: mostly(0.1) })),
    standardize: flag,
    standardizeTargets: flag,
  },
  { ...cheap, clusters: mostly(2, 2, 1, 4) },
);
export const fitOptions = options({
  signal: some(new AbortController().signal, AbortSignal.abort()),
  onProgress: some(() => {}),
  warmStart: flag,
  whileFitting: some('answer', 'busy'),
  sampleWeight: some([1, 2, 0, 1], [0, 0, 0, 0], [1, -1, 1, 1]),
});
export const runOptions = fc.oneof(pretrain, joint, junk);

export const networkOptions = options(
  {
    activation: some('relu', 'sigmoid'),
    init: some('uniform'),
    seed,
    threads,
    hidden: some([3], [2, 2]),
  },
  { inputs: some(2), outputs: size },
);
export const kmeansOptions = options(
  {
    init: fc.oneof(some('k-means++', 'random'), table),
    nInit: size,
    maxIterations: size,
    tolerance: share,
    seed,
    threads,
  },
  { clusters: fc.oneof({ weight: 3, arbitrary: size }, { weight: 1, arbitrary: clusterRange }) },
);
export const mlOptions = options({
  maxIterations: size,
  tolerance: share,
  distanceFunction: some((p: number[], q: number[]) => Math.abs(p[0]! - q[0]!)),
  initialization: fc.oneof(some('kmeans++', 'random', 'mostDistant'), table),
  seed,
});
export const parameters = fc.array(
  options({
    name: some('layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'),
    shape: some([3, 2]),
    data: some(new Float32Array(6), new Float32Array(3), [1, 2, 3]),
  }),
  { maxLength: 5 },
);
export const shapes = {
  samples: some(4, 10),
  features: some(2, 3),
  informative: some(1, 2),
  noise: share,
  seed,
};
