// What sessions of the addon take and return.
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

/** What was not finite first; null where all was. */
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

/** A caller's loss: fills `gradient`, returns the loss; NaN says that it failed. */
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
 * The loss, and the options that the tables of src/options mark as `native`. A session is refused without one of them.
 */
export type NativeSessionOptions = NativeLoss & Readonly<Record<string, unknown>>;

type ProgressCallback = (done: number, of: number) => void;
type BatchArguments = [x: NativeMatrix, targets: NativeTargets, centroids: NativeMatrix | null];

/**
 * Everything that a session's further work depends on, beside the table and the options, as it was when
 * it was captured: arrays by name, a number an array of one.
 */
export interface SnapshotHandle {
  arrays(): { name: string; type: 'F64' | 'F32' | 'I32'; length: number }[];
  /** Fills `out` with bytes of the array `name` from its byte `begin` on. */
  read(name: string, begin: number, out: Uint8Array): void;
  /** Says how long the array `name` of an empty snapshot will be. */
  reserve(name: string, length: number): void;
  append(name: string, bytes: Uint8Array): void;
  dispose(): void;
}

export interface SessionHandle {
  load(x: NativeMatrix, targets: NativeTargets): void;
  /** Rows that are not trained on, for `validate`; until the next `load`. */
  holdOut(x: NativeMatrix, targets: NativeTargets): void;
  /** Takes down the state in `snapshot`, whose memory is used again where no other shares it. */
  capture(snapshot: SnapshotHandle): Promise<void>;
  /** Goes back to a state; rejects with `ERR_INVALID_ARGUMENT` where it does not fit. */
  restore(snapshot: SnapshotHandle): Promise<void>;
  /**
   * As many epochs as their time allows, at least one; fewer too where one is stopped or diverges, which
   * is the last. `progress` counts the rows done of all, of the rows of one.
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
  /** The same, in an array in shared memory. */
  represent(out: Float32Array): Promise<void>;
  /** Losses of the rows held out; where `joint`, each is drawn to its nearest centroid. */
  validate(joint: boolean): Promise<NativeLossParts>;
  /** The nearest centroid of each of those rows. */
  labelHeldOut(): Promise<Int32Array>;
  resetOptimizer(): void;
  setClusters(centroids: NativeMatrix, labels: Int32Array): void;
  clusters(): { centroids: Float32Array; labels: Int32Array };
  losses(...batch: BatchArguments): NativeLossParts;
  gradients(
    ...batch: [...BatchArguments, alpha: number, beta: number, arrays: Float32Array[]]
  ): NativeLossParts;
  step(...batch: [...BatchArguments, plan: EpochPlan]): StepOutcome;
  rearm(): void;
  stop(): void;
  dispose(): void;
}
