// The fits that are killed: each long enough to be met in every phase.
import { createHash } from 'node:crypto';
import { type DeepType, type DeepTypeOptions, datasets } from '../../../src/index.js';

export const { X, y } = datasets.makeClusters({ samples: 600, features: 30, clusters: 4, seed: 2 });

const LONG: DeepTypeOptions = {
  clusters: 4,
  hidden: [32, 16],
  pretrain: { epochs: 30 },
  joint: { epochs: 30, tolerance: 0 },
  settle: { iterations: 600, tolerance: 1e-5 },
};
/** Chooses K: each of three candidates is trained. */
const SEARCH: DeepTypeOptions = {
  ...LONG,
  clusters: { min: 2, max: 6, candidates: 3, scores: ['gap'] },
  pretrain: { epochs: 10 },
  joint: { epochs: 10, tolerance: 0 },
  settle: { iterations: 200, tolerance: 1e-5 },
};
export const FITS: readonly DeepTypeOptions[] = [
  { ...SEARCH, threads: 2 },
  { ...LONG, threads: 1 },
  { ...SEARCH, clusters: 'auto', validation: { fraction: 0.2, patience: 4 }, threads: 1 },
  { ...LONG, activeSet: false, threads: 2, validation: { fraction: 0.2, patience: 12 } },
  {
    ...LONG,
    optimizer: { name: 'sgd', momentum: 0.9 },
    pretrain: { epochs: 30, learningRate: 0.05 },
    joint: { epochs: 30, learningRate: 0.05, reclusterEvery: { steps: 7 } },
  },
];

/** Of everything that a fit finds. */
export function digest(model: DeepType): string {
  const hash = createHash('sha256');
  for (const { data } of model.network.parameters()) hash.update(data);
  hash.update(model.labels).update(model.centroids.data).update(JSON.stringify(model.result));
  return hash.digest('hex');
}
