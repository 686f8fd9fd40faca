export type { CheckpointOptions, ResumedAt } from './checkpointing.js';
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
export type { ClusterRange } from './clustering/range.js';
export * as datasets from './datasets/index.js';
export { DeepType } from './deeptype.js';
export type { RowDescription } from './describe-rows.js';
export type { StopReason } from './engine.js';
export { DeepTypeError, type DeepTypeErrorJson, type ErrorCode } from './errors.js';
export type { FitOptions, ResumeOptions } from './fit-options.js';
export type { FitResult } from './fitted.js';
export { Imputer, type ImputerJson, type ImputerOptions } from './imputer.js';
export type { KnowledgeGraph, SamplePair } from './knowledge-graph.js';
export type { Classes, Labels } from './labels.js';
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
export type { DistanceOptions, LossName, PrimaryLoss } from './losses.js';
export { Matrix, type MatrixLike } from './matrix.js';
export * as metrics from './metrics/index.js';
export {
  type ActivationName,
  Network,
  type NetworkLoadOptions,
  type NetworkOptions,
  type Parameter,
} from './network.js';
export type { OptimizerOptions } from './optimizers.js';
export type { DeepTypeOptions, LoadOptions, TrainingOptions } from './options.js';
export { type PcaResult, pca } from './pca.js';
export type { ConstraintOptions, SparsityOptions } from './penalties.js';
export type { Predictions, PredictionsTarget } from './predictions.js';
export * as presets from './presets.js';
export type { HistoryEntry, Phase, ProgressEvent, RunOptions } from './progress.js';
export * as project from './project.js';
export type { HierarchicalOptions } from './prox.js';
export * as prox from './prox.js';
export { Scaler, type ScalerJson } from './scaler.js';
export type { JointOptions, PretrainOptions, SettleOptions } from './schedules.js';
export * as selection from './selection/index.js';
export type { DeepTypeJson } from './summary.js';
export * as survival from './survival/index.js';
export type { TargetScaling } from './target-scaler.js';
export type { SurvivalTargets, Targets } from './targets.js';
export { type Losses, type PhaseResult, Trainer, type TrainerOptions } from './trainer.js';
export type { ValidationOptions } from './validation.js';
export type { ClassWeight, SampleWeightOptions } from './weights.js';
