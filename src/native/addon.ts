// The only file that loads the addon; it states its types, session.ts those of sessions.
import { DeepTypeError, type ErrorCode, invalidArgument } from '../common/errors.js';
import loader from './load.cjs';
import type { NativeSessionOptions, SessionHandle, SnapshotHandle } from './session.js';
import type { NativeMatrix, NativeMoments, NativeTable } from './tables.js';

export interface NetworkHandle {
  /** Fills the arrays that are given; an Int32Array as outputs with the column of each row's largest one. */
  infer(
    x: NativeMatrix,
    representation: Float32Array | null,
    outputs: Float32Array | Int32Array | null,
    threads: number,
  ): void;
  /** Draws all parameters anew; the inputs that are `unused`, ascending, get no weights. */
  draw(init: { initDeviation: number; seed: number; unused: Int32Array }): void;
  setScaler(moments: NativeMoments): void;
  /** The same, standardised on the way where a scaler is set; false where a value is not finite. */
  inferRaw(
    values: Float32Array | Float64Array,
    rows: number,
    representation: Float32Array | null,
    outputs: Float32Array | Int32Array | null,
    threads: number,
  ): boolean;
  /**
   * Of rows as they came, copied on entry; null where a value is not finite. 'both': all representations, then all
   * outputs. A matrix: the nearest of its rows.
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
   * Whether an emptied cluster stays where it was, else it takes the point farthest from its centroid; and
   * whether the tolerance is on the squared shift itself, else relative to the mean variance.
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
  /** The last is `inertia`; the others only where they were asked for. */
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

/** What is done to each row of a table in place; see native/core/proximal. */
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
  /** Whether `alphas` are shares of the least alpha with which every coefficient is 0. */
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

/** Ends the calls it was handed to: they reject with `ERR_ABORTED` soon, also where they still wait for a thread. */
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
  /** An empty one, or one that shares the memory of `other`, until one of them changes. */
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
  /** 0 threads: what the machine allows. */
  allFinite(data: Float32Array | Float64Array, threads: number): boolean;
  /** Labels from 0 to `clusters` - 1; of the rows named, or of all when `rows` is null. */
  silhouette(...args: SilhouetteArguments): Float64Array;
  silhouetteAsync(
    ...args: [...SilhouetteArguments, stop?: StopHandle | undefined]
  ): Promise<Float64Array>;
  /** One fit for each alpha. */
  elasticNet(...args: LinearArguments<NativeElasticNetOptions>): NativeElasticNetFit[];
  elasticNetAsync(
    ...args: [...LinearArguments<NativeElasticNetOptions>, stop?: StopHandle | undefined]
  ): Promise<NativeElasticNetFit[]>;
  /** Null where the system is singular. */
  ridge(...args: LinearArguments<{ alpha: number }>): NativeRidgeFit | null;
  ridgeAsync(
    ...args: [...LinearArguments<{ alpha: number }>, stop?: StopHandle | undefined]
  ): Promise<NativeRidgeFit | null>;
  linearAlphaMax(...args: LinearArguments<unknown>): number;
  columnMoments(x: AnyMatrix): NativeMoments;
  /** Whether all of `out` is finite. */
  standardize(x: AnyMatrix, moments: NativeMoments, out: Float32Array): boolean;
  /** As those without Async; x and out lie in shared memory. */
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
  /** Bytes outside the heap that V8 has been told of, array buffers among them. */
  externalMemory(): number;
  /** Bytes that malloc has handed out in the whole process; undefined where the C library does not say. */
  allocatedMemory(): number | undefined;
  machine(): {
    threads: number;
    bf16: boolean;
    /** The most that this process may have, in bytes. */
    memory: number;
    /** What is left of it. */
    availableMemory: number;
    /** The instruction set in use, and the best of the processor. */
    simd: InstructionSet;
    bestSimd: InstructionSet;
    /** What DEEPTYPE_SIMD said when the process loaded the addon; empty where it was not set. */
    wantedSimd: string;
  };
  /**
   * An advisory lock on an open file, shared or exclusive: true where it is had now, false where another one excludes
   * it, undefined where there are none. It ends when the file is closed.
   */
  lockFile(descriptor: number, isExclusive: boolean): boolean | undefined;
  /** Lets V8 collect garbage where fewer bytes than these are left. */
  makeRoom(bytes: number): void;
  setErrorFactory(factory: (code: ErrorCode, message: string) => Error): void;
}

/** What code there is for, in ascending order. */
export const INSTRUCTION_SETS = ['baseline', 'avx2', 'avx512'] as const;
export type InstructionSet = (typeof INSTRUCTION_SETS)[number];

let loaded: Native | undefined;

/**
 * The addon, loaded at the first call. Throws `ERR_NATIVE_LOAD`, which says what was tried, and
 * `ERR_INVALID_ARGUMENT` where DEEPTYPE_SIMD asks for what there is not.
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

/** Results differ between instruction sets in their last bits: one that was asked for is used, or refused. */
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

/** What was tried, why it failed and what to do. */
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
