import { DeepType, type DeepTypeOptions, datasets, type Targets } from '../../src/index.js';

export const { X, y, informative } = datasets.makeClusters({
  samples: 120,
  features: 8,
  informative: 3,
  clusters: 3,
  seed: 3,
});
export const SMALL: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 4 },
  joint: { epochs: 4 },
  settle: { iterations: 48 },
};
export const PHASES = ['pretrain', 'joint', 'settle'];

export async function fitted(
  options: Partial<DeepTypeOptions> = {},
  targets: Targets = y,
): Promise<DeepType> {
  const model = new DeepType({ ...SMALL, ...options });
  await model.fit(X, targets);
  return model;
}

export const allFinite = (values: ArrayLike<number>): boolean =>
  Array.from(values).every(Number.isFinite);
export const weightsOf = (model: DeepType): Float32Array[] =>
  model.network.parameters().map(({ data }) => data);
