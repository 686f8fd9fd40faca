export { type Clusterer, type Clustering, checkClustering, mlKMeans } from './clusterer.js';
export { KMeans, type KMeansJson, type KMeansOptions } from './kmeans.js';
export {
  type InitializationMethod,
  kmeans,
  kmeansGenerator,
  type MlKMeansOptions,
} from './ml-kmeans.js';
export { type CentroidWithInformation, type DistanceFunction, KMeansResult } from './result.js';
