// `deeptype/kmeans` in the place of ml-kmeans: what its documentation shows, with the package as oracle.
import fc from 'fast-check';
import * as theirs from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import * as ours from '../../src/kmeans.js';
import { assertProperty } from '../properties/assert-property.js';

const POINTS = [
  [1, 1, 1],
  [1, 2, 1],
  [-1, -1, -1],
  [-1, -1, -1.5],
];
const CENTERS = [
  [1, 2, 1],
  [-1, -1, -1],
];

/** All that a result tells, its methods included. */
function told(result: ours.KMeansResult | ReturnType<typeof theirs.kmeans>, data: number[][]) {
  const { clusters, centroids, converged, iterations } = result;
  return {
    ...{ clusters, centroids, converged, iterations },
    nearest: result.nearest(data),
    information: result.computeInformation(data),
  };
}

describe('deeptype/kmeans', () => {
  it('exports what ml-kmeans exports', () => {
    expect(Object.keys(ours)).toEqual(expect.arrayContaining(Object.keys(theirs)));
  });

  it('finds what the documentation of ml-kmeans shows', () => {
    const result = ours.kmeans(POINTS, 2, { initialization: CENTERS });
    expect({ ...result }).toEqual({
      clusters: [0, 0, 1, 1],
      centroids: [
        [1, 1.5, 1],
        [-1, -1, -1.25],
      ],
      converged: true,
      iterations: 2,
      distance: expect.any(Function),
    });
    expect(result.constructor.name).toBe('KMeansResult');
    expect(result.distance([1, 2], [4, 6])).toBe(25);
    expect(result.nearest([[1, 2, 1]])).toEqual([0]);
    expect(result.computeInformation(POINTS)).toEqual([
      { centroid: [1, 1.5, 1], error: 0.25, size: 2 },
      { centroid: [-1, -1, -1.25], error: 0.0625, size: 2 },
    ]);
  });

  it.each([
    ['', {}],
    [', one iteration', { maxIterations: 1 }],
    [', no limit', { maxIterations: 0 }],
    [', a loose tolerance', { tolerance: 1e3 }],
  ])('tells the same from one start%s', (_, options) => {
    const data = [...POINTS, [10, 11, 1], [-1, 20, 1], [1, 1, 1]];
    const given = { initialization: CENTERS, ...options };
    const [a, b] = [ours.kmeans(data, 2, given), theirs.kmeans(data, 2, given)];
    const exact = a.clusters.every((cluster, i) => cluster === b.clusters[i]);
    if (exact) expect(told(a, data)).toEqual(told(b, data));
    else expect(a.centroids).toEqual(b.centroids); // labels of the final centroids, there of those before
  });

  it('tells the same to the bit once the clusters are at rest, empty ones too', () => {
    const tables = fc.record({
      seed: fc.nat(),
      rows: fc.integer({ min: 4, max: 60 }),
      columns: fc.integer({ min: 1, max: 4 }),
      k: fc.integer({ min: 1, max: 4 }),
    });
    let emptied = 0;
    assertProperty(
      fc.property(tables, ({ seed, rows, columns, k }) => {
        const random = new Random(seed);
        const draw = (count: number) =>
          Array.from({ length: count }, () =>
            Array.from({ length: columns }, () => random.normal()),
          );
        const data = draw(rows);
        const options = { initialization: draw(k), tolerance: 0, maxIterations: 0 };
        const expected = told(theirs.kmeans(data, k, options), data);
        const empty = expected.centroids.filter((_, i) => expected.information[i]!.size === 0);
        // One that moved before it ran empty has kept the rounding of another order of summation.
        fc.pre(
          empty.every((centroid) =>
            options.initialization.some((start) => String(start) === String(centroid)),
          ),
        );
        emptied += empty.length;
        expect(told(ours.kmeans(data, k, options), data)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
    expect(emptied).toBeGreaterThan(0);
  });

  it('leaves an empty cluster where it was', () => {
    const data = [
      [1, 1],
      [1.1, 0.95],
      [0, 0],
      [-0.04, 0.02],
    ];
    const initialization = [
      [0, 0],
      [1, 1],
      [0.5, 0.5],
    ];
    const result = ours.kmeans(data, 3, { initialization });
    expect(result.computeInformation(data)[2]).toEqual({
      centroid: [0.5, 0.5],
      error: -1,
      size: 0,
    });
    expect(told(result, data)).toEqual(told(theirs.kmeans(data, 3, { initialization }), data));
  });

  it('takes the methods, the seed and a distance of ml-kmeans', () => {
    for (const initialization of ['kmeans++', 'random', 'mostDistant'] as const) {
      const options = { initialization, seed: 3 };
      const result = ours.kmeans(POINTS, 2, options);
      expect(ours.kmeans(POINTS, 2, options)).toEqual(result);
      expect(new Set(result.clusters)).toEqual(new Set(theirs.kmeans(POINTS, 2, options).clusters));
    }
    const distanceFunction = (p: number[], q: number[]) => Math.abs(p[0]! - q[0]!);
    const given = { initialization: CENTERS, distanceFunction };
    expect(told(ours.kmeans(POINTS, 2, given), POINTS)).toEqual(
      told(theirs.kmeans(POINTS, 2, given), POINTS),
    );
  });

  it('yields the same steps', () => {
    const options = { initialization: CENTERS };
    const steps = [...ours.kmeansGenerator(POINTS, 2, options)].map((step) => told(step, POINTS));
    const expected = [...theirs.kmeansGenerator(POINTS, 2, options)];
    expect(steps).toEqual(expected.map((step) => told(step, POINTS)));
    expect(steps.length).toBe(2);
  });

  it('throws where ml-kmeans throws, in its words', () => {
    const calls: [number[][], number, object][] = [
      [[], 2, {}],
      [[[1, 2]], 2, {}],
      [[[1, 2]], -1, {}],
      [[[1, 2]], 0, {}],
      [[[1, 2]], 1.5, {}],
      [POINTS, 2, { initialization: [[1]] }],
      [POINTS, 2, { initialization: 'lol' }],
    ];
    for (const [data, k, options] of calls) {
      let words = '';
      try {
        theirs.kmeans(data, k, options);
      } catch (error) {
        words = (error as Error).message;
      }
      expect(words).not.toBe('');
      expect(() => ours.kmeans(data, k, options)).toThrow(words);
    }
  });
});
