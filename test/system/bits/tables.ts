// The tables of the fits: made ones from fixed seeds, and the breast-cancer table of the examples.
import { readFileSync } from 'node:fs';
import { datasets, Matrix } from '../../../src/index.js';

export const clusters = datasets.makeClusters({
  samples: 240,
  features: 18,
  clusters: 4,
  informative: 5,
  seed: 3,
});

/** More columns than rows, so that the active set leaves most of them out. */
export const wide = datasets.makeClusters({
  samples: 90,
  features: 400,
  clusters: 3,
  informative: 6,
  seed: 4,
});

export const regression = datasets.makeRegression({
  samples: 200,
  features: 15,
  informative: 4,
  coefficientScale: 1,
  noise: 0.3,
  seed: 5,
});

/** The rows of two classes. */
export const twoClasses = Int32Array.from(clusters.y, (label) => Number(label) % 2);

/** Two real targets a row, of unlike scale. */
export const twoTargets = new Matrix(
  Float32Array.from({ length: 400 }, (_, k) => {
    const value = Number(regression.y[k >> 1]);
    return k % 2 === 0 ? value : 0.1 * value + regression.X.get(k >> 1, 0);
  }),
  200,
  2,
);

/** Times that fall with the regression target, every third censored. */
export const survivalTargets = {
  time: Float64Array.from(regression.y, (value) => Math.exp(-0.2 * Number(value)) + 0.01),
  event: Uint8Array.from(regression.y, (_, i) => (i % 3 === 0 ? 0 : 1)),
};

/** 569 x 30, of 2 classes. */
export const wdbc = (() => {
  const path = new URL('../../../examples/data/wdbc.csv', import.meta.url);
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const label = header!.split(',').indexOf('diagnosis');
  const cells = lines.map((line) => line.split(','));
  const X = cells.map((row) => row.filter((_, j) => j !== label).map(Number));
  return { X, y: cells.map((row) => row[label]!) };
})();
