import fc from 'fast-check';
import {
  alphaMax,
  DeepType,
  datasets,
  ElasticNet,
  Imputer,
  KMeans,
  kmeans,
  kmeansGenerator,
  Lasso,
  lassoPath,
  Matrix,
  metrics,
  mlKMeans,
  Network,
  pca,
  presets,
  Ridge,
  Scaler,
  selection,
  survival,
  Trainer,
} from '../../src/index.js';
import { junk, options, some, X, X32 } from './junk.js';
import {
  cheap,
  clusterRange,
  estimator,
  fitOptions,
  kmeansOptions,
  mlOptions,
  networkOptions,
  parameters,
  runOptions,
  shapes,
  training,
} from './options.js';
import { type Callable, construct, loose, ofModel, ofTrainer, TINY } from './subjects.js';
import {
  anyLoss,
  centroids,
  clusterer,
  flag,
  labels,
  out,
  rate,
  seed,
  share,
  size,
  table,
  targets,
  threads,
  values,
  vector,
} from './values.js';

const pairs = { args: [vector, vector] };
const labelPairs = { args: [labels, labels] };

export const CALLS: Record<string, Callable> = {
  'new DeepType': { args: [estimator], call: (o) => construct(DeepType, o) },
  'new DeepType().fit': {
    args: [estimator, table, targets, fitOptions],
    call: (o, x, y, f) => construct(DeepType, o).fit!(x, y, f),
  },
  fit: {
    args: [some('cross-entropy', 'bce', 'mse', 'huber'), cheap.joint, table, targets, fitOptions],
    call: (name, j, x, y, f) =>
      construct(DeepType, { ...TINY, loss: name, joint: j }).fit!(x, y, f),
  },
  'fit with a loss': {
    args: [anyLoss, clusterer, table, targets],
    call: (l, c, x, y) => construct(DeepType, { ...TINY, loss: l, clusterer: c }).fit!(x, y),
  },
  'fit of presets': {
    args: [some('torchDeeptype', 'chen2020'), cheap.joint, table, labels],
    call: (name, j, x, y) => {
      const preset = name === 'chen2020' ? presets.chen2020 : presets.torchDeeptype;
      return construct(DeepType, { ...preset, ...TINY, joint: j }).fit!(x, y);
    },
  },
  predict: ofModel('predict', table, out),
  predictProba: ofModel('predictProba', table),
  transform: ofModel('transform', table, out),
  assign: ofModel('assign', table, out),
  predictAsync: ofModel('predictAsync', table, out),
  transformAsync: ofModel('transformAsync', table, out),
  assignAsync: ofModel('assignAsync', table, out),
  score: ofModel('score', table, targets),
  'new Network': { args: [networkOptions], call: (o) => construct(Network, o) },
  'Network.forward': {
    args: [networkOptions, table],
    call: (o, x) => construct(Network, o).forward!(x),
  },
  'Network.representation': {
    args: [networkOptions, table],
    call: (o, x) => construct(Network, o).representation!(x),
  },
  'Network.load': {
    args: [fc.oneof(parameters, junk)],
    call: (p) => construct(Network, { inputs: 2, hidden: [3], outputs: 1 }).load!(p),
  },
  'new Trainer': {
    args: [some('network'), options({ ...training, ...cheap }, { clusters: size })],
    call: (n, o) => {
      const network = n === 'network' ? new Network({ inputs: 2, hidden: [3], outputs: 2 }) : n;
      return construct(Trainer, typeof o === 'object' ? { network, ...o } : o);
    },
  },
  'Trainer.computeLosses': ofTrainer('computeLosses', table, targets, centroids),
  'Trainer.gradients': ofTrainer('gradients', table, targets, centroids),
  'Trainer.step': ofTrainer('step', table, targets, centroids),
  'Trainer.clusters': ofTrainer('clusters', table),
  'Trainer.pretrain': ofTrainer('pretrain', table, targets, runOptions),
  'Trainer.joint': ofTrainer('joint', table, targets, runOptions),
  'new Matrix': {
    args: [some(new Float32Array(4)), size, size],
    call: (...a) => construct(Matrix, ...a),
  },
  'Matrix.from': { args: [table], call: loose(Matrix.from) },
  'Matrix.get': { args: [size, size], call: (i, j) => X32.get(i as number, j as number) },
  'Matrix.row': { args: [size], call: (i) => X32.row(i as number) },
  'new KMeans': { args: [kmeansOptions], call: (o) => construct(KMeans, o) },
  'KMeans.fit': { args: [kmeansOptions, table], call: (o, x) => construct(KMeans, o).fit!(x) },
  'KMeans.fitAsync': {
    args: [kmeansOptions, table],
    call: (o, x) => construct(KMeans, o).fitAsync!(x),
  },
  'KMeans.predict': {
    args: [table],
    call: (x) => new KMeans({ clusters: 2 }).fit(X).predict(x as number[][]),
  },
  kmeans: { args: [table, size, mlOptions], call: loose(kmeans) },
  kmeansGenerator: {
    args: [table, size, mlOptions],
    call: (...a) => [...(loose(kmeansGenerator)(...a) as Iterable<unknown>)],
  },
  'kmeans().nearest': {
    args: [table],
    call: (x) => kmeans(X, 2).nearest(x as number[][]),
  },
  'kmeans().computeInformation': {
    args: [table],
    call: (x) => kmeans(X, 2).computeInformation(x as number[][]),
  },
  pca: { args: [table, size], call: loose(pca) },
  'Scaler.fitTransform': { args: [table], call: (x) => construct(Scaler).fitTransform!(x) },
  'Scaler.transform': {
    args: [table],
    call: (x) => new Scaler().fit(X).transform(x as number[][]),
  },
  'Scaler.fromJSON': {
    args: [options({ mean: some([1, 2]), scale: some([1, 2], [0, -1]) })],
    call: loose(Scaler.fromJSON),
  },
  makeClusters: {
    args: [options({ ...shapes, clusters: size, centerScale: share })],
    call: loose(datasets.makeClusters),
  },
  makeRegression: { args: [options(shapes)], call: loose(datasets.makeRegression) },
  trainTestSplit: {
    args: [table, targets, options({ testFraction: share, stratify: flag, groups: labels, seed })],
    call: loose(datasets.trainTestSplit),
  },
  stratifiedFolds: {
    args: [labels, size, fc.oneof(seed, options({ groups: labels, seed }))],
    call: loose(datasets.stratifiedFolds),
  },
  'Imputer.fitTransform': {
    args: [options({ strategy: some('median', 'mean') }), table],
    call: (o, x) => construct(Imputer, o).fitTransform!(x),
  },
  'Imputer.fromJSON': {
    args: [options({ strategy: some('mean'), statistics: some([1, 2], [Number.NaN]) })],
    call: loose(Imputer.fromJSON),
  },
  accuracy: { ...labelPairs, call: loose(metrics.accuracy) },
  balancedAccuracy: { ...labelPairs, call: loose(metrics.balancedAccuracy) },
  confusionMatrix: { ...labelPairs, call: loose(metrics.confusionMatrix) },
  adjustedRandIndex: { ...labelPairs, call: loose(metrics.adjustedRandIndex) },
  normalizedMutualInformation: { ...labelPairs, call: loose(metrics.normalizedMutualInformation) },
  matchClusters: { ...labelPairs, call: loose(metrics.matchClusters) },
  clusterAccuracy: { ...labelPairs, call: loose(metrics.clusterAccuracy) },
  purity: { ...labelPairs, call: loose(metrics.purity) },
  rSquared: { ...pairs, call: loose(metrics.rSquared) },
  meanSquaredError: { ...pairs, call: loose(metrics.meanSquaredError) },
  meanAbsoluteError: { ...pairs, call: loose(metrics.meanAbsoluteError) },
  maxError: { ...pairs, call: loose(metrics.maxError) },
  concordanceIndex: { args: [vector, labels, vector], call: loose(metrics.concordanceIndex) },
  'Lasso.fit': {
    args: [options({ alpha: share, tolerance: share, maxIterations: size }), table, vector],
    call: (o, x, y) => construct(Lasso, o).fit!(x, y),
  },
  'ElasticNet.fitAsync': {
    args: [options({ alpha: rate, l1Ratio: share, fitIntercept: flag }), table, vector],
    call: (o, x, y) => construct(ElasticNet, o).fitAsync!(x, y),
  },
  'Ridge.fit': {
    args: [options({ alpha: share, fitIntercept: flag }), table, values],
    call: (o, x, y) => construct(Ridge, o).fit!(x, y),
  },
  'Ridge.predict': {
    args: [table],
    call: (x) => new Ridge().fit(X, [1, 2, 3, 4]).predict(x as number[][]),
  },
  alphaMax: { args: [table, vector, options({ l1Ratio: share })], call: loose(alphaMax) },
  lassoPath: {
    args: [table, vector, options({ steps: size, ratio: share, l1Ratio: share, alphas: vector })],
    call: loose(lassoPath),
  },
  kaplanMeier: {
    args: [
      vector,
      labels,
      options({ confidenceLevel: share, transform: some('log', 'log-log', 'plain') }),
    ],
    call: loose(survival.kaplanMeier),
  },
  logRank: {
    args: [vector, labels, labels, options({ strata: labels })],
    call: loose(survival.logRank),
  },
  calinskiHarabasz: { args: [table, labels], call: loose(metrics.calinskiHarabasz) },
  daviesBouldin: { args: [table, labels], call: loose(metrics.daviesBouldin) },
  chooseClusters: {
    args: [table, targets, options(cheap), options({ range: clusterRange, candidates: size })],
    call: loose(selection.chooseClusters),
  },
  gapStatistic: {
    args: [table, options({ min: size, max: size, references: size, seed, threads })],
    call: loose(selection.gapStatistic),
  },
  consensus: {
    args: [table, size, options({ resamples: size, fraction: share, seed, threads })],
    call: loose(selection.consensus),
  },
  silhouetteScore: { args: [table, labels], call: loose(metrics.silhouetteScore) },
  silhouetteSamples: { args: [table, labels], call: loose(metrics.silhouetteSamples) },
  mlKMeans: {
    args: [
      table,
      size,
      some(undefined, [
        [0, 0],
        [1, 1],
      ]),
    ],
    call: loose(mlKMeans),
  },
};
