// Rows left in with a fill value (9.96921e36 of netCDF, 1e20, -9999 and the like) must not move the clusters
// of the others, wherever they stand. Oracles: the same table without them, and ml-kmeans.
import fc from 'fast-check';
import { kmeans as mlKmeans, type Options } from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import { KMeans } from '../../src/clustering/index.js';
import { Random } from '../../src/common/random.js';
import { kmeans, type MlKMeansOptions } from '../../src/kmeans.js';
import { assertProperty } from '../properties/assert-property.js';

const POWERS = Array.from({ length: 36 }, (_, i) => 10 ** (i + 3));
const ROWS = 60;
const PLACES = { first: 0, middle: ROWS / 2, last: ROWS - 1 };

/** Three groups of rows about (0, 0), (20, 10) and (40, 20). */
function groups(seed: number, columns = 2): number[][] {
  const random = new Random(seed);
  return Array.from({ length: ROWS }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (i % 3) * (j % 2 === 0 ? 20 : 10) + random.normal()),
  );
}

function without<T>(rows: readonly T[], at: number): T[] {
  return rows.filter((_, i) => i !== at);
}

describe.each(Object.entries(PLACES))('KMeans with a fill value in the %s row', (_, at) => {
  it.each([
    ['float32', (rows: number[][]) => rows.map((row) => Float32Array.from(row))],
    ['float64', (rows: number[][]) => rows.map((row) => Float64Array.from(row))],
  ])('finds the clusters of the others, whatever its size, in %s', async (_, convert) => {
    const rows = groups(1);
    const plain = new KMeans({ clusters: 3, tolerance: 0 }).fit(convert(without(rows, at)));
    for (const power of POWERS) {
      for (const fill of [power, -power]) {
        const table = convert(rows.map((row, i) => (i === at ? row.map(() => fill) : row)));
        const model = await new KMeans({ clusters: 4 }).fitAsync(table);
        expect(partition(without([...model.labels], at))).toEqual(partition([...plain.labels]));
        expect([...model.labels].filter((label) => label === model.labels[at])).toHaveLength(1);
        expect(model.predict(table)).toEqual(model.labels);
        const alone = model.labels[at]!;
        const [x, y] = sorted(without(model.centroids.toArray(), alone));
        const [expectedX, expectedY] = sorted(plain.centroids.toArray());
        expect(x).toEqual(expectedX);
        expect(y).toEqual(expectedY);
        expect(Math.abs(model.inertia / plain.inertia - 1)).toBeLessThan(1e-9);
      }
    }
  });

  it('goes on until the others are at rest', () => {
    // The variance of the whole table would make any shift of theirs small enough.
    const rows = groups(2);
    const start = [rows[1]!, rows[4]!, rows[7]!]; // all three in one group
    const plain = new KMeans({ clusters: 3, init: start }).fit(without(rows, at));
    for (const fill of POWERS) {
      const table = rows.map((row, i) => (i === at ? [fill, fill] : row));
      const model = new KMeans({ clusters: 4, init: [...start, [fill, fill]] }).fit(table);
      expect(without([...model.labels], at)).toEqual([...plain.labels]);
    }
  });
});

describe('tables with rows of any size', () => {
  it('give the same bits on any number of threads', () => {
    const rows = groups(3, 20);
    for (const at of [0, 7, 30]) rows[at] = rows[at]!.map((_, j) => (j % 4 === 0 ? 1e30 : -5));
    const table = Array.from({ length: 40 }, () => rows).flat();
    const [one, two, five] = [1, 2, 5].map((threads) =>
      new KMeans({ clusters: 6, nInit: 2, threads }).fit(table),
    );
    for (const other of [two!, five!]) {
      expect(other.labels).toEqual(one!.labels);
      expect(other.centroids.data).toEqual(one!.centroids.data);
    }
  });

  it('refill an emptied cluster without a trace in the one that gives', () => {
    const table = [[1], [2], [3], [1e30], [4]];
    const model = new KMeans({ clusters: 2, init: [[2], [-1e35]] }).fit(table);
    expect([...model.labels]).toEqual([0, 0, 0, 1, 0]);
    expect(model.centroids.get(0, 0)).toBe(2.5);
  });

  it('keep the centroid of equal rows where these are', () => {
    const fills = Array.from({ length: 10 }, () => [3.3e37]);
    const model = new KMeans({ clusters: 3 }).fit([[1], [2], ...fills, [11], [12]]);
    expect(model.inertia).toBe(1);
  });
});

describe('deeptype/kmeans on them', () => {
  it('tells what ml-kmeans tells, to the bit', () => {
    for (const fill of POWERS) {
      const rows = [1, 2, 3, 11, 12, 13, fill].map((x) => [x]);
      for (const initialization of [
        [[2], [12], [fill]],
        [[2], [12], [0]],
      ]) {
        expectEqual(rows, 3, { initialization });
      }
    }
  });

  it.each(Object.entries(PLACES))('does so with them in the %s row, from any start', (_, at) => {
    const tables = fc.record({
      seed: fc.nat(),
      columns: fc.integer({ min: 1, max: 20 }),
      k: fc.integer({ min: 1, max: 5 }),
      power: fc.integer({ min: 3, max: 38 }),
      second: fc.integer({ min: 3, max: 38 }),
      integers: fc.boolean(),
      single: fc.boolean(),
    });
    assertProperty(
      fc.property(tables, ({ seed, columns, k, power, second, integers, single }) => {
        const random = new Random(seed);
        const rows = groups(seed, columns).map((row) => (integers ? row.map(Math.round) : row));
        const column = random.below(columns);
        rows[at] = rows[at]!.map((x, j) => (single && j !== column ? x : 10 ** power));
        const other = random.below(ROWS);
        if (seed % 2 === 0) rows[other]![random.below(columns)] = -2 * 10 ** Math.min(second, 37);
        const initialization = Array.from({ length: k }, () => rows[random.below(ROWS)]!.slice());
        expectEqual(rows, k, { initialization, maxIterations: 1000 });
      }),
      { numRuns: 150, seed: at },
    );
  });
});

function expectEqual(rows: number[][], k: number, options: MlKMeansOptions): void {
  const [ours, theirs] = [kmeans(rows, k, options), mlKmeans(rows, k, options as Options)];
  expect(ours.clusters).toEqual(theirs.clusters);
  expect(ours.centroids).toEqual(theirs.centroids);
}

/** The clusters by the order of their first rows. */
function partition(labels: readonly number[]): number[] {
  const names = new Map<number, number>();
  for (const label of labels) if (!names.has(label)) names.set(label, names.size);
  return labels.map((label) => names.get(label)!);
}

function sorted(points: readonly (readonly number[])[]): number[][] {
  const ordered = points.toSorted((a, b) => a[0]! - b[0]!);
  return [0, 1].map((j) => ordered.map((point) => point[j]!));
}
