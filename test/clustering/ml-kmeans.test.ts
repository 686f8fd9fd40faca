import fc from 'fast-check';
import { kmeansGenerator as theirGenerator, kmeans as theirKmeans } from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import {
  KMeansResult,
  kmeans,
  kmeansGenerator,
  type MlKMeansOptions,
} from '../../src/clustering/index.js';
import { Random } from '../../src/common/random.js';
import type { MatrixLike } from '../../src/data/matrix.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const POINTS = [
  [0, 0],
  [0, 1],
  [10, 0],
  [10, 1],
];
const manhattan = (p: number[], q: number[]): number =>
  p.reduce((sum, x, j) => sum + Math.abs(x - q[j]!), 0);

/** Well spread points, so that no cluster runs empty on the way from its own first rows. */
const starts = fc.record({
  seed: fc.nat(),
  rows: fc.integer({ min: 8, max: 60 }),
  columns: fc.integer({ min: 1, max: 4 }),
  k: fc.integer({ min: 1, max: 4 }),
});

describe('kmeans and the package ml-kmeans from one start', () => {
  it('find the same clusters', () => {
    assertProperty(
      fc.property(starts, ({ seed, rows, columns, k }) => {
        const data = normal(seed, rows, columns);
        const start = data.slice(0, k);
        const options = { initialization: start, tolerance: 0, maxIterations: 1000 };
        const theirs = theirKmeans(data, k, options);
        fc.pre(theirs.computeInformation(data).every(({ size }) => size > 0));
        const ours = kmeans(data, k, options);
        expect(ours.clusters).toEqual(theirs.clusters);
        expectClose(ours.centroids, theirs.centroids);
        expect(ours.converged).toBe(theirs.converged);
        expect(ours.nearest(data)).toEqual(theirs.nearest(data));
        const [a, b] = [ours.computeInformation(data), theirs.computeInformation(data)];
        expect(a.map(({ size }) => size)).toEqual(b.map(({ size }) => size));
        expectClose([a.map(({ error }) => error)], [b.map(({ error }) => error)]);
      }),
    );
  });

  it('find the same with a distance of the caller, in the package', () => {
    assertProperty(
      fc.property(starts, ({ seed, rows, columns, k }) => {
        const data = normal(seed, rows, columns);
        const options = { initialization: data.slice(0, k), distanceFunction: manhattan };
        const theirs = theirKmeans(data, k, options);
        const ours = kmeans(data, k, options);
        expect(ours).toBeInstanceOf(KMeansResult);
        expect({ ...ours }).toEqual({ ...theirs });
        expect(ours.nearest(data)).toEqual(theirs.nearest(data));
        expect(ours.computeInformation(data)).toEqual(theirs.computeInformation(data));
      }),
      { numRuns: 30 },
    );
  });

  it('go through the same steps by the generator', () => {
    const data = normal(4, 40, 2);
    const options = { initialization: data.slice(0, 3), distanceFunction: manhattan };
    const ours = [...kmeansGenerator(data, 3, options)];
    const theirs = [...theirGenerator(data, 3, options)];
    expect(ours.length).toBe(theirs.length);
    expect(ours.map(({ centroids }) => centroids)).toEqual(
      theirs.map(({ centroids }) => centroids),
    );
    expect({ ...ours.at(-1) }).toEqual({ ...theirs.at(-1) });
  });
});

describe('kmeans', () => {
  it.each(['kmeans++', 'random', 'mostDistant'] as const)('starts by %s', (initialization) => {
    const result = kmeans(POINTS, 2, { initialization, seed: 1 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeGreaterThan(0);
    expect(kmeans(POINTS, 2, { initialization, seed: 1 })).toEqual(result);
    expect(kmeans(POINTS, 4, { initialization }).centroids.length).toBe(4);
  });

  it('starts mostDistant from rows as far apart as can be', () => {
    const corners = [
      [0, 0],
      [1, 0],
      [0, 100],
      [1, 100],
      [200, 0],
      [201, 1],
    ];
    for (let seed = 0; seed < 10; seed++) {
      const { clusters } = kmeans(corners, 3, { initialization: 'mostDistant', seed });
      const [a, , b, , c] = clusters;
      expect(clusters).toEqual([a, a, b, b, c, c]);
      expect(new Set(clusters).size).toBe(3);
    }
    const twins = kmeans([[1], [1], [1]], 3, { initialization: 'mostDistant' });
    expect(twins.centroids).toEqual([[1], [1], [1]]);
  });

  it('stops at maxIterations, where 0 is no limit', () => {
    const data = normal(8, 400, 3);
    const start = { initialization: data.slice(0, 8), tolerance: 0 };
    const one = kmeans(data, 8, { ...start, maxIterations: 1 });
    expect(one).toMatchObject({ converged: false, iterations: 1 });
    expect(kmeans(data, 8, { ...start, maxIterations: 0 }).converged).toBe(true);
    const loose = kmeans(data, 8, { ...start, tolerance: 100 });
    expect(loose).toMatchObject({ converged: true, iterations: 1 });
  });

  it('says nothing of no points and -1 of an empty cluster', () => {
    const result = kmeans(POINTS, 2);
    expect(result.nearest([])).toEqual([]);
    result.centroids.push([99, 99]);
    expect(result.computeInformation(POINTS)[2]).toEqual({
      centroid: [99, 99],
      error: -1,
      size: 0,
    });
  });

  it('refuses bad input by name', () => {
    const message = messageOf(() => kmeans(POINTS, 5), 'ERR_INVALID_ARGUMENT');
    expect(message).toMatch(
      /K should be a positive integer smaller than the number of points\), received 5/,
    );
    const refused = (options: object) => () => kmeans(POINTS, 2, options as MlKMeansOptions);
    messageOf(() => kmeans(POINTS, 0), 'ERR_INVALID_ARGUMENT');
    messageOf(refused({ initialization: 'kmean' }), 'ERR_INVALID_ARGUMENT');
    messageOf(refused({ initialization: [[1, 2]] }), 'ERR_SHAPE_MISMATCH');
    messageOf(refused({ initialization: [[1], [2]] }), 'ERR_SHAPE_MISMATCH');
    messageOf(refused({ distanceFunction: 'l1' }), 'ERR_INVALID_ARGUMENT');
    messageOf(refused({ iterations: 3 }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => kmeansGenerator(POINTS, 9), 'ERR_INVALID_ARGUMENT');
    const result = kmeans(POINTS, 2);
    messageOf(() => result.nearest([[1]]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => result.computeInformation([[1, 2]]), 'ERR_SHAPE_MISMATCH');
  });

  it('throws a coded error or succeeds, whatever it is given', () => {
    assertProperty(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (data, k, options) => {
        expectCoded(() => kmeans(data as MatrixLike, k as number, options as MlKMeansOptions));
        expectCoded(() => kmeans(POINTS, 2, options as MlKMeansOptions));
        expectCoded(() => kmeans(POINTS, 2).nearest(data as MatrixLike));
      }),
    );
  });
});

function normal(seed: number, rows: number, columns: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
}

function expectClose(ours: readonly number[][], theirs: readonly number[][]): void {
  expect(ours.length).toBe(theirs.length);
  ours.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(Math.abs(value - theirs[i]![j]!)).toBeLessThan(1e-9);
    });
  });
}
