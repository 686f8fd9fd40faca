import { checkKeys, integer, number, oneOf } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { learningRate } from './optimizers.js';

/** Phase 1: primary loss, then primary loss + sparsity. */
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

/** Phase 3: primary loss + sparsity + distance. */
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
   * keeps the geometry of the live inputs, see docs; 'none' goes on from the pretrained weights.
   */
  restart?: Name<'isometric' | 'none'>;
}

/** Phase 5: full-batch accelerated proximal gradient until the zeros are certified. */
export interface SettleOptions {
  /** Most iterations, each a forward and backward pass over the table; default 600, 0 for none. */
  iterations?: number;
  /** Target of the KKT residual relative to alpha; default 0.01. */
  tolerance?: number;
}

export type ResolvedPretrain = Required<PretrainOptions>;
export type ResolvedSettle = Required<SettleOptions>;
export type ResolvedJoint = Omit<Required<JointOptions>, 'decay' | 'reclusterEvery' | 'restart'> & {
  readonly decay: 'cosine' | 'constant';
  readonly restart: 'isometric' | 'none';
  readonly reclusterEvery: 'epoch' | 'batch' | 'steps';
  readonly reclusterSteps: number;
};

export const SCHEDULE = {
  pretrain: {
    epochs: 25,
    denseFraction: 0.4,
    learningRate: undefined,
    sparsityScale: 0.2,
    warmupSteps: 0,
  },
  joint: {
    epochs: 20,
    learningRate: undefined,
    decay: 'cosine',
    reclusterEvery: 'epoch',
    stepsPerBatch: 1,
    tolerance: 1e-3,
    hold: 0.03,
    restart: 'isometric',
  },
  settle: { iterations: 600, tolerance: 0.01 },
  /** Root mean square norm of the samples after an isometric restart. */
  restartScale: 2,
} as const;

/** Counts are 32-bit in the native core. */
const MAX_COUNT = 2 ** 32 - 1;

/** `rate` is the learning rate of the optimiser, which a phase may replace. */
export function resolvePretrain(pretrain: unknown, rate: number): ResolvedPretrain {
  const d = SCHEDULE.pretrain;
  const o = checkKeys('pretrain', pretrain, Object.keys(d) as (keyof typeof d)[]);
  const share = { min: 0, max: 1 };
  return {
    epochs: integer('pretrain.epochs', o.epochs ?? d.epochs, { min: 0 }),
    denseFraction: number('pretrain.denseFraction', o.denseFraction ?? d.denseFraction, share),
    learningRate: learningRate('pretrain.learningRate', o.learningRate ?? rate),
    sparsityScale: number('pretrain.sparsityScale', o.sparsityScale ?? d.sparsityScale, share),
    warmupSteps: number('pretrain.warmupSteps', o.warmupSteps ?? d.warmupSteps, { min: 0 }),
  };
}

export function resolveJoint(joint: unknown, rate: number): ResolvedJoint {
  const d = SCHEDULE.joint;
  const o = checkKeys('joint', joint, Object.keys(d) as (keyof typeof d)[]);
  const share = { min: 0, max: 1 };
  return {
    epochs: integer('joint.epochs', o.epochs ?? d.epochs, { min: 0 }),
    learningRate: learningRate('joint.learningRate', o.learningRate ?? rate),
    decay: oneOf('joint.decay', o.decay ?? d.decay, ['cosine', 'constant']),
    ...resolveRecluster(o.reclusterEvery ?? d.reclusterEvery),
    stepsPerBatch: integer('joint.stepsPerBatch', o.stepsPerBatch ?? d.stepsPerBatch, {
      min: 1,
      max: MAX_COUNT,
    }),
    tolerance: number('joint.tolerance', o.tolerance ?? d.tolerance, { min: 0 }),
    hold: number('joint.hold', o.hold ?? d.hold, share),
    restart: oneOf('joint.restart', o.restart ?? d.restart, ['isometric', 'none']),
  };
}

function resolveRecluster(
  value: unknown,
): Pick<ResolvedJoint, 'reclusterEvery' | 'reclusterSteps'> {
  if (typeof value === 'object' && value !== null) {
    const { steps } = checkKeys('joint.reclusterEvery', value, ['steps']);
    const reclusterSteps = integer('joint.reclusterEvery.steps', steps, { min: 1 });
    return { reclusterEvery: 'steps', reclusterSteps };
  }
  if (value !== 'epoch' && value !== 'batch') {
    throw invalidArgument('joint.reclusterEvery', "'epoch', 'batch' or { steps }", value);
  }
  return { reclusterEvery: value, reclusterSteps: 0 };
}

export function resolveSettle(settle: unknown): ResolvedSettle {
  const d = SCHEDULE.settle;
  const o = checkKeys('settle', settle, Object.keys(d) as (keyof typeof d)[]);
  return {
    iterations: integer('settle.iterations', o.iterations ?? d.iterations, {
      min: 0,
      max: MAX_COUNT,
    }),
    tolerance: number('settle.tolerance', o.tolerance ?? d.tolerance, { exclusiveMin: 0 }),
  };
}
