import { isFloat32, isInt32, object } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';
import { DeepType } from '../estimator/deeptype.js';
import type { DeepTypeOptions } from '../options/options.js';
import type { RunOptions } from '../training/progress.js';

/** Indices of columns. */
export type Columns = Int32Array | readonly number[];

/**
 * Trains a model on the chosen columns alone, without the penalty that chose them, which would also
 * shrink them (the relaxed lasso; Meinshausen 2007, Comput. Stat. Data Anal. 52:374). The model takes
 * tables of these columns: `model.predict(selection.takeColumns(X, features))`.
 *
 * @param features indices of columns of X (N x D), at least one; the order is kept
 * @returns the fitted model, which the caller disposes of
 * @throws (rejects) as `DeepType.fit`
 */
export async function refit(
  X: MatrixLike,
  y: Targets,
  options: DeepTypeOptions,
  features: Columns,
  run: RunOptions = {},
): Promise<DeepType> {
  const { sparsity, ...rest } = object('options', options) as unknown as DeepTypeOptions;
  const { relativeWeight: _, ...kept } = sparsity ?? {};
  const model = new DeepType({ ...rest, sparsity: { ...kept, weight: 0 } });
  try {
    await model.fit(takeColumns(X, features), y, run);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * X[:, features], in the order of `features` and the precision of X.
 *
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`
 */
export function takeColumns(X: MatrixLike, features: Columns): RawMatrix {
  const x = acceptMatrix(X, 'X');
  const columns = acceptColumns(features, x.columns);
  const width = columns.length;
  const size = x.rows * width;
  const data = isFloat32(x.data) ? new Float32Array(size) : new Float64Array(size);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < width; j++) data[i * width + j] = x.data[i * x.columns + columns[j]!]!;
  }
  return { data, rows: x.rows, columns: width };
}

function acceptColumns(features: unknown, columns: number): readonly number[] {
  if (!isInt32(features) && !Array.isArray(features)) {
    throw invalidArgument('features', 'an Int32Array or an array of column indices', features);
  }
  const indices: unknown[] = Array.from(features);
  if (indices.length === 0) throw invalidArgument('features', 'at least one column', features);
  return indices.map((j, k) => {
    if (Number.isInteger(j) && (j as number) >= 0 && (j as number) < columns) return j as number;
    throw invalidArgument(`features[${k}]`, `a column of X, from 0 to ${columns - 1}`, j);
  });
}
