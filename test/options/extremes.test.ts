import { describe, expect, it } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  type DeepTypeOptions,
  ElasticNet,
  Imputer,
  KMeans,
  kmeans,
  Lasso,
  metrics,
  pca,
  Ridge,
  Scaler,
  selection,
  survival,
} from '../../src/index.js';
import { OPTIONS, rows, y } from './refusals.js';

type Rows = number[][];

const mapped = (f: (x: number, i: number, j: number) => number): Rows =>
  rows.map((row, i) => row.map((x, j) => f(x, i, j)));

/** Tables at the edge of what a table may be. */
const TABLES: Readonly<Record<string, Rows>> = {
  'times 1e30': mapped((x) => x * 1e30),
  'times 1e-30': mapped((x) => x * 1e-30),
  'times 1e-42, below every normal number': mapped((x) => x * 1e-42),
  'columns of 1e30 and of 1e-30': mapped((x, _, j) => x * [1e30, 1, 1e-30][j]!),
  'a constant column': mapped((x, _, j) => (j === 1 ? 7 : x)),
  'a constant column of 1e30': mapped((x, _, j) => (j === 1 ? 1e30 : x)),
  'constant throughout': mapped(() => 3),
  zeros: mapped(() => 0),
  'two distinct rows': mapped((_, i) => i % 2),
  'one row apart from the others': mapped((_, i) => (i === 4 ? 1 : 0)),
  'an offset of 1e7': mapped((x) => x + 1e7),
  'one value of 3e38': mapped((x, i, j) => (i === 3 && j === 0 ? 3e38 : x)),
  'the ends of float32': mapped((_, i, j) => ((i + j) % 2 ? 3.4e38 : -3.4e38)),
};
const NAMES = Object.keys(TABLES);

/** NaN where there may be none; what is said to be NaN by its documentation is looked at by its own test. */
function expectFinite(value: unknown, path: string, seen = new Set<unknown>()): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) expect(value, path).toBe('finite');
    return;
  }
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    const bad = Array.from(value as unknown as ArrayLike<number>).findIndex(
      (x) => !Number.isFinite(x),
    );
    if (bad >= 0) expect((value as Float32Array)[bad], `${path}[${bad}]`).toBe('finite');
    return;
  }
  for (const [key, part] of Object.entries(value)) expectFinite(part, `${path}.${key}`, seen);
}

/** Finite results, or a coded error. */
async function expectSound(name: string, body: () => unknown): Promise<void> {
  try {
    expectFinite(await body(), name);
  } catch (error) {
    if (!(error instanceof DeepTypeError)) throw error;
  }
}

async function fitted(X: Rows, options: Partial<DeepTypeOptions>, targets: unknown = y) {
  const model = new DeepType({ ...OPTIONS, ...options });
  const result = await model.fit(X, targets as never);
  const { kktResidual: _, alphaMax: __, ...told } = result;
  return {
    told,
    predicted: model.predict(X),
    representation: model.transform(X).data,
    assigned: model.assign(X),
    labels: model.labels,
    centroids: model.centroids.data,
    importances: model.featureImportances,
  };
}

describe.each(NAMES)('a table: %s', (name) => {
  const X = TABLES[name]!;
  const values = Float32Array.from(y);

  it('goes through a fit, standardised or not', async () => {
    for (const standardize of [true, false]) {
      for (const options of [{}, { loss: 'mse' }, { optimizer: { name: 'sgd' } }] as const) {
        const targets = 'loss' in options ? values : y;
        await expectSound(`fit ${standardize}`, () =>
          fitted(X, { ...options, standardize }, targets),
        );
      }
    }
  });

  it('goes through clustering', async () => {
    await expectSound('KMeans', () => {
      const model = new KMeans({ clusters: 4, seed: 1 }).fit(X);
      const { labels, centroids, inertia } = model;
      return { labels, centroids: centroids.data, inertia, again: model.predict(X) };
    });
    await expectSound('kmeans', () => {
      const { clusters, centroids } = kmeans(X, 3, { seed: 1 });
      return { clusters, centroids };
    });
    await expectSound('silhouette', () => metrics.silhouetteScore(X, y));
    await expectSound('silhouettes', () => metrics.silhouetteSamples(X, y));
    await expectSound('consensus', async () => {
      const { matrix, ambiguity } = await selection.consensus(X, 2, { resamples: 5 });
      return { matrix: matrix.data, ambiguity };
    });
  });

  it('goes through the linear models, the scaler, the imputer and pca', async () => {
    for (const [kind, model] of [
      ['Lasso', new Lasso({ alpha: 0.1 })],
      ['Ridge', new Ridge({ alpha: 0.1 })],
      ['ElasticNet', new ElasticNet({ alpha: 0.1, l1Ratio: 0.5 })],
    ] as const) {
      await expectSound(kind, () => {
        model.fit(X, values);
        const { coefficients, intercept } = model;
        return { coefficients, intercept, predicted: model.predict(X) };
      });
    }
    await expectSound('Scaler', () => {
      const scaler = new Scaler().fit(X);
      return { mean: scaler.mean, scaled: scaler.transform(X).data };
    });
    await expectSound('Imputer', () => new Imputer().fit(X).transform(X).data);
    await expectSound('pca', () => {
      const { transformed, components, explainedVariance, explainedVarianceRatio } = pca(X, 2);
      return {
        transformed: transformed.data,
        components: components.data,
        explainedVariance,
        explainedVarianceRatio,
      };
    });
  });
});

describe('few rows', () => {
  it('one and two', async () => {
    for (const count of [1, 2]) {
      const X = rows.slice(0, count);
      const values = Float32Array.from(y.slice(0, count));
      for (const clusters of [1, 2]) {
        await expectSound(`fit ${count}`, () => fitted(X, { clusters, loss: 'mse' }, values));
        await expectSound(`fit ${count}`, () => fitted(X, { clusters }, y.slice(0, count)));
        await expectSound('KMeans', () => new KMeans({ clusters }).fit(X).centroids.data);
      }
      await expectSound('Lasso', () => new Lasso({ alpha: 0.1 }).fit(X, values).coefficients);
      await expectSound('Ridge', () => new Ridge({ alpha: 0.1 }).fit(X, values).coefficients);
      await expectSound('Scaler', () => new Scaler().fit(X).transform(X).data);
      await expectSound('pca', () => pca(X, 1).transformed.data);
      await expectSound('silhouette', () => metrics.silhouetteScore(X, y.slice(0, count)));
      await expectSound('curve', () => survival.kaplanMeier(values, y.slice(0, count)).survival);
    }
  });

  it('fewer distinct ones than clusters', async () => {
    const X = rows.map((_, i) => rows[i % 2]!);
    const { labels, inertia } = new KMeans({ clusters: 5 }).fit(X);
    expect(new Set(labels.map((k, i) => k * 2 + (i % 2))).size).toBeGreaterThanOrEqual(2);
    expect(inertia).toBe(0);
    await expectSound('fit', () => fitted(X, { clusters: 5 }));
  });
});

describe('one class', () => {
  it('is no classification, and one group of everything else', async () => {
    const one = new Int32Array(rows.length);
    await expectSound('fit', () => fitted(rows, {}, one));
    await expectSound('fit', () => fitted(rows, { loss: 'mse' }, new Float32Array(rows.length)));
    await expectSound('silhouette', () => metrics.silhouetteScore(rows, one));
    await expectSound('ari', () => metrics.adjustedRandIndex(one, one));
    await expectSound('nmi', () => metrics.normalizedMutualInformation(one, one));
    await expectSound('log-rank', () => survival.logRank(Float32Array.from(y), one, one));
  });
});
