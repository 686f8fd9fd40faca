import { describe, expect, it } from 'vitest';
import { type Clusterer, DeepType, Matrix, metrics, mlKMeans } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { allFinite, fitted, SMALL, weightsOf, X, y } from './tables.js';

describe('a clusterer', () => {
  it('mlKMeans takes the place of the native K-means', async () => {
    const model = await fitted({ clusterer: mlKMeans });
    expect(metrics.adjustedRandIndex(y, model.labels)).toBe(1);
    expect(model.assign(X)).toEqual(model.labels);
  });

  it("of the caller's gets the representation, K and from the second time the last centroids", async () => {
    const calls: { rows: number; columns: number; k: number; init: number[][] | undefined }[] = [];
    const halves: Clusterer = (representation, k, init) => {
      calls.push({
        rows: representation.rows,
        columns: representation.columns,
        k,
        init: init?.toArray(),
      });
      const labels = Int32Array.from({ length: representation.rows }, (_, i) => i % k);
      return { labels, centroids: Matrix.from([0, 1, 2].map((c) => [c, c, c, calls.length])) };
    };
    const model = await fitted({ clusterer: halves, joint: { epochs: 2, hold: 0 } });
    expect(calls.length).toBe(1 + 2 + 2);
    expect(calls.every(({ rows, columns, k }) => rows === 120 && columns === 4 && k === 3)).toBe(
      true,
    );
    expect(calls[0]!.init).toBeUndefined();
    for (const [n, { init }] of calls.slice(1).entries()) {
      expect(init).toEqual([0, 1, 2].map((c) => [c, c, c, n + 1]));
    }
    expect(model.centroids.toArray()[1]).toEqual([1, 1, 1, calls.length]);
  });

  it('that misbehaves makes the fit reject', async () => {
    const centroids = Matrix.from([0, 1, 2].map((c) => [c, c, c, c]));
    const labels = new Int32Array(120);
    const bad: [unknown, string, RegExp][] = [
      [undefined, 'ERR_INVALID_ARGUMENT', /clusterer: its result: expected an object/],
      [Promise.resolve({ labels, centroids }), 'ERR_INVALID_ARGUMENT', /^clusterer: .* promise/],
      [{ labels: labels.subarray(1), centroids }, 'ERR_SHAPE_MISMATCH', /120 values, received 119/],
      [
        { labels: labels.map(() => 3), centroids },
        'ERR_INVALID_ARGUMENT',
        /labels\[0\].*received 3/,
      ],
      [{ labels }, 'ERR_INVALID_ARGUMENT', /clusterer: centroids/],
      [
        { labels, centroids: [[1], [2], [3]] },
        'ERR_SHAPE_MISMATCH',
        /3 x 4 values, received 3 x 1/,
      ],
      [
        {
          labels,
          centroids: [
            [0, 0, 0, 0],
            [0, 0, 0, Number.NaN],
            [0, 0, 0, 0],
          ],
        },
        'ERR_NON_FINITE_INPUT',
        /row 1, column 3/,
      ],
    ];
    for (const [result, code, message] of bad) {
      const model = new DeepType({ ...SMALL, clusterer: () => result as ReturnType<Clusterer> });
      await expect(model.fit(X, y)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      expect(weightsOf(model).every(allFinite)).toBe(true);
    }
    const mine = new RangeError('mine');
    const throwing = new DeepType({
      ...SMALL,
      clusterer: () => {
        throw mine;
      },
    });
    await expect(throwing.fit(X, y)).rejects.toBe(mine);
  });
});
