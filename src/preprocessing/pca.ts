import { EigenvalueDecomposition, Matrix as Table } from 'ml-matrix';
import { integer } from '../common/checks.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import { acceptFloat32, acceptMatrix, Matrix, type MatrixLike } from '../data/matrix.js';
import { requireMemory } from '../native/memory.js';

/** The result of `pca` for N rows, D columns and c components. */
export interface PcaResult {
  /** Matrix[N x c]: the centred rows in the basis of the components. */
  readonly transformed: Matrix;
  /** Matrix[c x D]: orthonormal rows, by decreasing variance. */
  readonly components: Matrix;
  /** Float64Array[c]: variance along each component, with N - 1 in the denominator. */
  readonly explainedVariance: Float64Array;
  /** Float64Array[c]: the same as a fraction of the total variance (0 for a constant table). */
  readonly explainedVarianceRatio: Float64Array;
  /** Float64Array[D]: mean of each column. */
  readonly mean: Float64Array;
}

/** Fraction of the largest eigenvalue: smaller ones have lost half of their digits to its rounding. */
const TOLD = 1e-8;

/**
 * Principal component analysis (Hotelling 1933): the eigenvectors of the covariance of the columns.
 * Works in float64 on the centred table, by the eigenvalues of the D x D covariance or of the N x N Gram
 * matrix, whichever is smaller. Directions of far less variance are computed from the residual after the
 * larger ones are removed (deflation), so that columns of different units keep float64 precision. As in
 * scikit-learn (`svd_flip`), the entry of largest absolute value in each component is positive (the first of
 * equals). Beyond the rank of the table the variance and the transformed column are 0, and the component is
 * an arbitrary direction orthogonal to the others.
 *
 * @param X table of N rows (at least 2) and D columns
 * @param components number of components, from 1 to min(N, D)
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH` for ragged rows, `ERR_NON_FINITE_INPUT`
 */
export function pca(X: MatrixLike, components: number): PcaResult {
  const { data, rows, columns } = acceptMatrix(X, 'X');
  if (rows < 2) throw invalidArgument('X', 'at least 2 rows', rows);
  acceptFloat32({ data, rows, columns }, 'X'); // The results are float32: X must fit.
  integer('components', components, { min: 1, max: Math.min(rows, columns) });

  // Three copies of the smaller product, the centred X, and its residual.
  requireMemory(8 * (3 * Math.min(rows, columns) ** 2 + 2 * rows * columns), 'pca');
  const mean = columnMeans(data, rows, columns);
  const centred = Float64Array.from(data, (x, k) => x - mean[k % columns]!);
  const total = sumOfSquares(centred) / (rows - 1);
  const transformed = new Matrix(new Float32Array(rows * components), rows, components);
  const explainedVariance = new Float64Array(components);
  const directions: Float64Array[] = [];
  for (const { direction, value, rest } of leadingDirections(centred, rows, columns, components)) {
    const c = directions.length;
    makeLargestPositive(direction);
    project(rest, direction, transformed, c);
    explainedVariance[c] = Math.min(value / (rows - 1), explainedVariance[c - 1] ?? Infinity);
    directions.push(direction);
  }
  while (directions.length < components) {
    const direction = anyOrthonormal(directions, columns);
    makeLargestPositive(direction);
    directions.push(direction);
  }
  return {
    transformed,
    components: stack(directions, columns),
    explainedVariance,
    explainedVarianceRatio: explainedVariance.map((v) => (total > 0 ? v / total : 0)),
    mean,
  };
}

interface Direction {
  /** Float64Array[D]: a unit vector, orthogonal to the previous ones. */
  direction: Float64Array;
  /** Sum of squares of the table along it. */
  value: number;
  /** The table without the larger directions, whose rounding would exceed this one. */
  rest: Float64Array;
}

/**
 * The directions of the largest sums of squares of x (rows x columns), decreasing; at most the rank of x. The
 * eigenvalues of a product resolve squares down to the rounding of the largest; smaller ones are computed
 * from the product of the residual of x.
 */
function leadingDirections(
  x: Float64Array,
  rows: number,
  columns: number,
  count: number,
): Direction[] {
  const found: Direction[] = [];
  let floor = 0; // smallest sum of squares above the rounding of x
  for (let rest = x; found.length < count; rest = without(rest, found, rows, columns)) {
    if (found.length > 0 && sumOfSquares(rest) <= floor) break;
    const wide = columns > rows;
    const { values, vectors } = wide
      ? leadingEigen(gram(rest, rows, columns), rows, count)
      : leadingEigen(covariance(rest, rows, columns), columns, count);
    const largest = Math.max(0, values[0]!);
    if (found.length === 0) floor = largest * (8 * Math.max(rows, columns) * Number.EPSILON) ** 2;
    const before = found.length;
    for (let k = 0; k < values.length && found.length < count; k++) {
      if (!(values[k]! > Math.max(floor, TOLD * largest))) break;
      const vector = vectors[k]!;
      const along = wide ? combineRows(rest, vector, columns) : vector;
      const known = found.map(({ direction }) => direction);
      const direction = orthonormal(along, known);
      if (direction === undefined) break;
      found.push({ direction, value: values[k]!, rest });
    }
    if (found.length === before) break;
  }
  return found;
}

/** x (rows x columns) minus its projection on the directions found in it, with columns centred again. */
function without(
  x: Float64Array,
  found: readonly Direction[],
  rows: number,
  columns: number,
): Float64Array {
  const rest = Float64Array.from(x);
  for (const { direction } of found.filter((one) => one.rest === x)) {
    for (let i = 0; i < rows; i++) {
      const row = rest.subarray(i * columns, (i + 1) * columns);
      const along = row.reduce((sum, value, j) => sum + value * direction[j]!, 0);
      for (let j = 0; j < columns; j++) row[j]! -= along * direction[j]!;
    }
  }
  const mean = columnMeans(rest, rows, columns);
  return rest.map((value, k) => value - mean[k % columns]!);
}

/** mean_j = sum_i x_ij / N, summed as offsets from the first row for precision under a large offset. */
function columnMeans(data: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) mean[j]! += data[i * columns + j]! - data[j]!;
  }
  return mean.map((sum, j) => data[j]! + sum / rows);
}

/** X X^T (N x N) */
function gram(x: Float64Array, rows: number, columns: number): Table {
  const product = Table.zeros(rows, rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      const a = i * columns;
      const b = k * columns;
      for (let j = 0; j < columns; j++) sum += x[a + j]! * x[b + j]!;
      product.set(i, k, sum);
      product.set(k, i, sum);
    }
  }
  return product;
}

/** X^T X (D x D) */
function covariance(x: Float64Array, rows: number, columns: number): Table {
  const sums = new Float64Array(columns * columns);
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j < columns; j++) {
      const xj = row[j]!;
      for (let k = 0; k <= j; k++) sums[j * columns + k]! += xj * row[k]!;
    }
  }
  const product = Table.zeros(columns, columns);
  for (let j = 0; j < columns; j++) {
    for (let k = 0; k <= j; k++) {
      product.set(j, k, sums[j * columns + k]!);
      product.set(k, j, sums[j * columns + k]!);
    }
  }
  return product;
}

/** The `count` largest eigenvalues of a symmetric size x size matrix, decreasing, and their eigenvectors. */
function leadingEigen(
  symmetric: Table,
  size: number,
  count: number,
): { values: number[]; vectors: Float64Array[] } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const order = Array.from({ length: size }, (_, k) => k)
    .sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
    .slice(0, count);
  return {
    values: order.map((k) => realEigenvalues[k]!),
    vectors: order.map((k) => Float64Array.from(eigenvectorMatrix.getColumn(k))),
  };
}

/** X^T u (D), from rows weighted by u (N) */
function combineRows(x: Float64Array, u: Float64Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  for (let i = 0; i < u.length; i++) {
    for (let j = 0; j < columns; j++) sum[j]! += u[i]! * x[i * columns + j]!;
  }
  return sum;
}

/** `v` minus its projection on `basis`, normalised; undefined if it lies in the span. */
function orthonormal(v: Float64Array, basis: readonly Float64Array[]): Float64Array | undefined {
  const before = Math.sqrt(sumOfSquares(v));
  const rest = v.map((x) => x / before);
  // Two passes suffice for orthogonality to rounding error (Giraud, Langou and Rozloznik 2005).
  for (let pass = 0; pass < 2; pass++) {
    for (const b of basis) {
      let dot = 0;
      for (let j = 0; j < rest.length; j++) dot += rest[j]! * b[j]!;
      for (let j = 0; j < rest.length; j++) rest[j]! -= dot * b[j]!;
    }
  }
  const length = Math.sqrt(sumOfSquares(rest));
  return length > 1e-8 ? rest.map((x) => x / length) : undefined;
}

/** A unit vector orthogonal to `basis`, which has fewer than `columns` vectors. */
function anyOrthonormal(basis: readonly Float64Array[], columns: number): Float64Array {
  // The axis with the smallest projection on the basis has at least 1 / columns of its square outside.
  const inside = new Float64Array(columns);
  for (const b of basis)
    b.forEach((x, j) => {
      inside[j]! += x * x;
    });
  const axis = new Float64Array(columns);
  axis[inside.indexOf(inside.reduce((least, x) => Math.min(least, x)))] = 1;
  return orthonormal(axis, basis)!;
}

/** The first of the entries that equal the largest up to rounding decides the sign. */
function makeLargestPositive(direction: Float64Array): void {
  const largest = direction.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const first = direction.find((x) => Math.abs(x) >= (1 - 1e-10) * largest)!;
  if (first >= 0) return;
  direction.forEach((x, j) => {
    direction[j] = -x;
  });
}

/** Column c of T (N x C) = X v, for X (N x D) */
function project(
  x: Float64Array,
  direction: Float64Array,
  { data, rows, columns }: Matrix,
  c: number,
) {
  const width = direction.length;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += x[i * width + j]! * direction[j]!;
    data[i * columns + c] = sum;
    if (Number.isFinite(data[i * columns + c])) continue;
    const message = `X: expected a spread within float32, received an overflow in row ${i}`;
    throw new DeepTypeError('ERR_NON_FINITE_INPUT', message);
  }
}

function stack(directions: readonly Float64Array[], columns: number): Matrix {
  const data = new Float32Array(directions.length * columns);
  directions.forEach((direction, c) => {
    data.set(direction, c * columns);
  });
  return new Matrix(data, directions.length, columns);
}

function sumOfSquares(v: Float64Array): number {
  let sum = 0;
  for (const x of v) sum += x * x;
  return sum;
}
