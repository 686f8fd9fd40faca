import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  Network,
  type PrimaryLoss,
  Trainer,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { rejection } from '../options/refusals.js';

const ROWS = 20;
const BATCH = 5;
const { X, y } = datasets.makeClusters({
  samples: ROWS,
  features: 4,
  informative: 3,
  clusters: 2,
  seed: 3,
});
const OPTIONS: DeepTypeOptions = {
  clusters: 2,
  hidden: [6, 3],
  batchSize: BATCH,
  pretrain: { epochs: 6, denseFraction: 1 },
  joint: { epochs: 2 },
  settle: { iterations: 12 },
};

/** Mean squares with one call, the k-th, that is not sound. */
function lossWith(at: number, bad: { loss?: number; gradient?: number }): PrimaryLoss {
  let calls = 0;
  return {
    targets: 'classes',
    outputs: 2,
    evaluate: ({ data }) => {
      const isBad = ++calls === at;
      const loss = isBad ? bad.loss : undefined;
      const gradient = isBad ? bad.gradient : undefined;
      return {
        loss: loss ?? data.reduce((sum, o) => sum + o * o, 0),
        gradient: Array.from(data, (o) => gradient ?? 2 * o),
      };
    },
  };
}

const isSound = (model: DeepType): boolean =>
  model.network.parameters().every(({ data }) => data.every(Number.isFinite));

describe('a gradient that is not finite', () => {
  it('is caught at the step where it arises, whatever the solver and the optimiser', async () => {
    for (const k of [1, 2, 7, 12]) {
      for (const solver of ['proximal', 'subgradient'] as const) {
        for (const name of ['adam', 'sgd'] as const) {
          for (const clip of [{}, { maxGradientNorm: 1 }]) {
            const model = new DeepType({
              ...OPTIONS,
              loss: lossWith(k, { gradient: 3e38 }), // finite, but not its product with a batch
              sparsity: { solver },
              optimizer: { name, ...clip },
            });
            const message = await rejection(model.fit(X, y), 'ERR_DIVERGED');
            const perEpoch = ROWS / BATCH;
            const [epoch, step] = [Math.ceil(k / perEpoch), ((k - 1) % perEpoch) + 1];
            expect(message).toContain(
              `the gradient became non-finite in phase pretrain, epoch ${epoch}, step ${step}: `,
            );
            if (k === 1) expect(message).toContain('look at the scale of the targets');
            else {
              expect(message).toContain('lower pretrain.learningRate (now 0.001)');
              expect(message.includes('maxGradientNorm')).toBe(!('maxGradientNorm' in clip));
            }
            expect(isSound(model)).toBe(true);
          }
        }
      }
    }
  });

  it('is one, too, whose squares overflow: Adam would stand still for ever', async () => {
    const model = new DeepType({ ...OPTIONS, loss: lossWith(6, { gradient: 1e25 }) });
    const message = await rejection(model.fit(X, y), 'ERR_DIVERGED');
    expect(message).toContain('the gradient became non-finite in phase pretrain, epoch 2, step 2');
  });

  it('of a caller must be finite in float32', async () => {
    for (const gradient of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      const model = new DeepType({ ...OPTIONS, loss: lossWith(3, { gradient }) });
      const message = await rejection(model.fit(X, y), 'ERR_INVALID_ARGUMENT');
      expect(message).toContain('loss.evaluate: gradient[0]: expected a finite number');
      expect(isSound(model)).toBe(true);
    }
  });
});

describe('a fit that diverged', () => {
  it('leaves the weights from before the epoch, and trains again', async () => {
    const pretrained = async (at: number, epochs: number) => {
      const network = new Network({ inputs: 4, hidden: [6, 3], outputs: 2, seed: 1 });
      const loss = lossWith(at, { gradient: 3e38 });
      const trainer = new Trainer({ network, clusters: 2, loss, batchSize: BATCH });
      const run = () => trainer.pretrain(X, y, { epochs, denseFraction: 1 });
      return { network, run, outcome: await run().catch((error: unknown) => error) };
    };
    const failed = await pretrained(6, 4);
    expect(failed.outcome).toMatchObject({ code: 'ERR_DIVERGED' });
    const sound = await pretrained(0, 1);
    expect(failed.network.parameters()).toEqual(sound.network.parameters());
    const { history } = await failed.run();
    expect(history).toHaveLength(4);
    expect(history.every(({ total }) => Number.isFinite(total))).toBe(true);
  });

  it('under the learning rate 1e6 says so', async () => {
    for (const loss of ['mse', 'cross-entropy'] as const) {
      const optimizer = { name: 'sgd', learningRate: 1e6 } as const;
      const model = new DeepType({ ...OPTIONS, loss, optimizer });
      const targets = loss === 'mse' ? Float32Array.from(y) : y;
      const outcome = await model.fit(X, targets).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'ERR_DIVERGED' });
        expect(outcome.message).toContain('lower pretrain.learningRate (now 1000000)');
      } else expect(loss).toBe('cross-entropy');
      expect(isSound(model)).toBe(true);
    }
  });

  it('on large inputs is told to standardize them', async () => {
    const large = X.toArray().map((row) => row.map((x) => x * 1e30));
    const model = new DeepType({ ...OPTIONS, loss: 'mse', standardize: false });
    const message = await rejection(model.fit(large, Float32Array.from(y)), 'ERR_DIVERGED');
    expect(message).toMatch(/step 1: standardize the inputs \(the largest is \d\.\de\+3\d\);/);
  });
});

describe('a step of a Trainer that diverges', () => {
  it('throws, leaves the weights as they were and forgets the moments', () => {
    for (const solver of ['proximal', 'subgradient'] as const) {
      const network = new Network({ inputs: 4, hidden: [6, 3], outputs: 2, seed: 1 });
      const loss = lossWith(3, { gradient: 3e38 });
      const trainer = new Trainer({
        network,
        clusters: 2,
        loss,
        sparsity: { weight: 0.1, solver },
      });
      trainer.step(X, y);
      trainer.step(X, y);
      const before = network.parameters();
      expect(messageOf(() => trainer.step(X, y), 'ERR_DIVERGED')).toBe(
        'the gradient became non-finite: lower optimizer.learningRate (now 0.001), or clip the gradient (optimizer.maxGradientNorm); the last finite weights are kept',
      );
      expect(network.parameters()).toEqual(before);
      trainer.step(X, y);
      const fresh = new Network({ inputs: 4, hidden: [6, 3], outputs: 2, seed: 1 });
      fresh.load(before);
      const options = { loss: lossWith(0, {}), sparsity: { weight: 0.1, solver } };
      new Trainer({ network: fresh, clusters: 2, ...options }).step(X, y);
      expect(network.parameters()).toEqual(fresh.parameters());
    }
  });
});
