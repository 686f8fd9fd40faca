import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type Matrix,
  Network,
  type OptimizerOptions,
  type Parameter,
  Trainer,
  type TrainingOptions,
} from '../../src/index.js';

// The steps themselves are held against PyTorch's clip_grad_norm_ in parity/torch.test.ts.

const ALPHA = 0.05;
const { X, y } = datasets.makeClusters({ samples: 60, features: 12, clusters: 3, seed: 4 });

function subject(
  optimizer: OptimizerOptions,
  options: Partial<TrainingOptions> = {},
  hidden: readonly number[] = [9, 5],
  inputs = 12,
): { network: Network; trainer: Trainer } {
  const network = new Network({ inputs, hidden, outputs: 3, seed: 6 });
  const trainer = new Trainer({
    network,
    clusters: 3,
    optimizer,
    sparsity: { weight: ALPHA },
    weightDecay: 0,
    ...options,
  });
  return { network, trainer };
}

function stepped(
  optimizer: OptimizerOptions,
  steps: number,
  options: Partial<TrainingOptions> = {},
): Parameter[] {
  const { network, trainer } = subject(optimizer, options);
  for (let k = 0; k < steps; k++) trainer.step(X, y);
  return network.parameters();
}

/** |g|_2 of the smooth part: the gradients of the total without the penalty. */
function smoothNorm(): number {
  const { trainer } = subject({ name: 'sgd' }, { sparsity: { weight: 0 } });
  const squares = trainer.gradients(X, y).flatMap(({ data }) => Array.from(data, (g) => g * g));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}

function expectClose(ours: readonly Parameter[], theirs: readonly Parameter[], bound: number) {
  theirs.forEach(({ name, data }, k) => {
    const largest = data.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    const worst = data.reduce((most, w, i) => Math.max(most, Math.abs(w - ours[k]!.data[i]!)), 0);
    expect(worst, name).toBeLessThanOrEqual(bound * largest);
  });
}

describe('optimizer.maxGradientNorm', () => {
  it('makes of a step of SGD a shorter one, the prox with it', () => {
    const norm = smoothNorm();
    for (const share of [0.9, 0.3, 0.01]) {
      const clipped = { name: 'sgd', learningRate: 0.1, maxGradientNorm: share * norm } as const;
      const shorter = { name: 'sgd', learningRate: 0.1 * share } as const;
      expectClose(stepped(clipped, 1), stepped(shorter, 1), 2e-7);
    }
  });

  it('leaves a gradient that is shorter as it is', () => {
    for (const solver of ['proximal', 'subgradient'] as const) {
      for (const name of ['adam', 'sgd'] as const) {
        const options = { sparsity: { weight: ALPHA, solver } };
        expectClose(
          stepped({ name, maxGradientNorm: 1e6 }, 20, options),
          stepped({ name }, 20, options),
          1e-6,
        );
      }
    }
  });

  it('does not change where training comes to rest', () => {
    // Clipped all the way: of a gradient of the smooth part that stays, only the length is lost.
    const full = { name: 'sgd', learningRate: 0.05 } as const;
    const clipped = { ...full, learningRate: 0.5, maxGradientNorm: 1e-3 };
    const options = { loss: 'mse' } as const;
    const at = (optimizer: OptimizerOptions, steps: number) => {
      const { network, trainer } = subject(optimizer, { ...options, sparsity: { weight: 0.4 } });
      const targets = Array.from(y, (k) => [k, 1 - k, 0.5]);
      for (let k = 0; k < steps; k++) trainer.step(X, targets);
      return Array.from(network.inputImportance(), (norm) => norm > 0);
    };
    // A penalty that was not scaled with the gradient would empty the whole layer.
    expect(at(clipped, 1500)).toContain(true);
    expect(at(full, 1500)).toContain(true);
  });

  it('gives the same bits for 1, 2 and 3 threads', () => {
    const wide = datasets.makeClusters({ samples: 48, features: 700, clusters: 3, seed: 4 });
    for (const solver of ['proximal', 'subgradient'] as const) {
      const [one, two, three] = [1, 2, 3].map((threads) => {
        const options = { threads, sparsity: { weight: ALPHA, solver } };
        const { network, trainer } = subject({ maxGradientNorm: 0.01 }, options, [300, 20], 700);
        for (let k = 0; k < 3; k++) trainer.step(wide.X, wide.y);
        return network.parameters();
      });
      expect(two).toEqual(one);
      expect(three).toEqual(one);
    }
  });

  it('saves a fit from what would make it diverge', async () => {
    const outliers = Float32Array.from(y, (k, i) => (i % 20 === 0 ? 1e4 : k));
    const options: DeepTypeOptions = {
      clusters: 3,
      loss: 'mse',
      standardizeTargets: false,
      hidden: [8, 4],
      pretrain: { epochs: 4 },
      joint: { epochs: 4 },
      batchSize: 10,
    };
    const fitted = (optimizer: OptimizerOptions) =>
      new DeepType({ ...options, optimizer }).fit(X, outliers);
    const plain = { name: 'sgd', learningRate: 0.05 } as const;
    await expect(fitted(plain)).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    const { history } = await fitted({ ...plain, maxGradientNorm: 1 });
    expect(history.every(({ total }) => Number.isFinite(total))).toBe(true);
  });

  it('goes with bf16, a loss of the caller, the active set, a constraint and a skip connection', async () => {
    const mine: DeepTypeOptions['loss'] = {
      targets: 'values',
      outputs: 1,
      evaluate: (outputs, targets) => halfSquares(outputs, targets as Matrix),
    };
    const values = Float32Array.from(y);
    for (const [options, targets] of [
      [{ precision: 'bf16' }, y],
      [{ loss: mine }, values],
      [{ sparsity: { constraint: { norm: 'l2', radius: 0.5, axis: 'input' } } }, y],
      [{ sparsity: { penalty: 'hierarchical' } }, y],
      [{ optimizer: { name: 'sgd', momentum: 0.9, nesterov: true, maxGradientNorm: 0.1 } }, y],
    ] as const) {
      const model = new DeepType({
        clusters: 3,
        hidden: [12, 6],
        optimizer: { maxGradientNorm: 0.1 },
        ...options,
      });
      const { history } = await model.fit(X, targets);
      expect(history.every(({ total }) => Number.isFinite(total))).toBe(true);
      expect(model.network.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(
        true,
      );
    }
  });

  it('is kept with a model', async () => {
    const model = new DeepType({ clusters: 3, hidden: [4], optimizer: { maxGradientNorm: 0.5 } });
    await model.fit(X, y);
    const loaded = DeepType.fromBytes(model.toBytes());
    expect(loaded.options.optimizer).toEqual({ maxGradientNorm: 0.5 });
    await loaded.fit(X, y);
    expect(loaded.network.parameters()).toEqual(model.network.parameters());
  });

  it('must be a number greater than 0', () => {
    for (const maxGradientNorm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
      const optimizer = { maxGradientNorm } as OptimizerOptions;
      expect(() => new DeepType({ clusters: 2, optimizer })).toThrow(
        'optimizer.maxGradientNorm: expected a finite number greater than 0',
      );
    }
  });
});

/** 1/2 of the mean of the squares, and its gradient. */
function halfSquares(outputs: Matrix, targets: Matrix): { loss: number; gradient: Float32Array } {
  const n = outputs.data.length;
  const gradient = outputs.data.map((o, i) => (o - targets.data[i]!) / n);
  return { loss: (gradient.reduce((sum, g) => sum + g * g, 0) * n) / 2, gradient };
}
