import { describe, expect, it } from 'vitest';
import { datasets, Matrix, selection } from '../../src/index.js';
import { QUICK, X, y } from './tables.js';

const { path } = selection;
const SHORT = { steps: 12 };

describe('path', () => {
  it.each([0, 3, 4])('passes through exactly the informative set of draw %i', async (seed) => {
    const draw = datasets.makeClusters({ seed });
    const points = await path(draw.X, draw.y, { clusters: 4, seed });
    const sets = points.map(({ selected }) => selected.toSorted().join());
    expect(sets).toContain(draw.informative.join());
  });

  it('goes from dense to empty in equal ratios of alpha', async () => {
    const points = await path(X, y, QUICK, { steps: 20, ratio: 1e-6 });
    expect(points.length).toBeGreaterThanOrEqual(20);
    expect(points[0]!.features).toBe(8);
    expect(points.at(-1)!.features).toBe(0);
    expect(points[0]!.relativeAlpha).toBeCloseTo(1e-6, 12);
    expect(points[19]!.relativeAlpha).toBe(1);
    const growth = points.slice(1).map(({ alpha }, k) => alpha / points[k]!.alpha);
    for (const g of growth) expect(g).toBeCloseTo(1e6 ** (1 / 19), 9);
    for (const { features, selected, losses, alpha } of points) {
      expect(selected.length).toBe(features);
      expect(losses.total).toBeCloseTo(losses.primary + alpha * losses.sparsity, 10);
    }
    const { primary, sparsity } = points.at(-1)!.losses;
    expect(sparsity).toBe(0);
    expect(primary).toBeCloseTo(Math.log(3), 3); // three classes of equal size, nothing to tell them by
  });

  it('certifies its points by the KKT residual, given iterations', async () => {
    const points = await path(X, y, QUICK, { steps: 8, ratio: 0.01, iterations: 2000 });
    for (const { kktResidual, alpha } of points) expect(kktResidual).toBeLessThan(0.0101 * alpha);
  });

  it('is the same for any number of threads', async () => {
    const one = await path(X, y, { ...QUICK, threads: 1 }, SHORT);
    expect(await path(X, y, { ...QUICK, threads: 3 }, SHORT)).toEqual(one);
  });

  it('judges each point on held-out rows, and a model refitted to its features', async () => {
    const validation = { fraction: 0.25, seed: 1 };
    const points = await path(X, y, QUICK, { ...SHORT, validation, refit: true });
    const empty = points.find(({ features }) => features === 0)!;
    expect(empty.validation!.error).toBeCloseTo(2 / 3, 1);
    expect(empty.validation!.refitError).toBeUndefined();
    const chosen = points.filter(({ features }) => features > 0);
    for (const { validation: v } of chosen) expect(v!.refitError).toBeGreaterThanOrEqual(0);
    expect(Math.min(...chosen.map((p) => p.validation!.refitError!))).toBeLessThan(0.4);
    const again = await path(X, y, QUICK, { ...SHORT, validation });
    expect(again.map((p) => p.validation!.error)).toEqual(points.map((p) => p.validation!.error));
  });

  it('refits by what selection.refit gives', async () => {
    const { XTrain, XTest, yTrain, yTest } = datasets.trainTestSplit(X, y, { seed: 3 });
    const settings = { ...SHORT, validation: { X: XTest, y: yTest }, refit: true };
    const points = await path(XTrain, yTrain, QUICK, settings);
    const point = points.find(({ features }) => features > 0 && features < 8)!;
    const features = point.selected.toSorted();
    const model = await selection.refit(XTrain, yTrain, QUICK, features);
    expect(model.selectedFeatures.length).toBe(features.length);
    const score = model.score(selection.takeColumns(XTest, features), yTest);
    expect(point.validation!.refitError).toBeCloseTo(1 - score, 12);
    model.dispose();
  });

  it('takes values, missing values and other penalties', async () => {
    const { X: table, y: values } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 100,
      features: 6,
      informative: 2,
      noise: 0.1,
      seed: 1,
    });
    const holes = Matrix.from(table.toArray());
    holes.data[9] = Number.NaN;
    const options = { ...QUICK, loss: 'mse' as const, sparsity: { penalty: 'l1' as const } };
    const validation = { fraction: 0.2 };
    const points = await path(holes, values, options, { ...SHORT, validation, impute: 'mean' });
    expect(points.at(-1)!.features).toBe(0);
    const errors = points.map((p) => p.validation!.error);
    expect(Math.min(...errors)).toBeLessThan(errors.at(-1)!);
  });

  it('takes times and events, and pairs of a knowledge graph', async () => {
    const time = Array.from(y, (label, i) => Math.exp(-label) * (1 + (i % 7)));
    const event = Array.from(y, (_, i) => i % 3 !== 0);
    const validation = { fraction: 0.3 };
    const settings = { ...SHORT, validation };
    const points = await path(X, { time, event }, { ...QUICK, loss: 'cox' }, settings);
    expect(points.at(-1)!.validation!.error).toBe(0.5); // all risks are equal
    expect(Math.min(...points.map((p) => p.validation!.error))).toBeLessThan(0.4);
    const loss = { name: 'knowledge-graph' as const, pairs: [{ i: 0, j: 119 }], weight: 2 };
    const joined = await path(X, y, { ...QUICK, loss }, settings);
    expect(joined.at(-1)!.features).toBe(0);
  });

  it('tells of its progress and can be aborted', async () => {
    const seen: number[] = [];
    const onProgress = ({ fraction }: selection.SelectionProgress) => seen.push(fraction);
    await path(X, y, QUICK, { ...SHORT, onProgress });
    expect(seen.at(-1)).toBe(1);
    const controller = new AbortController();
    const settings = {
      steps: 1000,
      iterations: 1000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    };
    await expect(path(X, y, QUICK, settings)).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it.each([
    [{ sparsity: { penalty: 'l2' } }, {}, 'sparsity'],
    [{ sparsity: { solver: 'subgradient' } }, {}, 'sparsity'],
    [{}, { steps: 1 }, 'steps'],
    [{}, { ratio: 1 }, 'ratio'],
    [{}, { refit: true }, 'validation'],
    [{}, { validation: {} }, 'validation.fraction'],
    [{}, { validation: { fraction: 1 } }, 'validation.fraction'],
    [{}, { alphas: [1] }, 'settings'],
  ])('refuses %j with %j', async (options, settings, name) => {
    const call = path(X, y, { ...QUICK, ...(options as object) }, settings as object);
    await expect(call).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(name),
    });
  });

  it('refuses a table on which the loss does not depend', async () => {
    const constant = new Matrix(new Float32Array(120 * 8).fill(1), 120, 8);
    const call = path(constant, y, QUICK, SHORT);
    await expect(call).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});
