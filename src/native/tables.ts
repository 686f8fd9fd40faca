// Tables and targets in the addon's format.

/** A row-major float32 table. */
export interface NativeMatrix<T extends Float32Array | Float64Array = Float32Array> {
  readonly data: T;
  readonly rows: number;
  readonly columns: number;
}

/** A row-major table, float32 or float64. */
export interface NativeTable {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** The targets of N rows: `classes` or `values`, as the loss requires. */
export interface NativeTargets {
  readonly classes: Int32Array | null;
  /** For survival (N x 2): time and event. */
  readonly values: NativeMatrix | null;
  /** Row weights of mean 1; null if all are 1. */
  readonly weights: Float32Array | null;
  /** Pairs of rows, for `knowledge-graph`. */
  readonly graph: { i: Int32Array; j: Int32Array; weights: Float32Array } | null;
}

/** Moments of columns; see native/core/backends/cpu/scaler.h. */
export interface NativeMoments {
  mean: Float64Array;
  /** The part of each mean below float64 precision. */
  remainder: Float64Array;
  deviation: Float64Array;
}
