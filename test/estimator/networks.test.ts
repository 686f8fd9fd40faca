import { describe, expect, it } from 'vitest';
import { allFinite, fitted, weightsOf, X, y } from './tables.js';

describe('every shape of network', () => {
  const shapes = [[1], [5], [1, 1], [7, 3], [33, 17, 9], [2, 2, 2, 2], [3, 65, 1]];
  for (const hidden of shapes) {
    it(`hidden [${hidden}]`, async () => {
      const model = await fitted({ hidden });
      expect(model.transform(X).columns).toBe(hidden.at(-1));
      expect(model.centroids.columns).toBe(hidden.at(-1));
      expect(weightsOf(model).every(allFinite)).toBe(true);
      expect(model.assign(X)).toEqual(model.labels);
    });
  }

  for (const activation of ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const) {
    it(`activation ${activation}`, async () => {
      const model = await fitted({
        activation,
        pretrain: { epochs: 25 },
        joint: { epochs: 20, restart: activation === 'sigmoid' ? 'none' : 'isometric' },
        optimizer: { learningRate: 0.01 },
      });
      expect(model.network.activation).toBe(activation);
      expect(model.score(X, y)).toBeGreaterThan(0.9);
      expect(allFinite(model.history.map(({ total }) => total))).toBe(true);
    });
  }

  for (const penalty of ['group-lasso', 'l1', 'l2', 'elastic-net', 'l-infinity'] as const) {
    it(`penalty ${penalty}`, async () => {
      const model = await fitted({ sparsity: { penalty } });
      expect(model.alpha).toBeGreaterThan(0);
      expect(Number.isFinite(model.kktResidual)).toBe(true);
      if (penalty === 'l2') expect(model.selectedFeatures.length).toBe(8);
    });
  }

  it('a weight of the penalty that empties the layer', async () => {
    const model = await fitted({ sparsity: { relativeWeight: 100 } });
    expect(model.selectedFeatures.length).toBe(0);
    expect(model.featureImportances).toEqual(new Float32Array(8));
    expect(model.kktResidual).toBeLessThan(1e-6);
  });
});
