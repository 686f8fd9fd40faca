import { type DeepTypeOptions, datasets } from '../../src/index.js';

export const { X, y, informative } = datasets.makeClusters({
  samples: 120,
  features: 8,
  informative: 3,
  clusters: 3,
  centerScale: 2,
  seed: 4,
});

/** A model that is fitted in some milliseconds. */
export const QUICK = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 6 },
  joint: { epochs: 3 },
  settle: { iterations: 40 },
  batchSize: 32,
} satisfies DeepTypeOptions;
