import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, datasets, type Targets } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { allFinite, fitted, SMALL, weightsOf, X, y } from './tables.js';

describe('fitting again', () => {
  it('starts afresh, also with other columns, rows and classes', async () => {
    const model = await fitted();
    const first = weightsOf(model);
    await model.fit(X, y);
    expect(weightsOf(model)).toEqual(first);
    const other = datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 4 });
    await model.fit(other.X, Array.from(other.y, String));
    expect(model.featureImportances.length).toBe(5);
    expect(model.labels.length).toBe(60);
    expect(model.classes).toEqual(['0', '1', '2']);
    messageOf(() => model.predict(X), 'ERR_SHAPE_MISMATCH');
  });

  it('goes on from the weights with warmStart', async () => {
    const options: Partial<DeepTypeOptions> = { joint: { epochs: 4, restart: 'none' } };
    const model = await fitted(options);
    const { network } = model;
    const before = model.history.at(-1)!.primary;
    const { alpha } = model;
    const { history } = await model.fit(X, y, { warmStart: true });
    expect(model.network).not.toBe(network); // which the caller keeps as it was
    expect(model.alpha).toBe(alpha);
    expect(history[0]!.phase).toBe('pretrain');
    expect(history.at(-1)!.primary).toBeLessThan(before);
    const cold = new DeepType({ ...SMALL, ...options });
    const { history: fresh } = await cold.fit(X, y, { warmStart: true });
    expect(fresh[0]!.primary).toBeGreaterThan(history[0]!.primary);
  });

  it('with warmStart wants the same columns and classes', async () => {
    const model = await fitted();
    const again = (table: number[][], labels: Targets) =>
      model.fit(table, labels, { warmStart: true });
    const rows = X.toArray();
    await expect(
      again(
        rows.map((row) => row.slice(1)),
        y,
      ),
    ).rejects.toMatchObject({ code: 'ERR_SHAPE_MISMATCH' });
    await expect(
      again(
        rows,
        Array.from(y, (k) => k + 1),
      ),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    expect(model.labels.length).toBe(120);
    expect(model.score(X, y)).toBeGreaterThan(0);
  });
});

describe('unusual tables', () => {
  it('without standardisation are taken as they are', async () => {
    const model = await fitted({ standardize: false });
    const same = await fitted({ standardize: false });
    expect(weightsOf(model)).toEqual(weightsOf(same));
    expect(model.transform(X)).toEqual(model.network.representation(X));
    expect(model.transform(X)).not.toEqual((await fitted()).transform(X));
  });

  it('with columns of no variance keep those at exactly zero', async () => {
    const rows = X.toArray().map((row) => [7, ...row, 0, -1e6]);
    const model = new DeepType(SMALL);
    await model.fit(rows, y);
    const importances = model.featureImportances;
    expect([importances[0], importances[9], importances[10]]).toEqual([0, 0, 0]);
    expect([...model.selectedFeatures].some((j) => [0, 9, 10].includes(j))).toBe(false);
    const predicted = model.predict(rows);
    expect(model.predict(rows.map((row) => [9e9, ...row.slice(1)]))).toEqual(predicted);
  });

  it('with duplicate rows give equal rows equal labels', async () => {
    const rows = X.toArray().slice(0, 20);
    const many = [...rows, ...rows, ...rows, ...rows];
    const model = new DeepType(SMALL);
    await model.fit(
      many,
      many.map((_, i) => y[i % 20]!),
    );
    for (let i = 20; i < 80; i++) expect(model.labels[i]).toBe(model.labels[i % 20]);
    const same = new DeepType(SMALL);
    const flat = Array.from({ length: 12 }, () => [1, 2]);
    const { history } = await same.fit(
      flat,
      flat.map((_, i) => i % 2),
    );
    expect(allFinite(history.map(({ total }) => total))).toBe(true);
    expect(same.selectedFeatures.length).toBe(0);
    expect(new Set(same.labels).size).toBe(1);
  });

  it('of as many rows as clusters, and for one cluster', async () => {
    const rows = X.toArray().slice(0, 3);
    const model = new DeepType(SMALL);
    await model.fit(rows, ['a', 'b', 'c']);
    expect(allFinite(model.centroids.data)).toBe(true);
    expect(model.assign(rows)).toEqual(model.labels);
    const one = await fitted({ clusters: 1 });
    expect(one.labels).toEqual(new Int32Array(120));
    expect(one.centroids.rows).toBe(1);
    expect(allFinite(one.history.map(({ total }) => total))).toBe(true);
    const wide = new DeepType({ ...SMALL, clusters: 1 });
    await wide.fit([[1], [2]], [0, 1]);
    expect(wide.labels.length).toBe(2);
  });
});
