import { checkKeys, integer, number, SEED } from '../common/checks.js';
import { Random } from '../common/random.js';
import type { Matrix } from '../data/matrix.js';
import { chooseColumns, normalMatrix, SCALE } from './draw.js';

export interface MakeClustersOptions {
  /** Rows, at least `clusters`. Default 1000. */
  samples?: number;
  /** Columns. Default 20. */
  features?: number;
  /** Columns in which the clusters differ, from 0 to `features`. Default 5. */
  informative?: number;
  /** Default 4. */
  clusters?: number;
  /** Standard deviation of the centres. Default 5. */
  centerScale?: number;
  /** Standard deviation of the rows of a cluster about its centre. Default 1. */
  noise?: number;
  /** Default 0. */
  seed?: number;
}

export interface Clusters {
  /** Matrix[samples x features] */
  readonly X: Matrix;
  /** Int32Array[samples]: cluster of each row; sizes differ by at most one. */
  readonly y: Int32Array;
  /** Int32Array[informative]: the informative columns, ascending. */
  readonly informative: Int32Array;
  /** Matrix[clusters x informative]: entry (k, j) is the centre of cluster k in column `informative[j]`. */
  readonly centers: Matrix;
}

const OPTIONS = [
  'samples',
  'features',
  'informative',
  'clusters',
  'centerScale',
  'noise',
  'seed',
] as const;

/**
 * Gaussian clusters that differ in a few columns only:
 * centers = centerScale * N(0, 1); X[:, informative] = centers[y] + noise * N(0, 1); the other
 * columns are N(0, 1). Rows are in random order, the informative columns at random positions. Equal
 * options give equal data.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function makeClusters(options: MakeClustersOptions = {}): Clusters {
  const given = checkKeys('options', options, OPTIONS);
  const { samples: rows = 1000, features: columns = 20, informative: signals = 5 } = given;
  const { clusters: groups = 4, centerScale: spread = 5, noise: width = 1, seed: key = 0 } = given;
  const samples = integer('samples', rows, { min: 1 });
  const features = integer('features', columns, { min: 1 });
  const informativeCount = integer('informative', signals, { min: 0, max: features });
  const clusters = integer('clusters', groups, { min: 1, max: samples });
  const centerScale = number('centerScale', spread, SCALE);
  const noise = number('noise', width, SCALE);
  const seed = integer('seed', key, SEED);

  // Separate streams, so that for one seed the labels do not depend on the number of features, for example.
  const X = normalMatrix(samples, features, 1, new Random(seed, 0));
  const centers = normalMatrix(clusters, informativeCount, centerScale, new Random(seed, 1));
  const informative = chooseColumns(features, informativeCount, new Random(seed, 2));
  const y = new Random(seed, 3).shuffle(
    Int32Array.from({ length: samples }, (_, i) => i % clusters),
  );
  for (let i = 0; i < samples; i++) {
    const row = X.row(i);
    const center = centers.row(y[i]!);
    informative.forEach((column, j) => {
      row[column] = center[j]! + noise * row[column]!;
    });
  }
  return { X, y, informative, centers };
}
