import { describe, expect, it } from 'vitest';
import { DeepType, datasets, presets } from '../../src/index.js';
import { fitted, SMALL, X, y } from './tables.js';

describe('schedules', () => {
  it('sgd, with momentum and nesterov, learns', async () => {
    for (const extra of [{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }]) {
      const model = await fitted({
        optimizer: { name: 'sgd', learningRate: 0.05, ...extra },
        pretrain: { epochs: 20 },
        joint: { epochs: 20 },
      });
      expect(model.score(X, y)).toBeGreaterThan(0.9);
    }
  });

  it('re-cluster after each epoch, in every batch, or every so many steps', async () => {
    const counts: number[] = [];
    for (const reclusterEvery of ['epoch', 'batch', { steps: 5 }] as const) {
      const model = new DeepType({
        ...SMALL,
        batchSize: 40,
        joint: { epochs: 4, reclusterEvery, tolerance: 0 },
        settle: { iterations: 0 },
      });
      const { clusterings, steps, stopReason } = await model.fit(X, y);
      expect(stopReason).toBe('epochs');
      expect(steps).toBe(2 * 4 * 3);
      expect(model.assign(X)).toEqual(model.labels);
      counts.push(clusterings);
    }
    // Each of 4 epochs; each of 12 batches; the start and 12 steps / 5.
    expect(counts).toEqual([5, 12, 3]);
  });

  it('take stepsPerBatch steps on a batch, and batches larger than the table', async () => {
    const model = new DeepType({
      ...SMALL,
      batchSize: 1000,
      joint: { epochs: 2, stepsPerBatch: 3 },
      settle: { iterations: 0 },
    });
    expect((await model.fit(X, y)).steps).toBe(4 + 2 * 3);
  });

  it('may be empty: then there are clusters of the initial network', async () => {
    const model = await fitted({
      pretrain: { epochs: 0 },
      joint: { epochs: 0 },
      settle: { iterations: 0 },
    });
    expect(model.history).toEqual([]);
    expect(model.labels.length).toBe(120);
    expect(model.alphaMax).toBeGreaterThan(0);
    expect(Number.isFinite(model.kktResidual)).toBe(true);
  });

  it('end early once assignments and the total settle', async () => {
    const model = new DeepType({
      ...SMALL,
      pretrain: { epochs: 4, sparsityScale: 1 },
      joint: { epochs: 50, tolerance: 0.9 },
      settle: { iterations: 0 },
    });
    const { stopReason, history } = await model.fit(X, y);
    expect(stopReason).toBe('converged');
    expect(history.filter(({ phase }) => phase === 'joint').length).toBeLessThan(10);
  });
});

describe('presets', () => {
  it('torchDeeptype takes 2080 steps and 240 clusterings on 1000 rows', async () => {
    const table = datasets.makeClusters({ seed: 0 });
    const model = new DeepType({ ...presets.torchDeeptype, clusters: 4 });
    const { steps, clusterings, history, stopReason } = await model.fit(table.X, table.y);
    expect([steps, clusterings]).toEqual([2080, 240]);
    expect(stopReason).toBe('epochs');
    expect(history.length).toBe(25);
    expect(model.alpha).toBe(0.01);
    expect(model.score(table.X, table.y)).toBeGreaterThan(0.98);
    // The subgradient leaves every noise feature alive; that is why it is not the default.
    expect(model.selectedFeatures.length).toBe(20);
  });

  it('chen2020 warms alpha up and clusters every 100 steps', async () => {
    const { pretrain, joint, ...rest } = presets.chen2020;
    const model = new DeepType({
      ...rest,
      clusters: 3,
      hidden: [16, 8],
      batchSize: 30,
      pretrain: { ...pretrain, epochs: 5 },
      joint: { ...joint, epochs: 60 },
    });
    const { steps, clusterings, history } = await model.fit(X, y);
    expect(steps).toBe(4 * 65);
    expect(clusterings).toBe(1 + 2);
    expect(model.alpha).toBe(0.006);
    // total = primary + alpha (1 - exp(-t / 300)) sparsity in pretraining
    const [first, last] = [history[0]!, history[4]!];
    const alphaOf = ({ total, primary, sparsity }: typeof first) => (total - primary) / sparsity;
    expect(alphaOf(first)).toBeCloseTo(0.006 * (1 - Math.exp(-4 / 300)), 6);
    expect(alphaOf(last)).toBeCloseTo(0.006 * (1 - Math.exp(-20 / 300)), 6);
  });
});
