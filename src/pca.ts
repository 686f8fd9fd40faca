import { EigenvalueDecomposition, Matrix as Table } from 'ml-matrix';
import { DeepTypeError, invalidArgument } from './errors.js';
import { acceptFloat32, acceptMatrix, Matrix, type MatrixLike } from './matrix.js';
import { requireMemory } from './memory.js';
import { integer } from './validate.js';

/** What `pca` returns for N rows, D columns and c components. */
export interface PcaResult {
  /** Matrix[N x c]: the centred rows in the basis of the components. */
  readonly transformed: Matrix;
  /** Matrix[c x D]: orthonormal rows, by falling variance. */
  readonly components: Matrix;
  /** Float64Array[c]: variance along each component, with N - 1 in the denominator. */
  readonly explainedVariance: Float64Array;
  /** Float64Array[c]: the same as a fraction of the total variance (0 for a constant table). */
  readonly explainedVarianceRatio: Float64Array;
  /** Float64Array[D]: mean of each column. */
  readonly mean: Float64Array;
}

/**
 * Principal component analysis (Hotelling 1933): the eigenvectors of the covariance of the columns.
 * Works in float64 on the centred table, by the eigenvalues of the D x D covariance or of the N x N
 * Gram matrix, whichever is smaller. As in scikit-learn (`svd_flip`), the entry of largest absolute
 * value in each component is positive (of several such, the first). Past the rank of the table the variance and the transformed
 * column are 0 and the component is any direction orthogonal to the others.
 *
 * @param X table of N rows (at least 2) and D columns
 * @param components how many, from 1 to min(N, D)
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH` for ragged rows, `ERR_NON_FINITE_INPUT`
 */
export function pca(X: MatrixLike, components: number): PcaResult {
  const { data, rows, columns } = acceptMatrix(X, 'X');
  if (rows < 2) throw invalidArgument('X', 'at least 2 rows', rows);
  acceptFloat32({ data, rows, columns }, 'X'); // The results are float32: X must fit.
  integer('components', components, { min: 1, max: Math.min(rows, columns) });

  // The smaller of the two products, three times over, and X centred.
  requireMemory(8 * (3 * Math.min(rows, columns) ** 2 + rows * columns), 'pca');
  const mean = columnMeans(data, rows, columns);
  const centred = Float64Array.from(data, (x, k) => x - mean[k % columns]!);
  const wide = columns > rows;
  const { values, vectors } = wide
    ? leadingEigen(gram(centred, rows, columns), rows, components)
    : leadingEigen(covariance(centred, rows, columns), columns, components);
  const floor = Math.max(0, values[0]!) * Math.max(rows, columns) * Number.EPSILON;
  const isLive = (c: number): boolean => values[c]! > floor;

  const directions: Float64Array[] = [];
  for (let c = 0; c < components; c++) {
    const vector = vectors[c]!;
    const direction = wide ? combineRows(centred, vector, columns) : vector;
    const part = isLive(c) ? orthonormal(direction, directions) : undefined;
    directions.push(part ?? anyOrthonormal(directions, columns));
  }
  for (const direction of directions) makeLargestPositive(direction);

  const total = sumOfSquares(centred) / (rows - 1);
  const explainedVariance = Float64Array.from({ length: components }, (_, c) =>
    isLive(c) ? values[c]! / (rows - 1) : 0,
  );
  return {
    transformed: project(centred, rows, columns, directions, isLive),
    components: stack(directions, columns),
    explainedVariance,
    explainedVarianceRatio: explainedVariance.map((v) => (total > 0 ? v / total : 0)),
    mean,
  };
}

/** mean_j = sum_i x_ij / N, as an offset from the first row so that a large offset does no harm. */
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

/** The `count` largest eigenvalues of a symmetric size x size matrix, falling, and their vectors. */
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

/** `v` less its part along `basis`, at length 1; undefined when nothing of it is left. */
function orthonormal(v: Float64Array, basis: readonly Float64Array[]): Float64Array | undefined {
  const before = Math.sqrt(sumOfSquares(v));
  const rest = v.map((x) => x / before);
  // Twice is enough (Giraud, Langou and Rozloznik 2005) to be orthogonal to rounding error.
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
  // The axis with the smallest part inside the basis leaves at least 1 / columns of itself outside.
  const inside = new Float64Array(columns);
  for (const b of basis)
    b.forEach((x, j) => {
      inside[j]! += x * x;
    });
  const axis = new Float64Array(columns);
  axis[inside.indexOf(inside.reduce((least, x) => Math.min(least, x)))] = 1;
  return orthonormal(axis, basis)!;
}

/** Among entries as large as the largest but for rounding, the first decides. */
function makeLargestPositive(direction: Float64Array): void {
  const largest = direction.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const first = direction.find((x) => Math.abs(x) >= (1 - 1e-10) * largest)!;
  if (first >= 0) return;
  direction.forEach((x, j) => {
    direction[j] = -x;
  });
}

/** T (N x c) = X V^T, columns past the rank left at 0 */
function project(
  x: Float64Array,
  rows: number,
  columns: number,
  directions: readonly Float64Array[],
  isLive: (c: number) => boolean,
): Matrix {
  const count = directions.length;
  const transformed = new Float32Array(rows * count);
  directions.forEach((direction, c) => {
    if (!isLive(c)) return;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += x[i * columns + j]! * direction[j]!;
      transformed[i * count + c] = sum;
      if (Number.isFinite(transformed[i * count + c])) continue;
      const message = `X: expected a spread within float32, received an overflow in row ${i}`;
      throw new DeepTypeError('ERR_NON_FINITE_INPUT', message);
    }
  });
  return new Matrix(transformed, rows, count);
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
