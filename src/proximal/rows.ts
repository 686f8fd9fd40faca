import { isFloat32, isFloat64 } from '../common/checks.js';
import { DeepTypeError, describe, invalidArgument, shapeMismatch } from '../common/errors.js';
import { acceptFloat32, Matrix, type MatrixLike } from '../data/matrix.js';
import { acceptVector } from '../data/vectors.js';
import { native, type RowOperator } from '../native/addon.js';
import type { NativeTable } from '../native/tables.js';

/** A vector, or a table of row vectors. */
export type VectorOrRows = Float32Array | Float64Array | readonly number[] | MatrixLike;

/** The result type: a vector keeps its type, a table becomes a `Matrix`. */
export type SameAs<V> = V extends Float32Array
  ? Float32Array
  : V extends Float64Array
    ? Float64Array
    : V extends readonly number[]
      ? number[]
      : Matrix;

/** A working copy of the caller's numbers, and the conversion back to the caller's type. */
interface Working extends NativeTable {
  toCaller(data: Float32Array | Float64Array): unknown;
}

/** Applies `operator` to every row of a copy of `v`, in native code. */
export function applyToRows<V extends VectorOrRows>(
  operator: RowOperator,
  v: V,
  size: number,
  ratio = 0,
): SameAs<V> {
  const table = working(v, 'v');
  native().proximal(operator, table, size, ratio);
  return toCallerType(table) as SameAs<V>;
}

/** Replaces -0 by 0, which `Object.is` and deep equality distinguish. */
function toCallerType({ data, toCaller }: Working): unknown {
  const result = toCaller(data);
  const numbers = result instanceof Matrix ? result.data : (result as number[]);
  for (let i = 0; i < numbers.length; i++) numbers[i]! += 0;
  return result;
}

/** Applies the joint operator to row i of a copy of `v` and row i of a copy of `u`, for every i. */
export function applyHierarchical<V extends VectorOrRows, U extends VectorOrRows>(
  v: V,
  u: U,
  lambda: number,
  lambdaBar: number,
  M: number,
): [SameAs<V>, SameAs<U>] {
  const [first, second] = [working(v, 'v'), working(u, 'u')];
  if (first.rows !== second.rows) {
    throw shapeMismatch('u', `${first.rows} rows as in v`, `${second.rows}`);
  }
  const isSingle = isFloat32(first.data) && isFloat32(second.data);
  const [a, b] = [first, second].map((table) =>
    isSingle ? table : { ...table, data: Float64Array.from(table.data) },
  ) as [Working, Working];
  native().hierarchical(a, b, lambda, lambdaBar, M);
  return [toCallerType(a) as SameAs<V>, toCallerType(b) as SameAs<U>];
}

function working(v: VectorOrRows, name: string): Working {
  if (isFloat32(v) || isFloat64(v)) {
    const data = v.slice();
    checkVector(data, name);
    const toCaller = (d: typeof data) => (isFloat32(v) ? Float32Array.from(d) : d);
    return { data, rows: 1, columns: data.length, toCaller };
  }
  if (Array.isArray(v) && typeof v[0] !== 'object') {
    const data = acceptVector(v, name);
    return { data, rows: 1, columns: data.length, toCaller: (d) => Array.from(d) };
  }
  const { data, rows, columns } = acceptFloat32(v, name);
  const toCaller = (d: ArrayLike<number>) => new Matrix(Float32Array.from(d), rows, columns);
  return { data: data.slice(), rows, columns, toCaller };
}

function checkVector(data: Float32Array | Float64Array, name: string): void {
  if (data.length === 0) throw invalidArgument(name, 'at least one value', data);
  const k = data.findIndex((x) => !Number.isFinite(x));
  if (k < 0) return;
  throw new DeepTypeError(
    'ERR_NON_FINITE_INPUT',
    `${name}: expected finite values, received ${describe(data[k])} at row 0, column ${k}`,
  );
}
