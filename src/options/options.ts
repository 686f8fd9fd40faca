import type { Clusterer } from '../clustering/index.js';
import { boolean, checkKeys, integer, number, oneOf, SEED } from '../common/checks.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { type ClassWeight, resolveClassWeight } from '../data/sample-weights.js';
import {
  ACTIVATIONS,
  type ActivationName,
  resolveHidden,
  resolveInit,
  resolveThreads,
} from '../network/architecture.js';
import { type ClusterRange, type ResolvedClusters, resolveClusters } from './cluster-range.js';
import { copyOptions } from './copy.js';
import type { KnowledgeGraph } from './knowledge-graph.js';
import {
  type DistanceOptions,
  type LossName,
  type PrimaryLoss,
  type ResolvedDistance,
  type ResolvedLoss,
  resolveDistance,
  resolveLoss,
} from './losses.js';
import { type OptimizerOptions, type ResolvedOptimizer, resolveOptimizer } from './optimizers.js';
import { type ResolvedSparsity, resolveSparsity, type SparsityOptions } from './penalties.js';
import {
  type JointOptions,
  type PretrainOptions,
  type ResolvedJoint,
  type ResolvedPretrain,
  type ResolvedSettle,
  resolveJoint,
  resolvePretrain,
  resolveSettle,
  type SettleOptions,
} from './schedules.js';
import {
  type ResolvedValidation,
  resolveValidation,
  type ValidationOptions,
} from './validation.js';

/** The options that Trainer and DeepType share. */
export interface TrainingOptions {
  /** Number of clusters K; or 'auto' or a range, from which it is chosen, see docs/guide/clusters.md. */
  clusters: number | Name<'auto'> | ClusterRange;
  /** Primary loss; default 'cross-entropy'. */
  loss?: Name<LossName> | PrimaryLoss | KnowledgeGraph;
  /**
   * How much the classes count in the primary loss: 'balanced', or weights by class value (a class that
   * is not named counts 1). Default: all alike.
   */
  classWeight?: ClassWeight | Name<'balanced'>;
  sparsity?: SparsityOptions;
  distance?: DistanceOptions;
  optimizer?: OptimizerOptions;
  pretrain?: PretrainOptions;
  joint?: JointOptions;
  settle?: SettleOptions;
  /** Rows of a mini-batch; default 64. */
  batchSize?: number;
  /** Whether rows are drawn in a new order each epoch; default true. */
  shuffle?: boolean;
  /**
   * Adds weightDecay/2 |W|^2 for every layer after the first; default 0.01. It keeps the sparse
   * objective well posed: without it, shrinking the first layer and growing the next leaves the
   * network the same and the penalty smaller.
   */
  weightDecay?: number;
  /** Clusters the representation instead of the native K-means. */
  clusterer?: Clusterer;
  /** Of initial weights, shuffles and K-means starts; default 0. */
  seed?: number;
  /** Threads of training; default 'auto': min(cores, cgroup quota). Results do not depend on it. */
  threads?: number | Name<'auto'>;
  /** Where to train; 'auto' (default) is the processor. */
  backend?: Name<'auto' | 'cpu' | 'cuda'>;
  /**
   * Of the large products of mini-batch steps: 'float32' (default), or 'bf16': factors rounded to
   * bfloat16, sums, weights and everything else in float32, settling and the certificate too. On a
   * processor without such instructions 'bf16' computes in float32.
   */
  precision?: Name<'float32' | 'bf16'>;
  /**
   * Whether training leaves out inputs that the proximal operator has emptied, and takes back, at each
   * re-clustering and before the end, those whose gradient violates their condition; default true.
   * Steps then cost in proportion to the inputs that are left; the result meets the same KKT tolerance.
   */
  activeSet?: boolean;
  /** Rows that are not trained on, by whose losses phases end early; default none. */
  validation?: ValidationOptions;
}

export interface DeepTypeOptions extends TrainingOptions {
  /** Widths of the hidden layers, the last is the representation; default [64, 64, 32]. */
  hidden?: readonly number[];
  /** Default 'relu'. */
  activation?: Name<ActivationName>;
  /** Initial weights, see `NetworkOptions.init`; default 'uniform'. */
  init?: Name<'uniform'> | { normal: number };
  /**
   * Standardise the columns of X by the training rows; default true. Constant ones are 0 then and left out; with false
   * only a column of zeros is, and any other constant acts as a bias.
   */
  standardize?: boolean;
  /**
   * Standardise the targets of 'mse', 'mae' and 'huber' by the training rows, so that the model does not depend
   * on the units of y; default true. Losses, alpha and the certificate are then those of the standardised
   * targets, see docs/explanation/losses.md. Other losses take y as it is.
   */
  standardizeTargets?: boolean;
}

export interface ResolvedTraining {
  readonly clusters: ResolvedClusters;
  readonly loss: ResolvedLoss;
  readonly classWeight: ClassWeight | undefined;
  readonly sparsity: ResolvedSparsity;
  readonly distance: ResolvedDistance;
  readonly optimizer: ResolvedOptimizer;
  readonly pretrain: ResolvedPretrain;
  readonly joint: ResolvedJoint;
  readonly settle: ResolvedSettle;
  readonly activeSet: boolean;
  readonly validation: ResolvedValidation | undefined;
  readonly precision: 'float32' | 'bf16';
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly weightDecay: number;
  readonly clusterer: Clusterer | undefined;
  readonly seed: number;
  readonly threads: number;
}

export const TRAINING_KEYS = [
  'clusters',
  'loss',
  'classWeight',
  'sparsity',
  'distance',
  'optimizer',
  'pretrain',
  'joint',
  'settle',
  'batchSize',
  'shuffle',
  'weightDecay',
  'clusterer',
  'seed',
  'threads',
  'backend',
  'precision',
  'activeSet',
  'validation',
] as const;

/** Checks all options that Trainer and DeepType share; `o` holds only known keys. */
export function resolveTraining(
  o: Partial<Record<(typeof TRAINING_KEYS)[number], unknown>>,
): ResolvedTraining {
  checkBackend(o.backend);
  if (o.clusterer !== undefined && typeof o.clusterer !== 'function') {
    throw invalidArgument('clusterer', 'a function (representation, k, init)', o.clusterer);
  }
  const optimizer = resolveOptimizer(o.optimizer);
  return {
    clusters: resolveClusters(o.clusters),
    loss: resolveLoss(o.loss),
    classWeight: resolveClassWeight(o.classWeight),
    sparsity: resolveSparsity(o.sparsity),
    distance: resolveDistance(o.distance),
    optimizer,
    pretrain: resolvePretrain(o.pretrain, optimizer.learningRate),
    joint: resolveJoint(o.joint, optimizer.learningRate),
    settle: resolveSettle(o.settle),
    precision: oneOf('precision', o.precision ?? 'float32', ['float32', 'bf16']),
    activeSet: boolean('activeSet', o.activeSet ?? true),
    validation: resolveValidation(o.validation),
    batchSize: integer('batchSize', o.batchSize ?? 64, { min: 1 }),
    shuffle: boolean('shuffle', o.shuffle ?? true),
    weightDecay: number('weightDecay', o.weightDecay ?? 0.01, { min: 0 }),
    clusterer: o.clusterer as Clusterer | undefined,
    seed: integer('seed', o.seed ?? 0, SEED),
    threads: resolveThreads(o.threads),
  };
}

function checkBackend(backend: unknown): void {
  const where = oneOf('backend', backend ?? 'auto', ['auto', 'cpu', 'cuda']);
  if (where === 'cuda') {
    throw new DeepTypeError('ERR_BACKEND_UNAVAILABLE', "backend: 'cuda' is not in this build");
  }
}

/**
 * What a saved model takes anew: `threads`, `backend`, and the options that its file lacks because they
 * hold functions or tables (`loss`, `clusterer`, `validation`), without which it predicts, but cannot train.
 */
export type LoadOptions = Partial<DeepTypeOptions>;

/** Checks the options of `load`. */
export function resolveLoad(options: unknown): LoadOptions {
  const given = givenOptions(options);
  resolveEstimator({ clusters: 1, ...given });
  return given;
}

export interface ResolvedEstimator {
  readonly training: ResolvedTraining;
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  readonly init: 'uniform' | { normal: number };
  readonly standardize: boolean;
  readonly standardizeTargets: boolean;
}

export const ESTIMATOR_KEYS = [
  ...TRAINING_KEYS,
  'hidden',
  'activation',
  'init',
  'standardize',
  'standardizeTargets',
] as const;

/** The options that are given, each read once. */
export function givenOptions(options: unknown): Partial<DeepTypeOptions> {
  return copyOptions(checkKeys('options', options, ESTIMATOR_KEYS)) as Partial<DeepTypeOptions>;
}

/** Checks the options of the estimator. */
export function resolveEstimator(options: unknown): ResolvedEstimator {
  const o = checkKeys('options', options, ESTIMATOR_KEYS);
  const deviation = resolveInit(o.init);
  return {
    training: resolveTraining(o),
    hidden: resolveHidden(o.hidden),
    activation: oneOf('activation', o.activation ?? 'relu', ACTIVATIONS),
    init: deviation > 0 ? { normal: deviation } : 'uniform',
    standardize: boolean('standardize', o.standardize ?? true),
    standardizeTargets: boolean('standardizeTargets', o.standardizeTargets ?? true),
  };
}
