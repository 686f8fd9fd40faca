export { accuracy, balancedAccuracy, confusionMatrix } from './classification.js';
export {
  adjustedRandIndex,
  clusterAccuracy,
  matchClusters,
  normalizedMutualInformation,
  purity,
} from './clustering.js';
export { concordanceIndex } from './concordance.js';
export { maxError, meanAbsoluteError, meanSquaredError, rSquared } from './regression.js';
export { calinskiHarabasz, daviesBouldin } from './scatter.js';
export {
  type SilhouetteScoreOptions,
  silhouetteSamples,
  silhouetteSamplesAsync,
  silhouetteScore,
  silhouetteScoreAsync,
} from './silhouette.js';
