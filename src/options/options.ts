import type { Clusterer } from '../clustering/index.js';
import { checkKeys, listed, SEED } from '../common/checks.js';
import { DeepTypeError } from '../common/errors.js';
import type { Name } from '../common/name.js';
import * as option from '../common/option.js';
import type { OptionMap } from '../common/unknown-option.js';
import { type ClassWeight, resolveClassWeight } from '../data/sample-weights.js';
import { ACTIVATION_NAMES, type ActivationName } from '../network/activations.js';
import { resolveHidden, resolveInit, resolveThreads } from '../network/architecture.js';
import { CLUSTERS, type ClusterRange } from './cluster-range.js';
import { copyOptions } from './copy.js';
import type { KnowledgeGraph } from './knowledge-graph.js';
import {
  DISTANCE,
  type DistanceOptions,
  LOSSES,
  type LossName,
  type PrimaryLoss,
  type ResolvedLoss,
  resolveLoss,
} from './losses.js';
import { OPTIMIZER, type OptimizerOptions } from './optimizers.js';
import { SPARSITY, type SparsityOptions } from './penalties.js';
import {
  JOINT,
  type JointOptions,
  PRETRAIN,
  type PretrainOptions,
  type ResolvedJoint,
  type ResolvedPretrain,
  SETTLE,
  type SettleOptions,
  withRate,
} from './schedules.js';
import { VALIDATION, type ValidationOptions } from './validation.js';

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

const BACKEND = option.oneOf(['auto', 'cpu', 'cuda']);

/** What Trainer and DeepType share; the interface above documents each. */
export const TRAINING = {
  clusters: { check: CLUSTERS },
  loss: {
    check: option.custom<ResolvedLoss, TrainingOptions['loss']>(
      `${listed(Object.keys(LOSSES))}, a \`PrimaryLoss\` or a \`KnowledgeGraph\``,
      (_, loss) => resolveLoss(loss),
    ),
    default: 'cross-entropy',
  },
  classWeight: {
    check: option.custom<ClassWeight | undefined, TrainingOptions['classWeight']>(
      "'balanced' or an object of weights",
      (_, value) => resolveClassWeight(value),
    ),
    absent: 'all alike',
  },
  sparsity: { check: SPARSITY },
  distance: { check: DISTANCE },
  optimizer: { check: OPTIMIZER },
  pretrain: { check: PRETRAIN },
  joint: { check: JOINT },
  settle: { check: SETTLE },
  batchSize: { check: option.integer({ min: 1 }), default: 64 },
  shuffle: { check: option.boolean, default: true },
  weightDecay: { check: option.number({ min: 0 }), default: 0.01, native: true },
  clusterer: { check: option.callback<Clusterer>('representation, k, init'), absent: 'K-means' },
  seed: { check: option.integer(SEED), default: 0, native: true },
  threads: {
    check: option.custom<number, TrainingOptions['threads']>('an integer from 1 to 256', (_, n) =>
      resolveThreads(n),
    ),
    default: 'auto',
    native: true,
  },
  backend: {
    check: option.custom<'cpu', TrainingOptions['backend']>(BACKEND.expected, resolveBackend),
    default: 'auto',
  },
  precision: { check: option.oneOf(['float32', 'bf16']), default: 'float32', native: true },
  activeSet: { check: option.boolean, default: true, native: true },
  validation: { check: VALIDATION, absent: 'none' },
} as const satisfies option.Entries;

/** What DeepType has besides. */
const NETWORK = {
  hidden: {
    check: option.custom<readonly number[]>('an array of 1 to 64 widths', (_, hidden) =>
      resolveHidden(hidden),
    ),
    default: [64, 64, 32],
  },
  activation: { check: option.oneOf(ACTIVATION_NAMES), default: 'relu' },
  init: {
    check: option.custom<'uniform' | { normal: number }, DeepTypeOptions['init']>(
      "'uniform' or { normal }",
      (_, init) => {
        const deviation = resolveInit(init);
        return deviation > 0 ? { normal: deviation } : 'uniform';
      },
    ),
    default: 'uniform',
  },
  standardize: { check: option.boolean, default: true },
  standardizeTargets: { check: option.boolean, default: true },
} as const satisfies option.Entries;

export const ESTIMATOR = { ...TRAINING, ...NETWORK };

export const FIT_NAMES = [
  'signal',
  'onProgress',
  'sampleWeight',
  'checkpoint',
  'warmStart',
  'whileFitting',
] as const;

/** Where messages find an option that stands elsewhere. */
export const OPTION_MAP: OptionMap = { ofModel: option.placesOf(ESTIMATOR), ofFit: FIT_NAMES };

type Training = option.Resolved<typeof TRAINING>;
export type ResolvedTraining = Omit<Training, 'pretrain' | 'joint'> & {
  readonly pretrain: ResolvedPretrain;
  readonly joint: ResolvedJoint;
};

export interface ResolvedEstimator extends option.Resolved<typeof NETWORK> {
  readonly training: ResolvedTraining;
}

/** Checks all options that Trainer and DeepType share; the names in `given` have been checked. */
export function resolveTraining(given: Readonly<Record<string, unknown>>): ResolvedTraining {
  const training = option.resolveEntries(TRAINING, given, OPTION_MAP);
  const { learningRate } = training.optimizer;
  return {
    ...training,
    pretrain: withRate(training.pretrain, learningRate),
    joint: withRate(training.joint, learningRate),
  };
}

/** Checks the options of the estimator. */
export function resolveEstimator(options: unknown): ResolvedEstimator {
  const given = checkKeys('options', options, option.namesOf(ESTIMATOR), OPTION_MAP);
  return {
    training: resolveTraining(given),
    ...option.resolveEntries(NETWORK, given, OPTION_MAP),
  };
}

/** The options that are given, each read once. */
export function givenOptions(options: unknown): Partial<DeepTypeOptions> {
  const given = checkKeys('options', options, option.namesOf(ESTIMATOR), OPTION_MAP);
  return copyOptions(given) as Partial<DeepTypeOptions>;
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

function resolveBackend(name: string, value: unknown): 'cpu' {
  if (BACKEND(name, value) === 'cuda') {
    throw new DeepTypeError('ERR_BACKEND_UNAVAILABLE', "backend: 'cuda' is not in this build");
  }
  return 'cpu';
}
