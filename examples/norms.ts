/**
 * What the L1 and the squared L2 norm do to coefficients: `npm run example:norms`. 100 rows, 30 features
 * of which 5 matter, noise 10; Lasso and Ridge, each with a small and a large weight. Prints a table and
 * writes the path of the Lasso to out/, or to the folder in DEEPTYPE_NORMS_OUT.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasets, Lasso, lassoPath, Matrix, metrics, Ridge } from 'deeptype';
import { toSvg } from './demo/svg.js';
import { pathChart } from './norms/chart.js';

const folder = process.env.DEEPTYPE_NORMS_OUT ?? fileURLToPath(new URL('../out', import.meta.url));
const rows = 100;
const features = 30;
const alphas = [0.1, 10];

// 100 rows to fit, 1000 more of the same kind to test on.
const made = datasets.makeRegression({
  samples: rows + 1000,
  features,
  informative: 5,
  noise: 10,
});
const X = new Matrix(made.X.data.subarray(0, rows * features), rows, features);
const y = made.y.subarray(0, rows);
const testX = new Matrix(made.X.data.subarray(rows * features), 1000, features);
const testY = made.y.subarray(rows);
const matters = Array.from(made.coefficients, (w) => w !== 0);

console.log(
  `${rows} rows, ${features} features, ${matters.filter(Boolean).length} that matter, noise 10`,
);
console.log(
  'model  alpha  not zero  that matter  largest  R^2, new rows  mean error  largest error',
);
for (const alpha of alphas) {
  for (const model of [new Lasso({ alpha }), new Ridge({ alpha })]) {
    const w = model.fit(X, y).coefficients;
    const predicted = model.predict(testX);
    const line = [
      model.constructor.name.padEnd(5),
      `${alpha}`.padStart(6),
      `${w.filter((v) => v !== 0).length}`.padStart(9),
      `${w.filter((v, j) => v !== 0 && matters[j]).length}`.padStart(12),
      w
        .reduce((most, v) => Math.max(most, Math.abs(v)), 0)
        .toFixed(1)
        .padStart(8),
      model.score(testX, testY).toFixed(4).padStart(14),
      metrics.meanAbsoluteError(testY, predicted).toFixed(2).padStart(11),
      metrics.maxError(testY, predicted).toFixed(2).padStart(14),
    ];
    console.log(line.join(' '));
  }
}

const path = lassoPath(X, y, { steps: 80 });
const chart = pathChart('Lasso: features enter one by one', path, matters, alphas);
mkdirSync(folder, { recursive: true });
const file = join(folder, 'norms-lasso-path.svg');
writeFileSync(file, await toSvg(chart));
console.log(`picture: ${relative('.', file)}`);
