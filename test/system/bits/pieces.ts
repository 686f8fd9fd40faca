// The pieces that stand alone, and what is made of several fits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeepType,
  type DeepTypeOptions,
  ElasticNet,
  Imputer,
  KMeans,
  kmeans,
  Lasso,
  lassoPath,
  metrics,
  pca,
  project,
  prox,
  Ridge,
  Scaler,
  selection,
  survival,
} from '../../../src/index.js';
import { foundBy } from './fits.js';
import * as tables from './tables.js';

type Facts = Record<string, unknown>;

const { X, y } = tables.clusters;
const { X: R, y: values } = tables.regression;
const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 4 },
  joint: { epochs: 3 },
  settle: { iterations: 40 },
};

/** What each piece computed, by its name. */
export async function pieces(): Promise<Facts> {
  return {
    ...clusterings(),
    ...linearModels(),
    ...others(),
    ...(await selections()),
    'a fit that was resumed': await resumed(),
  };
}

function clusterings(): Facts {
  const found = ({ labels, centroids, inertia, iterations }: KMeans) => ({
    ...{ labels, inertia, iterations },
    centroids: centroids.data,
  });
  const facts: Facts = {};
  for (const [name, table] of Object.entries({ clusters: X, wide: tables.wide.X })) {
    for (const init of ['k-means++', 'random'] as const) {
      facts[`KMeans, ${name}, ${init}`] = found(
        new KMeans({ clusters: 5, init, seed: 3 }).fit(table),
      );
    }
  }
  const rows = X.toArray();
  const { clusters, centroids } = kmeans(rows, 4, { seed: 2 });
  facts['kmeans of ml-kmeans'] = { clusters, centroids };
  return facts;
}

function linearModels(): Facts {
  const found = (model: Lasso | Ridge | ElasticNet) => [model.coefficients, model.intercept];
  return {
    Lasso: found(new Lasso({ alpha: 0.1 }).fit(R, values)),
    'Lasso, wide': found(new Lasso({ alpha: 0.05 }).fit(tables.wide.X, tables.wide.y)),
    ElasticNet: found(new ElasticNet({ alpha: 0.1, l1Ratio: 0.4 }).fit(R, values)),
    Ridge: found(new Ridge({ alpha: 2 }).fit(R, values)),
    'Ridge, wide': found(new Ridge({ alpha: 2 }).fit(tables.wide.X, tables.wide.y)),
    lassoPath: lassoPath(R, values, { steps: 20 }),
  };
}

function others(): Facts {
  const vector = R.row(0);
  const missing = X.toArray().map((row, i) =>
    row.map((v, j) => ((i + j) % 11 === 0 ? Number.NaN : v)),
  );
  return {
    pca: pca(X, 3),
    Scaler: new Scaler().fitTransform(X).data,
    Imputer: new Imputer({ strategy: 'median' }).fitTransform(missing).data,
    silhouette: metrics.silhouetteSamples(X, y),
    scatter: [metrics.calinskiHarabasz(X, y), metrics.daviesBouldin(X, y)],
    agreement: [
      metrics.adjustedRandIndex(y, tables.twoClasses),
      metrics.normalizedMutualInformation(y, tables.twoClasses),
    ],
    prox: [prox.l1(vector, 0.3), prox.groupL2(vector, 0.3), prox.lInfinity(vector, 0.3)],
    project: [project.l1Ball(vector, 1), project.l2Ball(vector, 1), project.simplex(vector)],
    'Kaplan-Meier': survival.kaplanMeier(tables.survivalTargets.time, tables.survivalTargets.event),
    'log-rank': survival.logRank(
      tables.survivalTargets.time,
      tables.survivalTargets.event,
      Int32Array.from(values, (v) => (v > 0 ? 1 : 0)),
    ),
  };
}

async function selections(): Promise<Facts> {
  const grid = { relativeWeight: [0.05, 0.3] };
  return {
    path: await selection.path(X, y, QUICK, { steps: 8 }),
    stability: await selection.stability(X, y, QUICK, { resamples: 6 }),
    'cross-validation': await selection.crossValidate(X, y, QUICK, grid, { folds: 3 }),
    'number of clusters': await selection.chooseClusters(X, y, QUICK, {
      range: { min: 2, max: 4 },
    }),
  };
}

/** A fit that is aborted in its joint phase and goes on from the checkpoint. */
async function resumed(): Promise<Facts> {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-bits-'));
  try {
    const path = join(folder, 'fit.checkpoint');
    const controller = new AbortController();
    const checkpoint = { path, everySeconds: 0 };
    await new DeepType(QUICK)
      .fit(X, y, {
        checkpoint,
        signal: controller.signal,
        onProgress: ({ phase, fraction }) => {
          if (phase === 'joint' && fraction === 1) controller.abort();
        },
      })
      .catch(() => {});
    return foundBy(await DeepType.resume(path, X, y), X);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
