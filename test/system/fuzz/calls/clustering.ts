// K-means in its three forms, the choice of K, and what says how good labels are.
import {
  KMeans,
  KMeansResult,
  kmeans,
  kmeansGenerator,
  metrics,
  mlKMeans,
  selection,
} from '../../../../src/index.js';
import { junk, options, some } from '../junk.js';
import { cheap, clusterRange, kmeansOptions, mlOptions } from '../options.js';
import { type Callable, construct, loose } from '../subjects.js';
import { X } from '../tables.js';
import { labels, seed, share, size, table, targets, threads, vector } from '../values.js';

const pairs = { args: [vector, vector] };
const labelPairs = { args: [labels, labels] };

/** Of a K-means that is fitted, or disposed of, or neither. */
function ofKMeans(method: string, isCalled: boolean): Callable {
  return {
    args: [some(0, 1, 2), table],
    call: (k, x) => {
      const subject = new KMeans({ clusters: 2 });
      if (k !== 0) subject.fit(X);
      if (k === 2) subject.dispose();
      const member = (subject as unknown as Record<string, unknown>)[method];
      return isCalled ? loose(member).call(subject, x) : member;
    },
  };
}
const KMEANS_GETTERS = ['labels', 'centroids', 'inertia', 'iterations', 'converged'];

export const CLUSTERING: Record<string, Callable> = {
  'new KMeans': { args: [kmeansOptions], call: (o) => construct(KMeans, o) },
  'KMeans.fit': { args: [kmeansOptions, table], call: (o, x) => construct(KMeans, o).fit!(x) },
  'KMeans.fitAsync': {
    args: [kmeansOptions, table],
    call: (o, x) => construct(KMeans, o).fitAsync!(x),
  },
  'KMeans.predict': ofKMeans('predict', true),
  'KMeans.toJSON': ofKMeans('toJSON', true),
  'KMeans.dispose': ofKMeans('dispose', true),
  ...Object.fromEntries(KMEANS_GETTERS.map((name) => [`KMeans.${name}`, ofKMeans(name, false)])),
  kmeans: { args: [table, size, mlOptions], call: loose(kmeans) },
  kmeansGenerator: {
    args: [table, size, mlOptions],
    call: (...a) => [...(loose(kmeansGenerator)(...a) as Iterable<unknown>)],
  },
  'new KMeansResult': {
    args: [labels, table, some(true), size, some(Math.hypot)],
    call: (...a) => construct(KMeansResult, ...a),
  },
  'KMeansResult.nearest': {
    args: [table],
    call: (x) => kmeans(X, 2).nearest(x as number[][]),
  },
  'KMeansResult.computeInformation': {
    args: [table],
    call: (x) => kmeans(X, 2).computeInformation(x as number[][]),
  },
  mlKMeans: { args: [table, size, some(undefined, [X[0], X[3]])], call: loose(mlKMeans) },
  'selection.chooseClusters': {
    args: [table, targets, options(cheap), options({ range: clusterRange, candidates: size })],
    call: loose(selection.chooseClusters),
  },
  'selection.gapStatistic': {
    args: [table, options({ min: size, max: size, references: size, seed, threads })],
    call: loose(selection.gapStatistic),
  },
  'selection.consensus': {
    args: [table, size, options({ resamples: size, fraction: share, seed, threads })],
    call: loose(selection.consensus),
  },
  'metrics.accuracy': { ...labelPairs, call: loose(metrics.accuracy) },
  'metrics.balancedAccuracy': { ...labelPairs, call: loose(metrics.balancedAccuracy) },
  'metrics.confusionMatrix': { ...labelPairs, call: loose(metrics.confusionMatrix) },
  'metrics.adjustedRandIndex': { ...labelPairs, call: loose(metrics.adjustedRandIndex) },
  'metrics.normalizedMutualInformation': {
    ...labelPairs,
    call: loose(metrics.normalizedMutualInformation),
  },
  'metrics.matchClusters': { ...labelPairs, call: loose(metrics.matchClusters) },
  'metrics.clusterAccuracy': { ...labelPairs, call: loose(metrics.clusterAccuracy) },
  'metrics.purity': { ...labelPairs, call: loose(metrics.purity) },
  'metrics.rSquared': { ...pairs, call: loose(metrics.rSquared) },
  'metrics.meanSquaredError': { ...pairs, call: loose(metrics.meanSquaredError) },
  'metrics.meanAbsoluteError': { ...pairs, call: loose(metrics.meanAbsoluteError) },
  'metrics.maxError': { ...pairs, call: loose(metrics.maxError) },
  'metrics.concordanceIndex': {
    args: [vector, labels, vector],
    call: loose(metrics.concordanceIndex),
  },
  'metrics.calinskiHarabasz': { args: [table, labels], call: loose(metrics.calinskiHarabasz) },
  'metrics.daviesBouldin': { args: [table, labels], call: loose(metrics.daviesBouldin) },
  'metrics.silhouetteScore': {
    args: [table, labels, options({ sampleSize: size, seed })],
    call: loose(metrics.silhouetteScore),
  },
  'metrics.silhouetteScoreAsync': {
    args: [table, labels, options({ sampleSize: size, seed })],
    call: loose(metrics.silhouetteScoreAsync),
  },
  'metrics.silhouetteSamples': {
    args: [table, labels, junk],
    call: loose(metrics.silhouetteSamples),
  },
  'metrics.silhouetteSamplesAsync': {
    args: [table, labels],
    call: loose(metrics.silhouetteSamplesAsync),
  },
};
