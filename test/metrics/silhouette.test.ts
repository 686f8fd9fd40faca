import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import {
  type SilhouetteScoreOptions,
  silhouetteSamples,
  silhouetteSamplesAsync,
  silhouetteScore,
  silhouetteScoreAsync,
} from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  X: number[][];
  labels: number[];
  samples: number[];
  score: number;
}
const { silhouette } = readFixture<{ silhouette: Case[] }>('metrics.json');

describe('silhouette', () => {
  it('agrees with scikit-learn, rows alone in their cluster and duplicates included', () => {
    expect(silhouette.length).toBe(3);
    for (const { X, labels, samples, score } of silhouette) {
      silhouetteSamples(X, labels).forEach((s, i) => {
        expect(Math.abs(s - samples[i]!)).toBeLessThan(1e-10);
      });
      expect(Math.abs(silhouetteScore(X, labels) - score)).toBeLessThan(1e-10);
    }
  });

  it('does not change under a common offset or scale', () => {
    const { X, labels, score } = silhouette[1]!;
    const moved = X.map((row) => Float64Array.from(row, (x) => 4 * x + 1e6));
    expect(silhouetteScore(moved, labels)).toBeCloseTo(score, 8);
  });

  it('lies between -1 and 1', () => {
    const rows = fc.array(
      fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.nat(9), fc.boolean()),
      { minLength: 3, maxLength: 30 },
    );
    assertProperty(
      fc.property(rows, (drawn) => {
        const labels = drawn.map(([, , label], i) => (i < 2 ? i : Number(label)));
        const X = drawn.map(([a, b]) => [a, b]);
        for (const s of silhouetteSamples(X, labels)) {
          expect(s >= -1 && s <= 1).toBe(true);
        }
      }),
    );
  });

  it('is 0 where all rows are the same', () => {
    expect(silhouetteScore([[1], [1], [1]], [0, 0, 1])).toBe(0);
  });

  it('rejects one cluster, a cluster for each row and lengths that differ', () => {
    const X = [[0], [1], [2]];
    expect(messageOf(() => silhouetteScore(X, [1, 1, 1]), 'ERR_INVALID_ARGUMENT')).toBe(
      'labels: expected from 2 to N - 1 = 2 distinct labels, received 1',
    );
    expect(messageOf(() => silhouetteSamples(X, [0, 1, 2]), 'ERR_INVALID_ARGUMENT')).toBe(
      'labels: expected from 2 to N - 1 = 2 distinct labels, received 3',
    );
    messageOf(() => silhouetteScore(X, [0, 1]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => silhouetteScore([[0], [Number.NaN], [1]], [0, 1, 1]), 'ERR_NON_FINITE_INPUT');
  });

  it('gives the same off this thread', async () => {
    const { X, labels, score } = silhouette[1]!;
    expect(await silhouetteSamplesAsync(X, labels)).toEqual(silhouetteSamples(X, labels));
    expect(Math.abs((await silhouetteScoreAsync(X, labels)) - score)).toBeLessThan(1e-10);
    await expect(silhouetteScoreAsync(X, [1])).rejects.toMatchObject({
      code: 'ERR_SHAPE_MISMATCH',
    });
    const data = Float64Array.from(X.flat());
    const pending = silhouetteScoreAsync({ data, rows: X.length, columns: X[0]!.length }, labels);
    data.fill(Number.NaN);
    expect(Math.abs((await pending) - score)).toBeLessThan(1e-10);
  });

  it('is the mean over a sample of the rows', async () => {
    const random = new Random(4);
    const labels = Array.from({ length: 2000 }, (_, i) => i % 3);
    const X = labels.map((label) => [3 * label + random.normal(), random.normal()]);
    const all = silhouetteScore(X, labels);
    const some = silhouetteScore(X, labels, { sample: 400, seed: 1 });
    expect(some).not.toBe(all);
    expect(Math.abs(some - all)).toBeLessThan(0.05);
    expect(silhouetteScore(X, labels, { sample: 400, seed: 1 })).toBe(some);
    expect(await silhouetteScoreAsync(X, labels, { sample: 400, seed: 1 })).toBe(some);
    expect(silhouetteScore(X, labels, { sample: 400, seed: 2 })).not.toBe(some);
    expect(silhouetteScore(X, labels, { sample: 5000 })).toBe(all);
    const one = silhouetteSamples(X, labels);
    expect([...one]).toContain(silhouetteScore(X, labels, { sample: 1 }));
  });

  it('refuses bad options by name', () => {
    const { X, labels } = silhouette[0]!;
    for (const options of [{ sample: 0 }, { sample: 1.5 }, { seed: -1 }, { samples: 3 }, null]) {
      const use = () => silhouetteScore(X, labels, options as SilhouetteScoreOptions);
      messageOf(use, 'ERR_INVALID_ARGUMENT');
    }
  });
});
