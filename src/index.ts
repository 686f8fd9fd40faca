export type { ClusterCandidate, ClusterChoice } from './clustering/choice.js';
export type { ClusterScores } from './clustering/criteria/criterion.js';
export type { CriterionName } from './clustering/criteria/registry.js';
export {
  type CentroidWithInformation,
  type Clusterer,
  type Clustering,
  type DistanceFunction,
  type InitializationMethod,
  KMeans,
  type KMeansJson,
  type KMeansOptions,
  KMeansResult,
  kmeans,
  kmeansGenerator,
  type MlKMeansOptions,
  mlKMeans,
} from './clustering/index.js';
export { DeepTypeError, type DeepTypeErrorJson, type ErrorCode } from './common/errors.js';
export type { Classes, Labels } from './data/labels.js';
export { Matrix, type MatrixLike } from './data/matrix.js';
export type { Predictions, PredictionsTarget } from './data/predictions.js';
export type { ClassWeight, SampleWeightOptions } from './data/sample-weights.js';
export type { SurvivalTargets, Targets } from './data/targets.js';
export * as datasets from './datasets/index.js';
export { DeepType } from './estimator/deeptype.js';
export type { RowDescription } from './estimator/describe-rows.js';
export type { FitOptions, ResumeOptions } from './estimator/fit-options.js';
export * as presets from './estimator/presets.js';
export type { DeepTypeJson } from './estimator/summary.js';
export {
  type AlphaMaxOptions,
  alphaMax,
  type DescentOptions,
  ElasticNet,
  type ElasticNetOptions,
  Lasso,
  type LassoOptions,
  type LassoPathOptions,
  type LassoPathPoint,
  type LinearFitOptions,
  type LinearModelJson,
  lassoPath,
  Ridge,
  type RidgeOptions,
} from './linear/index.js';
export * as metrics from './metrics/index.js';
export type { ActivationName } from './network/activations.js';
export type { NetworkOptions } from './network/architecture.js';
export type { NetworkLoadOptions } from './network/load.js';
export { Network } from './network/network.js';
export type { Parameter } from './network/parameters.js';
export type { ClusterRange } from './options/cluster-range.js';
export type { KnowledgeGraph } from './options/knowledge-graph.js';
export type { DistanceOptions, LossName, PrimaryLoss } from './options/losses.js';
export type { OptimizerOptions } from './options/optimizers.js';
export type { DeepTypeOptions, LoadOptions, TrainingOptions } from './options/options.js';
export type { ConstraintOptions, SparsityOptions } from './options/penalties.js';
export type { SamplePair } from './options/sample-pairs.js';
export type { JointOptions, PretrainOptions, SettleOptions } from './options/schedules.js';
export type { ValidationOptions } from './options/validation.js';
export type { CheckpointOptions, ResumedAt } from './persistence/checkpointing.js';
export { Imputer, type ImputerJson, type ImputerOptions } from './preprocessing/imputer.js';
export { type PcaResult, pca } from './preprocessing/pca.js';
export { Scaler, type ScalerJson } from './preprocessing/scaler.js';
export type { TargetScaling } from './preprocessing/target-scaler.js';
export * as project from './proximal/project.js';
export type { HierarchicalOptions } from './proximal/prox.js';
export * as prox from './proximal/prox.js';
export * as selection from './selection/index.js';
export * as survival from './survival/index.js';
export type { FitResult, StopReason } from './training/outcome.js';
export type { HistoryEntry, Phase, ProgressEvent, RunOptions } from './training/progress.js';
export { type Losses, type PhaseResult, Trainer, type TrainerOptions } from './training/trainer.js';
