import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KMeans } from '../../src/clustering/index.js';
import { Random } from '../../src/common/random.js';
import { calinskiHarabasz, daviesBouldin } from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  X: number[][];
  labels: number[];
  calinskiHarabasz: number;
  daviesBouldin: number;
}
const { silhouette: cases } = readFixture<{ silhouette: Case[] }>('metrics.json');
const indices = { calinskiHarabasz, daviesBouldin };
const names = Object.keys(indices) as (keyof typeof indices)[];

describe.each(names)('%s', (name) => {
  const index = indices[name];

  it('agrees with scikit-learn', () => {
    // Its distances come from |a|^2 - 2 a b + |b|^2, which is 1e-8 off for a row on its own centre.
    for (const c of cases) {
      expect(Math.abs(index(c.X, c.labels) / c[name] - 1)).toBeLessThan(1e-7);
    }
  });

  it('does not change under a common offset, a scale or new names of the clusters', () => {
    const { X, labels } = cases[1]!;
    const moved = X.map((row) => Float64Array.from(row, (x) => 8 * x - 1e6));
    const renamed = labels.map((label) => `cluster ${9 - label}`);
    expect(index(moved, renamed) / index(X, labels)).toBeCloseTo(1, 8);
  });

  it('is finite and not negative', () => {
    const entry = fc.integer({ min: -5, max: 5 });
    const rows = fc.array(fc.tuple(entry, entry, fc.nat(2)), { minLength: 4, maxLength: 30 });
    assertProperty(
      fc.property(rows, (drawn) => {
        const labels = drawn.map(([, , label], i) => (i < 2 ? i : label));
        const value = index(
          drawn.map(([a, b]) => [a, b]),
          labels,
        );
        expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('refuses what it cannot use', () => {
    const X = [[0], [1], [2]];
    expect(messageOf(() => index(X, [1, 1, 1]), 'ERR_INVALID_ARGUMENT')).toBe(
      'labels: expected from 2 to N - 1 = 2 distinct labels, received 1',
    );
    messageOf(() => index(X, [0, 1, 2]), 'ERR_INVALID_ARGUMENT');
    messageOf(() => index(X, [0, 1]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => index([[0], [Number.NaN], [1]], [0, 1, 1]), 'ERR_NON_FINITE_INPUT');
  });
});

describe('limits', () => {
  it('are those of scikit-learn where clusters are points or means coincide', () => {
    const points = [[0], [0], [3], [3]];
    expect(calinskiHarabasz(points, [0, 0, 1, 1])).toBe(1);
    expect(daviesBouldin(points, [0, 0, 1, 1])).toBe(0);
    expect(daviesBouldin([[1], [3], [1], [3]], [0, 0, 1, 1])).toBe(0);
  });

  it('takes a hundred thousand rows', () => {
    const random = new Random(1);
    const data = Float32Array.from(
      { length: 400_000 },
      (_, k) => 9 * ((k >> 2) % 3) + random.normal(),
    );
    const X = { data, rows: 100_000, columns: 4 };
    const { labels } = new KMeans({ clusters: 3, nInit: 1 }).fit(X);
    expect(calinskiHarabasz(X, labels)).toBeGreaterThan(1e6);
    expect(daviesBouldin(X, labels)).toBeLessThan(0.5);
  });
});
