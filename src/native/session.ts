// Types of the addon's sessions: plans, options and outcomes.
import type { NativeMatrix, NativeTargets } from './tables.js';

/** The parts of the loss, unweighted. */
export interface NativeLossParts {
  primary: number;
  sparsity: number;
  distance: number;
}

export interface ClusterPlan {
  clusters: number;
  warm: boolean;
  restarts: number;
  maxIterations: number;
  tolerance: number;
  hold: number;
}

export interface EpochPlan {
  joint: boolean;
  learningRate: number;
  alpha: number;
  beta: number;
  alphaWarmup: number;
  batchSize: number;
  shuffle: boolean;
  stepsPerBatch: number;
  clusterEveryBatch: boolean;
  clusterEverySteps: number;
  checkInputs: boolean;
  cluster: ClusterPlan;
}

export interface SettlePlan {
  joint: boolean;
  firstLayerOnly: boolean;
  alpha: number;
  beta: number;
  iterations: number;
  tolerance: number;
}

/** The first quantity that was not finite; null if all were. */
type NativeDivergence = 'loss' | 'gradient' | null;

interface Ending {
  stopped: boolean;
  diverged: NativeDivergence;
}

export interface StepOutcome {
  /** Before the step. */
  parts: NativeLossParts;
  diverged: NativeDivergence;
}

export interface EpochOutcome extends Ending {
  parts: NativeLossParts;
  alpha: number;
  steps: number;
  clusterings: number;
  /** Inputs whose weights are not all exactly zero. */
  selected: number;
}

export interface SettleOutcome extends Ending {
  parts: NativeLossParts;
  iterations: number;
  selected: number;
  converged: boolean;
}

export interface ClusterOutcome {
  inertia: number;
  iterations: number;
  changed: number;
  taken: boolean;
  stopped: boolean;
}

/** A user-defined loss: fills `gradient` and returns the loss, or NaN if it threw. */
export type NativeLossCallback = (
  outputs: Float32Array,
  gradient: Float32Array,
  rows: number,
  columns: number,
  classes: Int32Array | null,
  values: Float32Array | null,
  weights: Float32Array | null,
) => number;

/** The loss of a session. */
export interface NativeLoss {
  loss: string;
  evaluate?: NativeLossCallback;
  lossTargets: 'classes' | 'values';
  /** Whether `evaluate` needs all rows of a table at once. */
  coupled: boolean;
  /** gamma of `knowledge-graph`; 0: no such term. */
  pairWeight: number;
}

/**
 * The loss, and the options that the tables of src/options mark as `native`. The other side reads them by the lists of
 * native/core/backend.h and native/core/training/plans.h, in native/addon/convert/session_options.cc: it refuses a name that
 * it lacks, and options that lack one of its own.
 */
export type NativeSessionOptions = NativeLoss & Readonly<Record<string, unknown>>;

type ProgressCallback = (done: number, of: number) => void;
type BatchArguments = [x: NativeMatrix, targets: NativeTargets, centroids: NativeMatrix | null];

/**
 * The state of a session, without the table and the options, at the time of the capture: arrays by name; a number
 * is an array of one value.
 */
export interface SnapshotHandle {
  arrays(): { name: string; type: 'F64' | 'F32' | 'I32'; length: number }[];
  /** Copies bytes of the array `name`, from byte `begin` on, into `out`. */
  read(name: string, begin: number, out: Uint8Array): void;
  /** Sets the length of the array `name` of an empty snapshot. */
  reserve(name: string, length: number): void;
  append(name: string, bytes: Uint8Array): void;
  dispose(): void;
}

export interface SessionHandle {
  load(x: NativeMatrix, targets: NativeTargets): void;
  /** Held-out rows for `validate`, until the next `load`. */
  holdOut(x: NativeMatrix, targets: NativeTargets): void;
  /** Copies the state to `snapshot`; its memory is reused unless another snapshot shares it. */
  capture(snapshot: SnapshotHandle): Promise<void>;
  /** Restores a state; rejects with `ERR_INVALID_ARGUMENT` if it does not fit. */
  restore(snapshot: SnapshotHandle): Promise<void>;
  /**
   * Runs epochs until the time limit, at least one. An epoch that is stopped or diverges is the last.
   * `progress` counts the rows done of an epoch.
   */
  epochs(plans: readonly EpochPlan[], progress?: ProgressCallback): Promise<EpochOutcome[]>;
  settle(plan: SettlePlan, progress?: ProgressCallback): Promise<SettleOutcome>;
  cluster(plan: ClusterPlan): Promise<ClusterOutcome>;
  restart(scale: number): Promise<void>;
  relabel(): Promise<number>;
  separation(): Promise<number>;
  alphaMax(): Promise<number>;
  kktResidual(joint: boolean, alpha: number, beta: number): Promise<number>;
  /** N x R. */
  represent(): Promise<Float32Array>;
  /** As `representation`, into an array in shared memory. */
  represent(out: Float32Array): Promise<void>;
  /** Losses of the held-out rows; if `joint`, with the distance to the nearest centroid. */
  validate(joint: boolean): Promise<NativeLossParts>;
  /** The nearest centroid of each held-out row. */
  labelHeldOut(): Promise<Int32Array>;
  resetOptimizer(): void;
  setClusters(centroids: NativeMatrix, labels: Int32Array): void;
  clusters(): { centroids: Float32Array; labels: Int32Array };
  losses(...batch: BatchArguments): NativeLossParts;
  gradients(
    ...batch: [...BatchArguments, alpha: number, beta: number, arrays: Float32Array[]]
  ): NativeLossParts;
  step(...batch: [...BatchArguments, plan: EpochPlan]): StepOutcome;
  clearStop(): void;
  stop(): void;
  dispose(): void;
}
