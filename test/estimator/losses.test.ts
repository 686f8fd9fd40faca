import { describe, expect, it } from 'vitest';
import { type DeepTypeOptions, metrics } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { allFinite, fitted, informative, X, y } from './tables.js';

describe('every loss', () => {
  const target = Float32Array.from(y, (k, i) => k + X.get(i, informative[0]!) / 10);
  const pair = { data: [...target].flatMap((t) => [t, -2 * t]), rows: 120, columns: 2 };
  const long: Partial<DeepTypeOptions> = {
    pretrain: { epochs: 30 },
    joint: { epochs: 30 },
    optimizer: { learningRate: 0.003 },
  };
  const longer = { ...long, pretrain: { epochs: 60 }, joint: { epochs: 60 } };

  for (const loss of ['mse', 'mae', 'huber'] as const) {
    it(`${loss} learns one value a row and rows of values`, async () => {
      const one = await fitted({ ...longer, loss }, target);
      expect(one.classes).toBeUndefined();
      const values = one.predict(X);
      expect(values).toBeInstanceOf(Float32Array);
      expect(values.length).toBe(120);
      expect(one.score(X, target)).toBeGreaterThan(0.8);
      expect(one.score(X, target)).toBeCloseTo(
        metrics.rSquared([...target], values as Float32Array),
        6,
      );
      const two = await fitted({ ...longer, loss }, pair);
      expect(two.network.outputs).toBe(2);
      expect(two.predict(X).length).toBe(240);
      expect(two.score(X, pair)).toBeGreaterThan(0.7);
      expect(allFinite(two.history.map(({ total }) => total))).toBe(true);
      messageOf(() => one.predictProba(X), 'ERR_INVALID_ARGUMENT');
    });
  }

  it('cross-entropy and bce of two classes agree on the classes', async () => {
    const labels = Array.from(y, (k) => (k === 1 ? 'yes' : 'no'));
    const softmax = await fitted(long, labels);
    expect(softmax.network.outputs).toBe(2);
    const sigmoid = await fitted({ ...long, loss: 'bce' }, labels);
    expect(sigmoid.network.outputs).toBe(1);
    expect(sigmoid.classes).toEqual(['no', 'yes']);
    expect(softmax.score(X, labels)).toBe(1);
    expect(sigmoid.score(X, labels)).toBe(1);
    const p = sigmoid.predictProba(X);
    expect(p.columns).toBe(2);
    for (let i = 0; i < 120; i++) {
      expect(p.get(i, 0) + p.get(i, 1)).toBeCloseTo(1, 6);
      expect(p.get(i, 1) > 0.5).toBe(labels[i] === 'yes');
    }
  });

  it('bce learns rows of values from 0 to 1', async () => {
    const rows = Array.from(y, (k) => [k === 0 ? 1 : 0, k < 2 ? 0.9 : 0.1]);
    const model = await fitted({ ...long, loss: 'bce' }, rows);
    expect(model.classes).toBeUndefined();
    const p = model.predictProba(X);
    expect([p.rows, p.columns]).toEqual([120, 2]);
    const errors = rows.map((row, i) => Math.abs(row[0]! - p.get(i, 0)));
    expect(errors.reduce((a, b) => a + b, 0) / 120).toBeLessThan(0.1);
    const one = await fitted(
      { loss: 'bce' },
      Float64Array.from(y, (k) => k / 2),
    );
    expect(one.network.outputs).toBe(1);
    expect(one.predictProba(X).columns).toBe(1);
  });
});
