import type { ErrorCode } from '../../../src/common/errors.js';
import { type NetworkHandle, native } from '../../../src/native/addon.js';
import type {
  NativeSessionOptions,
  SessionHandle,
  SnapshotHandle,
} from '../../../src/native/session.js';
import type { NativeTargets } from '../../../src/native/tables.js';

export const INVALID: ErrorCode = 'ERR_INVALID_ARGUMENT';

/** Two clusters of two rows, each 1 apart: the inertia of K = 2 is 1. */
export const X = { data: Float32Array.of(0, 0, 0, 1, 9, 0, 9, 1), rows: 4, columns: 2 };

/** Options of a session on `networkHandle()`. */
export const SESSION: NativeSessionOptions = {
  loss: 'cross-entropy',
  lossTargets: 'classes',
  coupled: false,
  pairWeight: 0,
  penalty: 'group-lasso',
  l1Ratio: 0.5,
  M: 10,
  constraint: null,
  distance: 'squared-euclidean',
  optimizer: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0,
  nesterov: false,
  maxGradientNorm: Number.MAX_VALUE, // JSON has no Infinity
  proximal: true,
  activeSet: true,
  precision: 'float32',
  weightDecay: 0,
  seed: 0,
  threads: 1,
};
export const WIDTHS = {
  widths: [2, 3, 2],
  activation: 'relu',
  initDeviation: 0,
  skip: false,
  seed: 0,
};

/** Targets of a session's table. */
export function classTargets(classes: Int32Array): NativeTargets {
  return { classes, values: null, weights: null, graph: null };
}

export function networkHandle(): NetworkHandle {
  return new (native().NetworkHandle)(WIDTHS);
}

export function sessionHandle(): SessionHandle {
  return new (native().SessionHandle)(networkHandle(), SESSION);
}

export function snapshotHandle(): SnapshotHandle {
  return new (native().SnapshotHandle)();
}
