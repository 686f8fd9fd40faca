// Fits over the spread of options and tables; each says all that it found.
import {
  DeepType,
  type DeepTypeOptions,
  type FitOptions,
  type Matrix,
  type MatrixLike,
  mlKMeans,
  type PrimaryLoss,
  presets,
  type Targets,
} from '../../../src/index.js';
import * as tables from './tables.js';

const SHORT = {
  clusters: 4,
  hidden: [16, 8],
  pretrain: { epochs: 6 },
  joint: { epochs: 5 },
  settle: { iterations: 90 },
} satisfies DeepTypeOptions;

type Case = readonly [DeepTypeOptions, MatrixLike, Targets, FitOptions?];
type Facts = Record<string, unknown>;

const { X, y } = tables.clusters;
const { X: R, y: values } = tables.regression;

const ownLoss: PrimaryLoss = {
  evaluate(outputs, targets) {
    const { data } = targets as Matrix;
    const error = outputs.data.map((o, k) => o - data[k]!);
    const loss = error.reduce((sum, e) => sum + e * e, 0) / data.length;
    return { loss, gradient: error.map((e) => (2 * e) / data.length) };
  },
};

const pairs = Array.from({ length: 60 }, (_, k) => ({ i: k, j: (k * 7 + 11) % 240 }));

const cases: Record<string, Case> = {
  default: [{ clusters: 4 }, X, y],
  'breast cancer': [{ clusters: 3 }, tables.wdbc.X, tables.wdbc.y],
  'wide table': [{ ...SHORT, clusters: 3 }, tables.wide.X, tables.wide.y],
  'wide table, dense': [{ ...SHORT, clusters: 3, activeSet: false }, tables.wide.X, tables.wide.y],
  bfloat16: [{ ...SHORT, hidden: [64, 32], precision: 'bf16' }, tables.wide.X, tables.wide.y],
  'balanced classes': [{ ...SHORT, classWeight: 'balanced' }, X, tables.twoClasses],
  'row weights': [SHORT, X, y, { sampleWeight: Array.from(y, (_, i) => 1 + (i % 3)) }],
  'euclidean distance': [{ ...SHORT, distance: { metric: 'euclidean', weight: 0.5 } }, X, y],
  momentum: [{ ...SHORT, optimizer: { name: 'sgd', momentum: 0.9, learningRate: 0.05 } }, X, y],
  nesterov: [
    {
      ...SHORT,
      optimizer: {
        name: 'sgd',
        momentum: 0.9,
        nesterov: true,
        learningRate: 0.02,
        maxGradientNorm: 1,
      },
    },
    X,
    y,
  ],
  'rows held out': [{ ...SHORT, validation: { fraction: 0.2, patience: 3 } }, X, y],
  'no settling, no restart': [
    { ...SHORT, settle: { iterations: 0 }, joint: { epochs: 4, restart: 'none' } },
    X,
    y,
  ],
  'as they come, not shuffled': [{ ...SHORT, standardize: false, shuffle: false }, X, y],
  'clusters of every batch': [{ ...SHORT, joint: { epochs: 3, reclusterEvery: 'batch' } }, X, y],
  'clusters every 3 steps': [
    { ...SHORT, joint: { epochs: 3, reclusterEvery: { steps: 3 } } },
    X,
    y,
  ],
  'K chosen': [{ ...SHORT, clusters: { min: 2, max: 5, candidates: 2 } }, X, y],
  'clusterer of the caller': [{ ...SHORT, clusterer: mlKMeans }, X, y],
  'loss of the caller': [{ ...SHORT, loss: ownLoss }, R, values],
  'knowledge graph': [{ ...SHORT, loss: { name: 'knowledge-graph', pairs, weight: 0.5 } }, X, y],
  bce: [{ ...SHORT, loss: 'bce' }, X, tables.twoClasses],
  mse: [{ ...SHORT, loss: 'mse' }, R, values],
  'two targets': [{ ...SHORT, loss: 'mse' }, R, tables.twoTargets],
  mae: [{ ...SHORT, loss: 'mae' }, R, values],
  huber: [{ ...SHORT, loss: 'huber' }, R, values],
  cox: [{ ...SHORT, loss: 'cox' }, R, tables.survivalTargets],
  'torch-deeptype': [
    { ...presets.torchDeeptype, clusters: 4, pretrain: { epochs: 3 }, joint: { epochs: 2 } },
    X,
    y,
  ],
  'Chen 2020': [{ ...presets.chen2020, ...SHORT, pretrain: { epochs: 4, warmupSteps: 30 } }, X, y],
};
for (const activation of ['leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const) {
  cases[activation] = [{ ...SHORT, activation }, X, y];
}
for (const penalty of ['l1', 'l2', 'elastic-net', 'l-infinity', 'hierarchical'] as const) {
  cases[`penalty ${penalty}`] = [{ ...SHORT, sparsity: { penalty } }, X, y];
}
for (const norm of ['l1', 'l2', 'l-infinity'] as const) {
  cases[`constraint ${norm}`] = [
    { ...SHORT, sparsity: { relativeWeight: 0.02, constraint: { norm, radius: 0.5 } } },
    X,
    y,
  ];
}

/** What each fit computed, by its name. */
export async function fits(): Promise<Facts> {
  const facts: Facts = {};
  for (const [name, [options, table, targets, run]] of Object.entries(cases)) {
    const model = new DeepType(options);
    await model.fit(table, targets, run);
    facts[name] = foundBy(model, table);
    model.dispose();
  }
  return facts;
}

/** Everything that a fitted model says of `table`. */
export function foundBy(model: DeepType, table: MatrixLike): Facts {
  const { result, labels, centroids, featureImportances, selectedFeatures } = model;
  return {
    weights: model.network.parameters().map(({ name, data }) => [name, data]),
    ...{ result, labels, featureImportances, selectedFeatures },
    centroids: centroids.data,
    predictions: model.predict(table),
    representation: model.transform(table).data,
    assigned: model.assign(table),
  };
}
