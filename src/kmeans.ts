/** `deeptype/kmeans`: what the package ml-kmeans 7 exports, on the native K-means. */
export type {
  InitializationMethod,
  MlKMeansOptions,
  MlKMeansOptions as Options,
} from './clustering/ml-kmeans.js';
export { kmeans, kmeansGenerator } from './clustering/ml-kmeans.js';
export type { CentroidWithInformation, DistanceFunction } from './clustering/result.js';
export { KMeansResult } from './clustering/result.js';
