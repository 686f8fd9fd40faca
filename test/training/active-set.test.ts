import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, datasets } from '../../src/index.js';

async function fitBoth(table: { X: datasets.Clusters['X']; y: Int32Array }, options: object = {}) {
  const fitWith = async (activeSet: boolean) => {
    const model = new DeepType({ clusters: 4, ...options, activeSet } as DeepTypeOptions);
    const result = await model.fit(table.X, table.y);
    const [labels, parameters] = [model.labels, model.network.parameters()];
    const selected = Array.from(model.selectedFeatures).sort((a, b) => a - b);
    return { model, result, labels, parameters, selected };
  };
  return { on: await fitWith(true), off: await fitWith(false) };
}

/** A table in which the labels alone ask for fewer inputs than the clusters do. */
function mergedTable(seed: number) {
  const { X, y, informative } = datasets.makeClusters({ seed, features: 60 });
  return { X, y: y.map((cluster) => cluster >> 1), informative };
}

/** So wide that bounds pay: see native/core/training/screening.h. */
const WIDE_TABLE = { samples: 300, features: 1200, informative: 8 };
const WIDE = {
  hidden: [256, 16],
  activation: 'sigmoid',
  sparsity: { relativeWeight: 0.35 },
  pretrain: { epochs: 20 },
  joint: { epochs: 10 },
};

describe('the active set', () => {
  it.each([0, 3, 4])(
    'meets the same KKT tolerance and selects the same inputs, seed %i',
    async (seed) => {
      const table = datasets.makeClusters({ seed, features: 120 });
      const { on, off } = await fitBoth(table, { seed });
      for (const { result } of [on, off]) {
        expect(result.stopReason).toBe('converged');
        expect(result.kktResidual / result.alpha).toBeLessThan(0.011);
      }
      expect(on.selected).toEqual(off.selected);
      expect(on.model.score(table.X, table.y)).toBeCloseTo(off.model.score(table.X, table.y), 2);
      expect(on.selected.length).toBeLessThan(10); // so that there was something to leave out
    },
  );

  it('does so where the inputs left out are screened by bounds', async () => {
    const table = datasets.makeClusters({ ...WIDE_TABLE, seed: 2 });
    const { on, off } = await fitBoth(table, { ...WIDE, settle: { iterations: 2000 } });
    for (const { result } of [on, off]) {
      expect(result.stopReason).toBe('converged');
      expect(result.kktResidual / result.alpha).toBeLessThan(0.011);
    }
    expect(on.selected).toEqual(off.selected);
    expect(on.selected.length).toBeGreaterThan(2);
    expect(on.result.alpha).toBeCloseTo(off.result.alpha, 6);
  });

  it('takes back inputs that it left out', async () => {
    let revived = 0;
    for (const seed of [1, 2, 5, 9, 11]) {
      const { X, y } = mergedTable(seed);
      const { history, kktResidual, alpha } = await new DeepType({ clusters: 4, seed }).fit(X, y);
      const joint = history.findIndex(({ phase }) => phase === 'joint');
      const counts = history.slice(joint).map(({ selectedFeatures }) => selectedFeatures);
      if (counts.at(-1)! > Math.min(...counts) && kktResidual / alpha < 0.02) revived += 1;
    }
    expect(revived).toBeGreaterThan(0);
  });

  it('changes nothing where no input is emptied', async () => {
    const table = datasets.makeClusters({ samples: 200, seed: 1 });
    const options = {
      sparsity: { penalty: 'l2', relativeWeight: 0.01 },
      settle: { iterations: 24 },
    };
    const { on, off } = await fitBoth(table, options);
    expect(on.selected).toHaveLength(20);
    expect(on.parameters).toEqual(off.parameters);
    expect(on.labels).toEqual(off.labels);
  });

  it.each([
    ['narrow', { samples: 700, features: 80 }, {}],
    ['wide', WIDE_TABLE, { ...WIDE, settle: { iterations: 100 } }],
  ])('gives the same bits for 1, 2 and 3 threads: %s', async (_, table, options) => {
    const { X, y } = datasets.makeClusters({ ...table, seed: 6 });
    const fits = [];
    for (const threads of [1, 2, 3]) {
      const model = new DeepType({ clusters: 4, ...options, threads } as DeepTypeOptions);
      await model.fit(X, y);
      expect(model.selectedFeatures.length).toBeLessThan(40);
      fits.push({ parameters: model.network.parameters(), labels: model.labels });
    }
    expect(fits[1]).toEqual(fits[0]);
    expect(fits[2]).toEqual(fits[0]);
  });
});
