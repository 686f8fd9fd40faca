import { describe, expect, it } from 'vitest';
import { DeepType, datasets, Network, Trainer } from '../../src/index.js';
import { native } from '../../src/native/addon.js';

/** Wide enough for its first products to be computed in bfloat16: 256 x 512 x 64 multiply-adds. */
const { X, y } = datasets.makeClusters({ samples: 512, features: 512, seed: 1 });

function losses(precision: 'float32' | 'bf16'): number[] {
  const network = new Network({ inputs: 512, outputs: 4, seed: 3 });
  const trainer = new Trainer({ network, clusters: 4, precision, sparsity: { weight: 1e-3 } });
  const series = Array.from({ length: 10 }, () => trainer.step(X, y).primary);
  trainer.dispose();
  network.dispose();
  return series;
}

describe("precision 'bf16'", () => {
  it('takes steps close to those in float32', () => {
    const [exact, rounded] = [losses('float32'), losses('bf16')];
    exact.forEach((loss, k) => {
      expect(Math.abs(rounded[k]! - loss)).toBeLessThan(0.02 * loss);
    });
    // Where the processor has no such instructions it is float32 itself.
    const isSame = exact.every((loss, k) => loss === rounded[k]);
    expect(isSame).toBe(!native().machine().bf16);
  });

  it('ends with a certificate in float32', async () => {
    const table = datasets.makeClusters({ samples: 1000, features: 512, seed: 2 });
    const model = new DeepType({ clusters: 4, precision: 'bf16', batchSize: 256 });
    const { kktResidual, alpha } = await model.fit(table.X, table.y);
    expect(kktResidual / alpha).toBeLessThan(0.02);
    expect(model.score(table.X, table.y)).toBeGreaterThan(0.98);
    expect(model.selectedFeatures.length).toBeLessThan(20);
  });

  it('computes small products in float32', async () => {
    const small = datasets.makeClusters({ samples: 120, seed: 2 });
    const fitWith = async (precision: 'float32' | 'bf16') => {
      const model = new DeepType({ clusters: 4, precision });
      await model.fit(small.X, small.y);
      return model.network.parameters();
    };
    expect(await fitWith('bf16')).toEqual(await fitWith('float32'));
  });
});
