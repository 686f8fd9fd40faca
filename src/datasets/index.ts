export { type Clusters, type MakeClustersOptions, makeClusters } from './clusters.js';
export { type StratifiedFoldsOptions, stratifiedFolds } from './folds.js';
export { type MakeRegressionOptions, makeRegression, type Regression } from './regression.js';
export {
  type Taken,
  type TrainTestSplit,
  type TrainTestSplitOptions,
  trainTestSplit,
} from './split.js';
