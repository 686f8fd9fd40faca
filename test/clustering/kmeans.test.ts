import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KMeans, type KMeansOptions } from '../../src/clustering/index.js';
import { disposeSymbol } from '../../src/common/dispose.js';
import { Random } from '../../src/common/random.js';
import { Matrix, type MatrixLike } from '../../src/data/matrix.js';
import { type NativeKMeansOptions, native } from '../../src/native/addon.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

/** Rows x columns of integers, with many ties, and a number of clusters that fits. */
const problems = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }))
  .chain(([rows, columns]) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      data: fc.array(fc.integer({ min: -6, max: 6 }), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
      clusters: fc.integer({ min: 1, max: rows }),
      init: fc.constantFrom<'k-means++' | 'random'>('k-means++', 'random'),
      seed: fc.nat(),
    }),
  );

const SQUARE = [
  [0, 0],
  [0, 1],
  [10, 0],
  [10, 1],
];

describe('KMeans on any table', () => {
  it('gives the nearest centroid of each row, means of the clusters and their inertia', () => {
    assertProperty(
      fc.property(problems, ({ clusters, init, seed, ...X }) => {
        const model = new KMeans({ clusters, init, seed, nInit: 2, tolerance: 0 }).fit(X);
        const { labels, centroids } = model;
        const rows = rowsOf(X);
        expect(model.converged).toBe(true);
        expect(model.predict(X)).toEqual(labels);
        let inertia = 0;
        rows.forEach((row, i) => {
          const distances = centroids.toArray().map((c) => squared(row, c));
          const own = distances[labels[i]!]!;
          expect(own - Math.min(...distances)).toBeLessThan(1e-4);
          inertia += own;
        });
        expect(Math.abs(model.inertia - inertia)).toBeLessThan(1e-3 * (1 + inertia));
        centroids.toArray().forEach((c, k) => {
          const members = rows.filter((_, i) => labels[i] === k);
          if (members.length === 0) return;
          c.forEach((value, j) => {
            const mean = members.reduce((sum, row) => sum + row[j]!, 0) / members.length;
            expect(Math.abs(mean - value)).toBeLessThan(1e-5);
          });
        });
      }),
    );
  });

  it('never lets the inertia rise', () => {
    assertProperty(
      fc.property(problems, ({ clusters, init, seed, data, rows, columns }) => {
        const x = { data: Float32Array.from(data), rows, columns };
        const { inertias } = native().kmeans(x, nativeOptions({ clusters, init, seed }));
        for (let i = 1; i < inertias.length; i++) {
          expect(inertias[i]!).toBeLessThanOrEqual(inertias[i - 1]! * (1 + 1e-12));
        }
      }),
    );
  });

  it('leaves no cluster empty while there are distinct rows enough', () => {
    assertProperty(
      fc.property(problems, ({ clusters, init, seed, ...X }) => {
        const distinct = new Set(rowsOf(X).map((row) => row.join())).size;
        const { labels } = new KMeans({ clusters, init, seed, nInit: 1, tolerance: 0 }).fit(X);
        expect(new Set(labels).size).toBeLessThanOrEqual(Math.min(clusters, distinct));
        if (clusters <= distinct) expect(new Set(labels).size).toBe(clusters);
      }),
    );
  });

  it('gives the same bits for 1, 2 and 3 threads, from fit and from fitAsync', async () => {
    const random = new Random(3);
    const x = new Matrix(
      Float32Array.from({ length: 60_000 }, () => random.normal()),
      6000,
      10,
    );
    const fits = [1, 2, 3].map((threads) => new KMeans({ clusters: 40, nInit: 1, threads }).fit(x));
    fits.push(await new KMeans({ clusters: 40, nInit: 1 }).fitAsync(x));
    const [first, ...others] = fits;
    for (const other of others) {
      expect(other.labels).toEqual(first!.labels);
      expect(other.centroids.data).toEqual(first!.centroids.data);
      expect(other.inertia).toBe(first!.inertia);
      expect(other.predict(x)).toEqual(first!.predict(x));
    }
  });
});

describe('KMeans on particular tables', () => {
  it('finds one cluster, and as many clusters as rows', () => {
    const one = new KMeans({ clusters: 1 }).fit(SQUARE);
    expect([...one.labels]).toEqual([0, 0, 0, 0]);
    expect(one.centroids.toArray()).toEqual([[5, 0.5]]);
    const all = new KMeans({ clusters: 4 }).fit(SQUARE);
    expect([...all.labels].sort()).toEqual([0, 1, 2, 3]);
    expect(all.inertia).toBe(0);
  });

  it('takes fewer distinct rows than clusters, and constant columns', () => {
    const twins = Array.from({ length: 12 }, (_, i) => [i % 2, 7]);
    const model = new KMeans({ clusters: 5 }).fit(twins);
    expect(model.inertia).toBe(0);
    expect(new Set(model.labels).size).toBe(2);
    expect(new KMeans({ clusters: 3 }).fit(twins.map(() => [1, 1])).inertia).toBe(0);
  });

  it('refills a cluster that runs empty', () => {
    const init = [
      [5, 0.5],
      [1000, 1000],
    ];
    const model = new KMeans({ clusters: 2, init }).fit(SQUARE);
    expect(new Set(model.labels).size).toBe(2);
    expect(model.inertia).toBe(1);
  });

  it.each([1e6, 1e9])('gives the same labels under an offset of %d in float64', (offset) => {
    const random = new Random(5);
    const data = Float64Array.from({ length: 900 }, () => Math.round(random.normal() * 1000) / 256);
    const options = { clusters: 4, seed: 1 };
    const plain = new KMeans(options).fit({ data, rows: 300, columns: 3 });
    const moved = data.map((x) => x + offset);
    const shifted = new KMeans(options).fit({ data: moved, rows: 300, columns: 3 });
    expect(shifted.labels).toEqual(plain.labels);
    expect(Math.abs(shifted.inertia / plain.inertia - 1)).toBeLessThan(1e-6);
    expect(shifted.predict({ data: moved, rows: 300, columns: 3 })).toEqual(plain.labels);
  });

  it('depends on the seed alone', () => {
    const random = new Random(9);
    const X = new Matrix(
      Float32Array.from({ length: 600 }, () => random.normal()),
      200,
      3,
    );
    const labelsOf = (seed: number) => new KMeans({ clusters: 8, nInit: 1, seed }).fit(X).labels;
    expect(labelsOf(1)).toEqual(labelsOf(1));
    expect(labelsOf(1)).not.toEqual(labelsOf(2));
  });
});

describe('KMeans as an object', () => {
  it('is not fitted, busy or disposed, and says so', async () => {
    const model = new KMeans({ clusters: 2 });
    const uses = [
      () => model.predict(SQUARE),
      () => model.labels,
      () => model.centroids,
      () => model.inertia,
      () => model.iterations,
      () => model.converged,
    ];
    for (const use of uses) messageOf(use, 'ERR_NOT_FITTED');
    const pending = model.fitAsync(SQUARE);
    for (const use of [...uses, () => model.fit(SQUARE)]) messageOf(use, 'ERR_BUSY');
    await expect(model.fitAsync(SQUARE)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect(await pending).toBe(model);
    expect(model.labels.length).toBe(4);
    model.dispose();
    model[disposeSymbol]();
    for (const use of [...uses, () => model.fit(SQUARE)]) messageOf(use, 'ERR_DISPOSED');
    await expect(model.fitAsync(SQUARE)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  it('answers from the fit before while it is fitted again', async () => {
    const model = new KMeans({ clusters: 2 }).fit(SQUARE);
    const { labels, centroids, inertia } = model;
    const pending = model.fitAsync(SQUARE.map((row) => row.map((x) => 3 * x)));
    expect([model.labels, model.centroids, model.inertia]).toEqual([labels, centroids, inertia]);
    expect(model.predict(SQUARE)).toEqual(labels);
    messageOf(() => model.fit(SQUARE), 'ERR_BUSY');
    await pending;
    expect(model.inertia).toBeCloseTo(9 * inertia, 9);
  });

  it('rejects a fitAsync that dispose overtook', async () => {
    const model = new KMeans({ clusters: 2 });
    const pending = model.fitAsync(SQUARE);
    model.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' });
    messageOf(() => model.labels, 'ERR_DISPOSED');
  });

  it('keeps its result when a later call is refused', async () => {
    const model = new KMeans({ clusters: 2 }).fit(SQUARE);
    const labels = model.labels;
    messageOf(() => model.fit([[1, 2]]), 'ERR_INVALID_ARGUMENT');
    await expect(model.fitAsync([[1, 2]])).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(model.labels).toBe(labels);
    expect(model.fit(SQUARE)).toBe(model);
  });

  it('copies what it was given', async () => {
    const init = { data: Float64Array.of(0, 0, 10, 0), rows: 2, columns: 2 };
    const model = new KMeans({ clusters: 2, init });
    init.data.fill(Number.NaN);
    const x = { data: Float64Array.from(SQUARE.flat()), rows: 4, columns: 2 };
    const pending = model.fitAsync(x);
    x.data.fill(0);
    expect([...(await pending).labels]).toEqual([0, 0, 1, 1]);
  });

  it('refuses bad input by name', () => {
    const fitting = (X: unknown, options?: Partial<KMeansOptions>) => () =>
      new KMeans({ clusters: 2, ...options }).fit(X as MatrixLike);
    const tooMany = messageOf(fitting([[1], [2]], { clusters: 3 }), 'ERR_INVALID_ARGUMENT');
    expect(tooMany).toMatch(/3 clusters for 2 rows/);
    messageOf(fitting(SQUARE, { init: [[1, 2]] }), 'ERR_SHAPE_MISMATCH');
    messageOf(fitting(SQUARE, { init: [[1], [2]] }), 'ERR_SHAPE_MISMATCH');
    messageOf(() => fitting(SQUARE)().predict([[1]]), 'ERR_SHAPE_MISMATCH');
    messageOf(fitting([[1], [Number.NaN]]), 'ERR_NON_FINITE_INPUT');
    messageOf(fitting([[1], [1e300]]), 'ERR_NON_FINITE_INPUT');
    const late = new Matrix(new Float32Array(600_000), 200_000, 3);
    late.data[599_998] = Number.POSITIVE_INFINITY;
    const notFinite = messageOf(fitting(late), 'ERR_NON_FINITE_INPUT');
    expect(notFinite).toMatch(/row 199999, column 1/);
    messageOf(fitting('x'), 'ERR_INVALID_ARGUMENT');
    const build = (options: object) => () => new KMeans(options as KMeansOptions);
    for (const options of [
      {},
      { clusters: 0 },
      { clusters: 2.5 },
      { clusters: 2, init: 'kmeans' },
      { clusters: 2, nInit: 0 },
      { clusters: 2, maxIterations: 0 },
      { clusters: 2, tolerance: -1 },
      { clusters: 2, seed: -1 },
      { clusters: 2, threads: 0 },
      { clusters: 2, threads: 'all' },
      { clusters: 2, k: 2 },
    ]) {
      messageOf(build(options), 'ERR_INVALID_ARGUMENT');
    }
  });

  it('throws a coded error or succeeds, whatever it is given', () => {
    assertProperty(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (options, X, init) => {
        expectCoded(() => new KMeans(options as KMeansOptions));
        expectCoded(() => new KMeans({ clusters: 1, init: init as MatrixLike }));
        expectCoded(() => new KMeans({ clusters: 1 }).fit(X as MatrixLike));
        expectCoded(() => new KMeans({ clusters: 1 }).fit([[1]]).predict(X as MatrixLike));
      }),
    );
  });
});

function nativeOptions(options: Partial<NativeKMeansOptions>): NativeKMeansOptions {
  const fixed = { start: null, restarts: 1, maxIterations: 300, tolerance: 0, threads: 1 };
  const recording = { inertias: true };
  return { clusters: 1, init: 'random', seed: 0, ...fixed, ...recording, ...options };
}

function rowsOf(X: { data: ArrayLike<number>; rows: number; columns: number }): number[][] {
  const values = Array.from(X.data);
  return Array.from({ length: X.rows }, (_, i) => values.slice(i * X.columns, (i + 1) * X.columns));
}

function squared(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, j) => sum + (x - b[j]!) ** 2, 0);
}
