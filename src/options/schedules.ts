import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import * as option from '../common/option.js';
import { LEARNING_RATE } from './optimizers.js';

/** Steps 1 to 3: primary loss, then primary loss + sparsity. */
export interface PretrainOptions {
  /** Passes over the table; default 25. */
  epochs?: number;
  /** Share of the epochs without the penalty, after which alpha_max is taken; default 0.4. */
  denseFraction?: number;
  /** Default that of the optimiser, 1e-3. */
  learningRate?: number;
  /**
   * Share of alpha in force in the sparse epochs; default 0.2, weak enough that of several redundant
   * features not only one is kept. The joint phase ramps it up to 1.
   */
  sparsityScale?: number;
  /** Steps t over which alpha warms up as alpha (1 - exp(-t / warmupSteps)); default 0: none. */
  warmupSteps?: number;
}

/** Steps 4 to 6: primary loss + sparsity + distance. */
export interface JointOptions {
  /** Passes over the table; default 20. */
  epochs?: number;
  /** Default that of the optimiser, 1e-3. */
  learningRate?: number;
  /** 'cosine' (default) lets the learning rate fall to 0 over the epochs; or 'constant'. */
  decay?: Name<'cosine' | 'constant'>;
  /**
   * When K-means is run again: after each 'epoch' (default) or every { steps } on the whole table,
   * from the last centroids; or in every 'batch' on the batch's representation, from fresh starts.
   */
  reclusterEvery?: Name<'epoch' | 'batch'> | { steps: number };
  /** Optimiser steps on each batch; default 1. */
  stepsPerBatch?: number;
  /**
   * The phase ends early once less than this share of the samples changes cluster in an epoch and
   * the total changes by less than this share; default 1e-3.
   */
  tolerance?: number;
  /**
   * A re-clustering that moves at most this share of the samples is not taken over, lest centroids
   * drift together step by step; default 0.03.
   */
  hold?: number;
  /**
   * 'isometric' (default): before the first K-means the network starts anew as a linear map that
   * keeps the geometry of the live inputs, see docs; 'none' continues from the pretrained weights.
   */
  restart?: Name<'isometric' | 'none'>;
}

/** Step 7: full-batch accelerated proximal gradient until the zeros are certified. */
export interface SettleOptions {
  /** Most iterations, each a forward and backward pass over the table; default 600, 0 for none. */
  iterations?: number;
  /** Target of the KKT residual relative to alpha; default 0.01. */
  tolerance?: number;
}

/** Counts are 32-bit in the native core. */
const MAX_COUNT = 2 ** 32 - 1;
const SHARE = { min: 0, max: 1 };
/** Mini-batches between two re-clusterings. */
const STEPS = option.group({ steps: { check: option.integer({ min: 1 }) } });

export const PRETRAIN = option.group({
  epochs: { check: option.integer({ min: 0 }), default: 25 },
  denseFraction: { check: option.number(SHARE), default: 0.4 },
  learningRate: { check: LEARNING_RATE, follows: 'optimizer.learningRate' },
  sparsityScale: { check: option.number(SHARE), default: 0.2 },
  warmupSteps: { check: option.number({ min: 0 }), default: 0 },
});

export const JOINT = option.group(
  {
    epochs: { check: option.integer({ min: 0 }), default: 20 },
    learningRate: { check: LEARNING_RATE, follows: 'optimizer.learningRate' },
    decay: { check: option.oneOf(['cosine', 'constant']), default: 'cosine' },
    reclusterEvery: {
      check: option.custom<Recluster, JointOptions['reclusterEvery']>(
        "'epoch', 'batch' or { steps }",
        resolveRecluster,
      ),
      default: 'epoch',
    },
    stepsPerBatch: { check: option.integer({ min: 1, max: MAX_COUNT }), default: 1 },
    tolerance: { check: option.number({ min: 0 }), default: 1e-3 },
    hold: { check: option.number(SHARE), default: 0.03 },
    restart: { check: option.oneOf(['isometric', 'none']), default: 'isometric' },
  },
  (o) => ({ ...o, ...o.reclusterEvery }),
);

export const SETTLE = option.group({
  iterations: { check: option.integer({ min: 0, max: MAX_COUNT }), default: 600 },
  tolerance: { check: option.number({ exclusiveMin: 0 }), default: 0.01 },
});

/** Root mean square norm of the samples after an isometric restart. */
export const RESTART_SCALE = 2;

export interface Recluster {
  readonly reclusterEvery: 'epoch' | 'batch' | 'steps';
  /** 0 unless every so many steps. */
  readonly reclusterSteps: number;
}

function resolveRecluster(name: string, value: unknown): Recluster {
  if (typeof value === 'object' && value !== null) {
    return { reclusterEvery: 'steps', reclusterSteps: STEPS(name, value).steps };
  }
  if (value !== 'epoch' && value !== 'batch') {
    throw invalidArgument(name, "'epoch', 'batch' or { steps }", value);
  }
  return { reclusterEvery: value, reclusterSteps: 0 };
}

/** A phase whose learning rate is that of the optimiser, where it has none of its own. */
type WithRate<P> = P & { readonly learningRate: number };

export type ResolvedPretrain = WithRate<ReturnType<typeof PRETRAIN>>;
export type ResolvedJoint = WithRate<ReturnType<typeof JOINT>>;
export type ResolvedSettle = ReturnType<typeof SETTLE>;

export function withRate<P extends { readonly learningRate: number | undefined }>(
  phase: P,
  rate: number,
): WithRate<P> {
  return { ...phase, learningRate: phase.learningRate ?? rate };
}
