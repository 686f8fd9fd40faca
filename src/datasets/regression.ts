import { checkKeys, integer, number, SEED } from '../common/checks.js';
import { Random } from '../common/random.js';
import type { Matrix } from '../data/matrix.js';
import { chooseColumns, normalMatrix, SCALE } from './draw.js';

export interface MakeRegressionOptions {
  /** Rows. Default 1000. */
  samples?: number;
  /** Columns. Default 20. */
  features?: number;
  /** Columns with a coefficient other than 0, from 0 to `features`. Default 5. */
  informative?: number;
  /** Mean size of the coefficients that are not 0. Default 50, as scikit-learn's. */
  coefficientScale?: number;
  /** Standard deviation of the error of y. Default 1. */
  noise?: number;
  /** Default 0. */
  seed?: number;
}

export interface Regression {
  /** Matrix[samples x features] of N(0, 1) */
  readonly X: Matrix;
  /** Float64Array[samples] */
  readonly y: Float64Array;
  /** Float64Array[features], 0 for the columns that are not informative. */
  readonly coefficients: Float64Array;
}

const OPTIONS = [
  'samples',
  'features',
  'informative',
  'coefficientScale',
  'noise',
  'seed',
] as const;

/**
 * A linear model with few non-zero coefficients: y = X coefficients + noise * N(0, 1). The
 * informative columns are at random positions; their coefficients have a random sign and a magnitude
 * uniform on `coefficientScale` * [0.5, 1.5), so that none is negligible. Equal options give equal data.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function makeRegression(options: MakeRegressionOptions = {}): Regression {
  const given = checkKeys('options', options, OPTIONS);
  const { samples: rows = 1000, features: columns = 20, informative: signals = 5 } = given;
  const { coefficientScale = 50, noise: width = 1, seed: key = 0 } = given;
  const samples = integer('samples', rows, { min: 1 });
  const features = integer('features', columns, { min: 1 });
  const informative = integer('informative', signals, { min: 0, max: features });
  const scale = number('coefficientScale', coefficientScale, SCALE);
  const noise = number('noise', width, SCALE);
  const seed = integer('seed', key, SEED);

  const X = normalMatrix(samples, features, 1, new Random(seed, 0));
  const coefficients = new Float64Array(features);
  const sizes = new Random(seed, 1);
  for (const column of chooseColumns(features, informative, new Random(seed, 2))) {
    coefficients[column] = (sizes.below(2) === 0 ? scale : -scale) * (0.5 + sizes.uniform());
  }
  const errors = new Random(seed, 3);
  const y = Float64Array.from({ length: samples }, (_, i) => {
    const signal = X.row(i).reduce((sum, x, j) => sum + x * coefficients[j]!, 0);
    return signal + noise * errors.normal();
  });
  return { X, y, coefficients };
}
