import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkClustering, mlKMeans } from '../../src/clustering/index.js';
import { Matrix } from '../../src/data/matrix.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const POINTS = Matrix.from([
  [0, 0],
  [0, 1],
  [10, 0],
  [10, 1],
]);

describe('mlKMeans', () => {
  it('clusters, and the same again', () => {
    const first = mlKMeans(POINTS, 2);
    expect(first.labels).toBeInstanceOf(Int32Array);
    expect(first.centroids).toBeInstanceOf(Matrix);
    expect(first.labels[0]).toBe(first.labels[1]);
    expect(first.labels[0]).not.toBe(first.labels[2]);
    expect(mlKMeans(POINTS, 2)).toEqual(first);
    expect(checkClustering(first, 4, 2, 2)).toEqual(first);
  });

  it('keeps the numbers of the clusters it starts from', () => {
    const start = Matrix.from([
      [10, 0],
      [0, 0],
    ]);
    expect([...mlKMeans(POINTS, 2, start).labels]).toEqual([1, 1, 0, 0]);
  });

  it('takes rows that are all the same', () => {
    const same = Matrix.from([[1], [1], [1]]);
    expect(checkClustering(mlKMeans(same, 2), 3, 2, 1).centroids.toArray()).toEqual([[1], [1]]);
  });
});

describe('checkClustering', () => {
  const centroids = [
    [0, 0.5],
    [10, 0.5],
  ];
  const check = (result: unknown) => () => checkClustering(result, 4, 2, 2);

  it('takes labels as numbers and centroids as rows', () => {
    const { labels, centroids: matrix } = check({ labels: [0, 0, 1, 1], centroids })();
    expect(labels).toEqual(Int32Array.of(0, 0, 1, 1));
    expect(matrix.toArray()).toEqual(centroids);
  });

  it('says what is wrong with a result', () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    messageOf(check(undefined), 'ERR_INVALID_ARGUMENT');
    messageOf(check(Promise.resolve({ labels, centroids })), 'ERR_INVALID_ARGUMENT');
    messageOf(check({ labels: '0011', centroids }), 'ERR_INVALID_ARGUMENT');
    messageOf(check({ labels: [0, 0, 1], centroids }), 'ERR_SHAPE_MISMATCH');
    const message = messageOf(check({ labels: [0, 0, 1, 2], centroids }), 'ERR_INVALID_ARGUMENT');
    expect(message).toBe('clusterer: labels[3]: expected an integer from 0 to 1, received 2');
    messageOf(check({ labels: [0, 0, 1, -1], centroids }), 'ERR_INVALID_ARGUMENT');
    messageOf(check({ labels: [0, 0, 1, 0.5], centroids }), 'ERR_INVALID_ARGUMENT');
    messageOf(check({ labels, centroids: [[1, 2]] }), 'ERR_SHAPE_MISMATCH');
    messageOf(check({ labels, centroids: [[1], [2]] }), 'ERR_SHAPE_MISMATCH');
    const gone = [
      [0, Number.NaN],
      [1, 1],
    ];
    messageOf(check({ labels, centroids: gone }), 'ERR_NON_FINITE_INPUT');
  });

  it('throws a coded error or succeeds, whatever came', () => {
    assertProperty(
      fc.property(fc.anything(), fc.anything(), (a, b) => {
        expectCoded(check(a));
        expectCoded(check({ labels: a, centroids: b }));
      }),
    );
  });
});
