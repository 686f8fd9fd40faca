import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, presets } from '../../../src/index.js';
import { QUICK, X, y } from './models.js';

const SHORT: DeepTypeOptions = {
  ...QUICK,
  pretrain: { epochs: 45 },
  joint: { ...presets.torchDeeptype.joint, epochs: 21, stepsPerBatch: 2 },
};

/** History, weights and clusters. */
const resultOf = (model: DeepType) => ({
  history: model.history,
  parameters: model.network.parameters(),
  centroids: model.centroids,
  labels: model.labels,
});

describe('short epochs', () => {
  it('several in a native call come to the bits of one in each, as with checkpoints', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'deeptype-'));
    try {
      const together = new DeepType(SHORT);
      const result = await together.fit(X, y);
      const single = new DeepType(SHORT);
      const checkpoint = { path: join(folder, 'fit.checkpoint'), everySeconds: 0 };
      expect(await single.fit(X, y, { checkpoint })).toEqual(result);
      expect(resultOf(single)).toEqual(resultOf(together));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('each has its entry, in order', async () => {
    const model = new DeepType(SHORT);
    await model.fit(X, y);
    const of = (phase: string) =>
      model.history.filter((entry) => entry.phase === phase).map(({ epoch }) => epoch);
    expect(of('pretrain')).toEqual(Array.from({ length: 45 }, (_, i) => i + 1));
    expect(of('joint')).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  });

  it('a stop in their midst leaves the entries up to it, without a gap', async () => {
    for (const milliseconds of [1, 5, 17, 40]) {
      const model = new DeepType({ ...SHORT, pretrain: { epochs: 1_000_000 } });
      const pending = model.fit(X, y);
      setTimeout(() => model.stop(), milliseconds);
      expect((await pending).stopReason).toBe('stopped');
      const epochs = model.history.map(({ epoch }) => epoch);
      expect(epochs).toEqual(epochs.map((_, i) => i + 1));
    }
  });
});
