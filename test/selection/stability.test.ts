import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { Matrix, selection } from '../../src/index.js';
import { QUICK, X, y } from './tables.js';

const { stability } = selection;

describe('stability', () => {
  it('gives a strong signal probability 1, and the bound of Theorem 1', async () => {
    const table = Matrix.from(X.toArray());
    y.forEach((label, i) => {
      table.data[i * 8 + 2]! += 30 * label;
    });
    const settings = { resamples: 12, threshold: 0.9, maxFeatures: 2 };
    const found = await stability(table, y, QUICK, settings);
    expect(found.probability[2]).toBe(1);
    expect(found.selected[0]).toBe(2);
    const q = found.probability.reduce((sum, p) => sum + p, 0);
    expect(found.meanSelected).toBeCloseTo(q, 12);
    expect(found.meanSelected).toBeLessThanOrEqual(2);
    expect(found.errorBound).toBeCloseTo((q * q) / (0.8 * 8), 12);
    const stable = [...found.probability.keys()].filter((j) => found.probability[j]! >= 0.9);
    expect(found.selected.toSorted()).toEqual(Int32Array.from(stable));
  });

  it('selects no more of pure noise than the bound says, on average', async () => {
    let selected = 0;
    let bound = 0;
    const tables = 8;
    for (let seed = 0; seed < tables; seed++) {
      const random = new Random(seed, 77);
      const noise = Float32Array.from({ length: 80 * 12 }, () => random.normal());
      const labels = Int32Array.from({ length: 80 }, (_, i) => i % 2);
      const found = await stability(
        new Matrix(noise, 80, 12),
        labels,
        { ...QUICK, clusters: 2 },
        { resamples: 10, threshold: 0.8, maxFeatures: 3, seed },
      );
      selected += found.selected.length / tables;
      bound += found.errorBound / tables;
    }
    expect(bound).toBeGreaterThan(0.5); // the bound is not met by selecting nothing
    expect(selected).toBeLessThanOrEqual(bound);
  });

  it('depends on the seed and on nothing else: neither threads nor what was computed before', async () => {
    const run = (threads: number, seed: number) =>
      stability(X, y, { ...QUICK, threads }, { resamples: 8, seed });
    const one = await run(1, 1);
    expect(await run(3, 1)).toEqual(one);
    expect((await run(1, 2)).probability).not.toEqual(one.probability);
  });

  it('takes values, groups and missing values', async () => {
    const values = Float32Array.from(X.data.filter((_, k) => k % 8 === 3));
    const holes = Matrix.from(X.toArray());
    holes.data[5] = Number.NaN;
    const groups = Array.from({ length: 120 }, (_, i) => `g${i >> 3}`);
    const found = await stability(
      holes,
      values,
      { ...QUICK, loss: 'mse', pretrain: { epochs: 20 } },
      { resamples: 6, fraction: 0.7, groups, impute: 'median' },
    );
    expect(found.probability[3]).toBe(1);
  });

  it('refits to the features it has found', async () => {
    const { selected } = await stability(X, y, QUICK, { resamples: 8, threshold: 0.6 });
    expect(selected.length).toBeGreaterThan(0);
    const model = await selection.refit(X, y, QUICK, selected);
    expect(model.alpha).toBe(0);
    expect(model.score(selection.takeColumns(X, selected), y)).toBeGreaterThan(0.5);
    model.dispose();
  });

  it('can be aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort('late');
    const settings = { resamples: 50, signal: controller.signal, onProgress };
    await expect(stability(X, y, QUICK, settings)).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      cause: 'late',
    });
  });

  it.each([
    [{ threshold: 0.5 }, 'threshold'],
    [{ fraction: 1 }, 'fraction'],
    [{ resamples: 0 }, 'resamples'],
    [{ maxFeatures: 0 }, 'maxFeatures'],
    [{ subsamples: 3 }, 'settings'],
  ])('refuses %j', async (settings, name) => {
    await expect(stability(X, y, QUICK, settings as object)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(name),
    });
  });
});

describe('takeColumns', () => {
  it('takes columns in the order given and keeps float64', () => {
    const taken = selection.takeColumns(
      [
        [1, 2, 1e-300],
        [4, 5, 6],
      ],
      [2, 0],
    );
    expect(taken).toEqual({ data: Float64Array.of(1e-300, 1, 6, 4), rows: 2, columns: 2 });
    expect(selection.takeColumns(X, Int32Array.of(7)).data).toBeInstanceOf(Float32Array);
  });

  it.each([[[]], [[8]], [[-1]], [[0.5]], ['0']])('refuses the features %j', (features) => {
    expect(() => selection.takeColumns(X, features as number[])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  it('is what refit trains on', async () => {
    const labels = y.map((label) => label % 2);
    const model = await selection.refit(X, labels, { ...QUICK, clusters: 2 }, [3, 1]);
    expect(model.network.inputs).toBe(2);
    expect(model.predict(selection.takeColumns(X, [3, 1])).length).toBe(120);
    model.dispose();
  });
});
