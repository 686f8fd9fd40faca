import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  adjustedRandIndex,
  clusterAccuracy,
  matchClusters,
  normalizedMutualInformation,
  purity,
} from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

const METRICS = { adjustedRandIndex, normalizedMutualInformation, clusterAccuracy, purity };
type Name = keyof typeof METRICS;
type Case = { truth: number[]; predicted: number[] } & Record<Name, number>;

const { clustering } = readFixture<{ clustering: Case[] }>('metrics.json');

/** Two labellings of equal length with up to six classes each. */
const pairs = fc
  .array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 60 })
  .map((rows) => [rows.map(([t]) => t), rows.map(([, p]) => p)] as const);
const permutations = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });

describe.each(Object.keys(METRICS) as Name[])('%s', (name) => {
  const metric = METRICS[name];

  it('agrees with scikit-learn and SciPy', () => {
    expect(clustering.length).toBeGreaterThan(5);
    for (const { truth, predicted, ...expected } of clustering) {
      expect(Math.abs(metric(truth, predicted) - expected[name])).toBeLessThan(1e-10);
    }
  });

  it('does not depend on the names of clusters or the order of rows', () => {
    assertProperty(
      fc.property(pairs, permutations, ([truth, predicted], names) => {
        const value = metric(truth, predicted);
        const renamed = predicted.map((p) => `cluster ${names[p]}`);
        expect(metric(truth, renamed)).toBeCloseTo(value, 12);
        expect(metric([...truth].reverse(), [...predicted].reverse())).toBeCloseTo(value, 12);
      }),
    );
  });

  it('is 1 for a labelling against itself under other names', () => {
    assertProperty(
      fc.property(pairs, permutations, ([truth], names) => {
        const renamed = Uint8Array.from(truth, (t) => names[t]!);
        expect(metric(truth, renamed)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('stays within its bounds', () => {
    assertProperty(
      fc.property(pairs, ([truth, predicted]) => {
        const value = metric(truth, predicted);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        expect(value).toBeGreaterThanOrEqual(name === 'adjustedRandIndex' ? -0.5 - 1e-12 : 0);
      }),
    );
  });

  it('rejects unequal lengths and what is no labelling', () => {
    expect(messageOf(() => metric([1, 2, 3], [1, 2]), 'ERR_SHAPE_MISMATCH')).toBe(
      'predicted: expected 3 values like truth, received 2',
    );
    expect(messageOf(() => metric([1, 0.5], [1, 2]), 'ERR_INVALID_ARGUMENT')).toBe(
      'truth[1]: expected an integer, received 0.5',
    );
    expect(messageOf(() => metric([1], []), 'ERR_INVALID_ARGUMENT')).toMatch(/^predicted: /);
  });
});

describe('clustering metrics', () => {
  it('are symmetric where they should be', () => {
    assertProperty(
      fc.property(pairs, ([a, b]) => {
        for (const metric of [adjustedRandIndex, normalizedMutualInformation, clusterAccuracy]) {
          expect(metric(a, b)).toBeCloseTo(metric(b, a), 12);
        }
      }),
    );
  });

  it('rank a one-to-one pairing no higher than the majority in each cluster', () => {
    assertProperty(
      fc.property(pairs, ([truth, predicted]) => {
        const paired = clusterAccuracy(truth, predicted);
        expect(paired).toBeLessThanOrEqual(purity(truth, predicted) + 1e-12);
        expect(paired).toBeGreaterThanOrEqual(accuracy(truth, predicted) - 1e-12);
      }),
    );
  });

  it('pair clusters with classes as trying every pairing does', () => {
    assertProperty(
      fc.property(pairs, ([truth, predicted]) => {
        const small = [truth.map((t) => t % 4), predicted.map((p) => p % 4)] as const;
        const best = Math.max(
          ...orders([0, 1, 2, 3]).map((names) =>
            accuracy(
              small[0],
              small[1].map((p) => names[p]!),
            ),
          ),
        );
        expect(clusterAccuracy(...small)).toBeCloseTo(best, 12);
      }),
    );
  });

  it('hold their digits for many rows', () => {
    const truth = Int32Array.from({ length: 400_000 }, (_, i) => i % 4);
    const predicted = Int32Array.from(truth, (t, i) => (i % 100_000 === 0 ? 3 - t : t));
    expect(adjustedRandIndex(truth, predicted)).toBeCloseTo(1 - (4 / 4e5) * (8 / 3), 9);
  });
});

function orders(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((v) => orders(values.filter((x) => x !== v)).map((rest) => [v, ...rest]));
}

describe('matchClusters', () => {
  it('names clusters so that clusterAccuracy of the rows are right', () => {
    const labels = fc.array(fc.tuple(fc.nat(4), fc.nat(5)), { minLength: 1, maxLength: 60 });
    assertProperty(
      fc.property(labels, (rows) => {
        const truth = rows.map(([t]) => `class ${t}`);
        const predicted = rows.map(([, p]) => p);
        const names = matchClusters(truth, predicted);
        const right = predicted.filter((cluster, i) => names.get(cluster) === truth[i]).length;
        expect(right / rows.length).toBeCloseTo(clusterAccuracy(truth, predicted), 12);
        expect(new Set(names.values()).size).toBe(names.size);
      }),
    );
  });

  it('finds the names back, whichever side has more', () => {
    expect(matchClusters(['a', 'b', 'c', 'a'], [7, 5, 3, 7])).toEqual(
      new Map([
        [3, 'c'],
        [5, 'b'],
        [7, 'a'],
      ]),
    );
    expect(matchClusters([1, 1, 1, 2], [0, 0, 4, 5])).toEqual(
      new Map([
        [0, 1],
        [5, 2],
      ]),
    );
    expect(matchClusters([0, 0, 4, 5], [1, 1, 1, 2])).toEqual(
      new Map([
        [1, 0],
        [2, 5],
      ]),
    );
    messageOf(() => matchClusters([1], [1, 2]), 'ERR_SHAPE_MISMATCH');
  });
});
