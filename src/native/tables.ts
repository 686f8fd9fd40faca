// Tables and targets as the addon takes them.

/** A row-major table as the addon takes it. */
export interface NativeMatrix<T extends Float32Array | Float64Array = Float32Array> {
  readonly data: T;
  readonly rows: number;
  readonly columns: number;
}

/** A table in the precision it has. */
export interface NativeTable {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** What the loss compares the outputs of N rows with: `classes` or `values`, by the loss. */
export interface NativeTargets {
  readonly classes: Int32Array | null;
  /** For survival (N x 2): time and event. */
  readonly values: NativeMatrix | null;
  /** Of the rows, of mean 1; null where all count 1. */
  readonly weights: Float32Array | null;
  /** Pairs of rows, for `knowledge-graph`. */
  readonly graph: { i: Int32Array; j: Int32Array; weights: Float32Array } | null;
}

/** Of columns; see native/core/backends/cpu/scaler.h. */
export interface NativeMoments {
  mean: Float64Array;
  /** What float64 cannot hold of the means. */
  remainder: Float64Array;
  deviation: Float64Array;
}
