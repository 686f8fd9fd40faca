/**
 * The DeepType objective once more, in float64 and written as the formulas stand in the papers: no
 * code of the package is used, so that agreement means something. Tables are arrays of rows.
 */

export type Table = readonly (readonly number[])[];
export type Activation = 'relu' | 'leaky-relu' | 'sigmoid' | 'tanh' | 'gelu' | 'identity';
/** Losses that are a mean over samples. */
export type SampleLoss = 'cross-entropy' | 'bce' | 'mse' | 'mae' | 'huber';
export type Loss = SampleLoss | 'cox';
export type Penalty = 'group-lasso' | 'l1' | 'l2' | 'elastic-net' | 'l-infinity';
export type Metric = 'squared-euclidean' | 'euclidean';

export const ACTIVATIONS = ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const;
export const LOSSES = ['cross-entropy', 'bce', 'mse', 'mae', 'huber'] as const;
export const PENALTIES = ['group-lasso', 'l1', 'l2', 'elastic-net', 'l-infinity'] as const;
export const METRICS = ['squared-euclidean', 'euclidean'] as const;

/** What is minimised: primary + alpha sparsity + beta distance. */
export interface Objective {
  readonly activation: Activation;
  readonly loss: Loss;
  readonly penalty: Penalty;
  readonly l1Ratio: number;
  readonly metric: Metric;
  readonly alpha: number;
  readonly beta: number;
}

/** A batch; y holds one row of targets a sample, or in column 0 its class, or its time and event. */
export interface Batch {
  readonly x: Table;
  readonly y: Table;
  readonly centers?: Table;
  /** How much the samples count in the primary loss. */
  readonly weights?: readonly number[];
  /** Samples i and j belong together, with weight w; counted `gamma` times. */
  readonly pairs?: readonly (readonly [i: number, j: number, w: number])[];
  readonly gamma?: number;
}
