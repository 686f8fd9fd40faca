// The only file that loads the addon, with its types; those of sessions are in session.ts.
import { DeepTypeError, type ErrorCode, invalidArgument } from '../common/errors.js';
import loader from './load.cjs';
import type { NativeSessionOptions, SessionHandle, SnapshotHandle } from './session.js';
import type { NativeMatrix, NativeMoments, NativeTable } from './tables.js';

export interface NetworkHandle {
  /** Fills the given arrays; an Int32Array of outputs receives the argmax of each row. */
  infer(
    x: NativeMatrix,
    representation: Float32Array | null,
    outputs: Float32Array | Int32Array | null,
    threads: number,
  ): void;
  /** Draws all parameters again; the inputs `unused` (ascending) get weights of 0. */
  draw(init: { initDeviation: number; seed: number; unused: Int32Array }): void;
  setScaler(moments: NativeMoments): void;
  /** As `forward`, with inputs standardised if a scaler is set; false if a value is not finite. */
  inferRaw(
    values: Float32Array | Float64Array,
    rows: number,
    representation: Float32Array | null,
    outputs: Float32Array | Int32Array | null,
    threads: number,
  ): boolean;
  /**
   * For rows that are not standardised, copied on entry; null if a value is not finite. 'both': all representations,
   * then all outputs. A matrix of centroids: the nearest centroid of each row.
   */
  inferAsync(
    values: Float32Array | Float64Array,
    want: 'outputs' | 'representation' | 'both',
    threads: number,
    stop?: StopHandle | undefined,
  ): Promise<Float32Array | null>;
  inferAsync(
    values: Float32Array | Float64Array,
    want: 'winners' | NativeMatrix<Float64Array>,
    threads: number,
    stop?: StopHandle | undefined,
  ): Promise<Int32Array | null>;
  readParameters(arrays: Float32Array[]): void;
  writeParameters(arrays: Float32Array[]): void;
  inputNorms(out: Float32Array): void;
  dispose(): void;
}

export interface NativeKMeansOptions {
  clusters: number;
  init: 'k-means++' | 'random' | 'given';
  start: NativeMatrix<Float64Array> | null;
  restarts: number;
  maxIterations: number;
  tolerance: number;
  seed: number;
  threads: number;
  /**
   * True: an empty cluster keeps its centroid, and the tolerance is on the squared shift itself. False: an empty
   * cluster gets the point farthest from its centroid, and the tolerance is relative to the mean variance.
   */
  mlKMeansRules?: boolean;
  /** Whether to record the inertia at each iteration, which costs a pass over the data. */
  inertias?: boolean;
}

export interface NativeKMeansResult {
  labels: Int32Array;
  centroids: Float64Array;
  inertia: number;
  iterations: number;
  converged: boolean;
  /** Whether the centroids are the means of the labels, up to rounding. */
  settled: boolean;
  /** Inertia after each iteration; the last is `inertia`, the others only if requested. */
  inertias: Float64Array;
}

type AnyMatrix = NativeMatrix<Float32Array> | NativeMatrix<Float64Array>;

type SilhouetteArguments = [
  x: AnyMatrix,
  labels: Int32Array,
  clusters: number,
  threads: number,
  rows: Int32Array | null,
];

/** An operator applied in place to each row of a table; see native/core/proximal. */
export type RowOperator =
  | 'l1'
  | 'l2-squared'
  | 'group-l2'
  | 'l-infinity'
  | 'elastic-net'
  | 'l1-ball'
  | 'l2-ball'
  | 'l-infinity-ball'
  | 'simplex';

type LinearArguments<Options> = [
  x: AnyMatrix,
  /** Targets x rows. */
  y: Float64Array,
  options: Options & { intercept: boolean; threads: number },
];

export interface NativeElasticNetOptions {
  alphas: Float64Array;
  /** Whether `alphas` are fractions of alphaMax, the smallest alpha at which all coefficients are 0. */
  areShares: boolean;
  l1Ratio: number;
  tolerance: number;
  maxIterations: number;
}

/** The minimum for one alpha. */
export interface NativeElasticNetFit {
  alpha: number;
  coefficients: Float64Array;
  intercept: number;
  gap: number;
  iterations: number;
  converged: boolean;
}

export interface NativeRidgeFit {
  /** Targets x columns. */
  coefficients: Float64Array;
  intercepts: Float64Array;
}

/** Stops the calls that received it: they reject with `ERR_ABORTED`, also if they are still queued. */
export interface StopHandle {
  stop(): void;
}

export interface Native {
  NetworkHandle: new (options: {
    widths: number[];
    activation: string;
    /** 0: uniform; null: all zeros. */
    initDeviation: number | null;
    skip: boolean;
    seed: number;
  }) => NetworkHandle;
  SessionHandle: new (network: NetworkHandle, options: NativeSessionOptions) => SessionHandle;
  /** Empty, or a copy-on-write copy of `other`. */
  StopHandle: new () => StopHandle;
  SnapshotHandle: new (other?: SnapshotHandle) => SnapshotHandle;
  kmeans(x: AnyMatrix, options: NativeKMeansOptions): NativeKMeansResult;
  kmeansAsync(
    x: AnyMatrix,
    options: NativeKMeansOptions,
    stop?: StopHandle | undefined,
  ): Promise<NativeKMeansResult>;
  /** Fills `labels`; returns the inertia. */
  assign(
    x: AnyMatrix,
    centroids: NativeMatrix<Float64Array>,
    labels: Int32Array,
    threads: number,
  ): number;
  /** 0 threads: as many as the machine allows. */
  allFinite(data: Float32Array | Float64Array, threads: number): boolean;
  /** Labels are 0 .. `clusters` - 1; for the given rows, or for all if `rows` is null. */
  silhouette(...args: SilhouetteArguments): Float64Array;
  silhouetteAsync(
    ...args: [...SilhouetteArguments, stop?: StopHandle | undefined]
  ): Promise<Float64Array>;
  /** One fit for each alpha. */
  elasticNet(...args: LinearArguments<NativeElasticNetOptions>): NativeElasticNetFit[];
  elasticNetAsync(
    ...args: [...LinearArguments<NativeElasticNetOptions>, stop?: StopHandle | undefined]
  ): Promise<NativeElasticNetFit[]>;
  /** Null if the system is singular. */
  ridge(...args: LinearArguments<{ alpha: number }>): NativeRidgeFit | null;
  ridgeAsync(
    ...args: [...LinearArguments<{ alpha: number }>, stop?: StopHandle | undefined]
  ): Promise<NativeRidgeFit | null>;
  linearAlphaMax(...args: LinearArguments<unknown>): number;
  columnMoments(x: AnyMatrix): NativeMoments;
  /** Whether all of `out` is finite. */
  standardize(x: AnyMatrix, moments: NativeMoments, out: Float32Array): boolean;
  /** As the calls without Async; x and out are in shared memory. */
  allFiniteAsync(
    data: Float32Array | Float64Array,
    threads: number,
    stop?: StopHandle | undefined,
  ): Promise<boolean>;
  columnMomentsAsync(
    x: AnyMatrix,
    threads: number,
    stop?: StopHandle | undefined,
  ): Promise<NativeMoments>;
  standardizeAsync(
    x: AnyMatrix,
    moments: NativeMoments,
    out: Float32Array,
    threads: number,
    stop?: StopHandle | undefined,
  ): Promise<boolean>;
  /** Changes x in place; `size` is the threshold or the radius. */
  proximal(operator: RowOperator, x: NativeTable, size: number, ratio: number): void;
  /** Changes v and u, arrays of one type, in place. */
  hierarchical(v: NativeTable, u: NativeTable, lambda: number, lambdaBar: number, M: number): void;
  /** Bytes outside the heap that were reported to V8, including array buffers. */
  externalMemory(): number;
  /** Bytes that malloc has allocated in the process; undefined if the C library does not report it. */
  allocatedMemory(): number | undefined;
  machine(): {
    threads: number;
    bf16: boolean;
    /** The memory limit of this process, in bytes. */
    memory: number;
    /** The part of `memory` that is free. */
    availableMemory: number;
    /** The instruction set in use, and the best of the processor. */
    simd: InstructionSet;
    bestSimd: InstructionSet;
    /** DEEPTYPE_SIMD when the process loaded the addon; empty if it was not set. */
    wantedSimd: string;
  };
  /**
   * Tries to take an advisory lock on an open file, shared or exclusive: true if taken, false if another lock excludes
   * it, undefined if the file system has no locks. Closing the file releases it.
   */
  lockFile(descriptor: number, isExclusive: boolean): boolean | undefined;
  /** Lets V8 collect garbage if fewer than `bytes` are free. */
  makeRoom(bytes: number): void;
  setErrorFactory(factory: (code: ErrorCode, message: string) => Error): void;
}

/** Instruction sets that the addon has code for, ascending. */
export const INSTRUCTION_SETS = ['baseline', 'avx2', 'avx512'] as const;
export type InstructionSet = (typeof INSTRUCTION_SETS)[number];

let loaded: Native | undefined;

/**
 * The addon, loaded at the first call. Throws `ERR_NATIVE_LOAD`, which lists the paths that were tried, and
 * `ERR_INVALID_ARGUMENT` if DEEPTYPE_SIMD names an instruction set that is not available.
 */
export function native(): Native {
  if (loaded !== undefined) return loaded;
  const search = loader.load();
  if (search.addon === undefined) {
    throw new DeepTypeError('ERR_NATIVE_LOAD', failureOf(search), {
      cause: search.tried.find(({ error }) => error !== undefined)?.error,
    });
  }
  const addon = search.addon as Native;
  checkSimd(addon.machine());
  addon.setErrorFactory((code, message) => new DeepTypeError(code, message));
  loaded = addon;
  return loaded;
}

/** Instruction sets differ in the last bits of results, so an unavailable one is an error, not replaced by another. */
export function checkSimd({
  simd,
  bestSimd,
  wantedSimd,
}: Pick<ReturnType<Native['machine']>, 'simd' | 'bestSimd' | 'wantedSimd'>): void {
  if (wantedSimd === '' || wantedSimd === simd) return;
  const available = INSTRUCTION_SETS.slice(0, INSTRUCTION_SETS.indexOf(bestSimd) + 1);
  const list = available.map((name) => `'${name}'`).join(', ');
  throw invalidArgument(
    'the environment variable DEEPTYPE_SIMD',
    `nothing, or one of ${list}, which this processor has`,
    wantedSimd,
  );
}

/** The message of `ERR_NATIVE_LOAD`: the paths that were tried, why each failed, and what to do. */
function failureOf({ target, explicit, available, tried }: ReturnType<typeof loader.load>): string {
  const list = tried.map(({ path, reason }) => `  ${path}: ${reason}`).join('\n');
  const advice = explicit
    ? 'DEEPTYPE_NATIVE is set, so no other place was tried: unset it, or let it name a deeptype.node for this machine.'
    : `This machine is ${target}; the package holds prebuilds for: ${available.join(', ') || 'none'}. ` +
      'Where it should hold one, install the package again. Else build deeptype.node from a checkout of the ' +
      'sources (`npm ci && npm run build:native`) and let DEEPTYPE_NATIVE name it. Where this code was bundled, ' +
      'keep deeptype external or copy its folder prebuilds/ beside the bundle.';
  return `the native addon could not be loaded. Tried:\n${list}\n${advice}`;
}
