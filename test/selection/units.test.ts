// Choices do not depend on the units of y, and errors are in them.
import { describe, expect, it } from 'vitest';
import { type DeepTypeOptions, datasets, selection } from '../../src/index.js';
import { QUICK } from './tables.js';

const { X, y: signal } = datasets.makeRegression({
  samples: 120,
  features: 6,
  informative: 2,
  noise: 30,
  seed: 5,
});
const y = Array.from(signal, (v) => v / 100);
/** y in other units; a power of two, so that bits can be compared, and far from 0. */
const A = 2 ** -13;
const scaled = y.map((v) => A * v);
const shifted = y.map((v) => 1e-3 * v + 1e6);
const optionsOf = (loss: 'mse' | 'mae'): DeepTypeOptions => ({ ...QUICK, loss, threads: 1 });

describe.each([
  ['mse', 2],
  ['mae', 1],
] as const)('%s', (loss, power) => {
  const options = optionsOf(loss);

  it('crossValidate chooses the same, by errors in the units of y', async () => {
    const grid = { relativeWeight: [0.02, 0.2, 0.5] };
    const run = (target: number[]) =>
      selection.crossValidate(X, target, options, grid, { folds: 3 });
    const [one, other, far] = [await run(y), await run(scaled), await run(shifted)];
    expect(other.best.parameters).toEqual(one.best.parameters);
    expect(far.best.parameters).toEqual(one.best.parameters);
    one.table.forEach(({ error, features }, k) => {
      expect(other.table[k]!.error).toBeCloseTo(error * A ** power, 12);
      expect(other.table[k]!.features).toBe(features);
      expect(far.table[k]!.error / 1e-3 ** power / error).toBeCloseTo(1, 1);
    });
  });

  it('a function that scores gets what predict returns', async () => {
    const seen: unknown[] = [];
    const scoring = (truth: number[], predictions: Float32Array) => {
      seen.push(predictions);
      return Math.abs(truth[0]! - predictions[0]!);
    };
    const grid = { relativeWeight: [0.1] };
    await selection.crossValidate(X, scaled, options, grid, { folds: 2, scoring });
    expect(seen.length).toBe(2);
    for (const predictions of seen) expect(predictions).toBeInstanceOf(Float32Array);
  });

  it('path is the same, and its errors are in the units of y', async () => {
    const settings = { steps: 5, ratio: 0.01, refit: true, validation: { fraction: 0.3 } };
    const run = (target: number[]) => selection.path(X, target, options, settings);
    const [one, other] = [await run(y), await run(scaled)];
    expect(other.length).toBe(one.length);
    one.forEach(({ validation, ...point }, k) => {
      const { validation: theirs, ...same } = other[k]!;
      expect(same).toEqual(point);
      expect(theirs!.error / A ** power).toBeCloseTo(validation!.error, 8);
      if (validation!.refitError === undefined) return;
      expect(theirs!.refitError! / A ** power).toBeCloseTo(validation!.refitError, 8);
    });
    // The empty network at the end says the location: its error is the spread of y.
    const last = one.at(-1)!;
    expect(last.features).toBe(0);
    const spread =
      y.reduce((sum, v) => sum + Math.abs(v - y.reduce((a, b) => a + b) / 120) ** power, 0) / 120;
    expect(last.validation!.error / spread).toBeGreaterThan(0.5);
    expect(last.validation!.error / spread).toBeLessThan(2);
    expect(Math.min(...one.map(({ validation }) => validation!.error))).toBeLessThan(0.5 * spread);
  });

  it('stability and refit are the same', async () => {
    const settings = { resamples: 6 };
    const [one, other] = [
      await selection.stability(X, y, options, settings),
      await selection.stability(X, scaled, options, settings),
    ];
    expect(other).toEqual(one);
    const features = [0, 1, 2];
    const [own, theirs] = [
      await selection.refit(X, y, options, features),
      await selection.refit(X, scaled, options, features),
    ];
    const part = selection.takeColumns(X, features);
    expect(Array.from(theirs.predict(part) as Float32Array)).toEqual(
      Array.from(own.predict(part) as Float32Array, (v) => A * v),
    );
  });
});
