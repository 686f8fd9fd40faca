import { expect } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  type DeepTypeOptions,
  datasets,
  type ErrorCode,
  type MatrixLike,
  type Targets,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';

export const INVALID = 'ERR_INVALID_ARGUMENT';
export const SHAPE = 'ERR_SHAPE_MISMATCH';
export const NON_FINITE = 'ERR_NON_FINITE_INPUT';
export const OPTIONS: DeepTypeOptions = {
  clusters: 2,
  hidden: [4, 3],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 12 },
};
export const table = datasets.makeClusters({
  samples: 20,
  features: 3,
  clusters: 2,
  informative: 2,
  seed: 1,
});
export const rows = table.X.toArray();
export const y = [...table.y];

export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error(`expected ${code}, but the call succeeded`),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(DeepTypeError);
  expect(error).toHaveProperty('code', code);
  return (error as DeepTypeError).message;
}

/** Message with which `fit` rejects; the model must stay unfitted. */
export async function refusal(
  X: unknown,
  labels: unknown,
  code: ErrorCode,
  options: Partial<DeepTypeOptions> = {},
): Promise<string> {
  const model = new DeepType({ ...OPTIONS, ...options });
  const message = await rejection(model.fit(X as MatrixLike, labels as Targets), code);
  messageOf(() => model.predict(rows), 'ERR_NOT_FITTED');
  return message;
}
