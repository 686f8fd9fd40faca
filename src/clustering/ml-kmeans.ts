// The API of ml-kmeans 7 over the native K-means.

import { checkKeys, integer, number, SEED } from '../common/checks.js';
import { assertUnreachable, invalidArgument, shapeMismatch } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { Random } from '../common/random.js';
import type { MatrixLike, RawMatrix } from '../data/matrix.js';
import { acceptPoints, countThreads } from '../data/points.js';
import { type NativeKMeansResult, native } from '../native/addon.js';
import type { NativeMatrix } from '../native/tables.js';
import { type PackageOptions, packageGenerator, packageKmeans } from './package.js';
import {
  type DistanceFunction,
  distanceBy,
  KMeansResult,
  squaredEuclidean,
  toRows,
} from './result.js';

export type InitializationMethod = 'kmeans++' | 'random' | 'mostDistant';

/** The options of ml-kmeans 7. */
export interface MlKMeansOptions {
  /** Most iterations; 0 for no limit. Default 100. */
  maxIterations?: number;
  /** Converged when the sum of squared centroid shifts is at most this. Default 1e-6. */
  tolerance?: number;
  /** Default: the squared Euclidean distance. Any other runs in JavaScript, in the package ml-kmeans. */
  distanceFunction?: DistanceFunction;
  /** A method, or the K initial centroids. Default `'kmeans++'`. */
  initialization?: Name<InitializationMethod> | MatrixLike;
  /** Default 0 (ml-kmeans: a different result at each call). */
  seed?: number;
}

/** The validated options. */
interface Plan {
  readonly points: RawMatrix;
  readonly clusters: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly distance: DistanceFunction;
  readonly initialization: InitializationMethod | RawMatrix;
  readonly seed: number;
}

const OPTIONS = [
  'maxIterations',
  'tolerance',
  'distanceFunction',
  'initialization',
  'seed',
] as const;
const NO_POINTS: RawMatrix = { data: new Float64Array(0), rows: 0, columns: 0 };
const METHODS = ['kmeans++', 'random', 'mostDistant'] as const;
const LIMIT = 2 ** 32 - 1;

/**
 * K-means with the arguments and the result of ml-kmeans 7, computed natively. From the same initial centroids
 * both find the same clusters and, once these have converged, bit-identical means, also with fill values of
 * any size. The differences: labels belong to the final centroids (there: those before the last update); the
 * sum of the squared centroid shifts is compared with the tolerance (there: each shift); random initial
 * centroids come from another generator. A user-defined `distanceFunction` is passed to the package.
 *
 * @param data N points of D coordinates
 * @param k from 1 to N
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`; if ml-kmeans also throws,
 *   the message contains its message
 */
export function kmeans(data: MatrixLike, k: number, options: MlKMeansOptions = {}): KMeansResult {
  const plan = readPlan(data, k, options);
  const { points, clusters, distance } = plan;
  if (distance !== squaredEuclidean) {
    return resultOf(packageKmeans(toRows(points), clusters, packageOptions(plan)), plan);
  }
  const result = native().kmeans(points as NativeMatrix, {
    clusters,
    ...startOf(plan),
    restarts: 1,
    maxIterations: plan.maxIterations === 0 ? LIMIT : plan.maxIterations,
    tolerance: plan.tolerance,
    seed: plan.seed,
    threads: countThreads('auto'),
    mlKMeansRules: true,
  });
  const centroids = restingCentroids(points, result);
  const labels = Array.from(result.labels);
  return new KMeansResult(labels, toRows(centroids), result.converged, result.iterations, distance);
}

/**
 * K x D: the means of converged clusters, summed in row order as in the package; otherwise the centroids
 * unchanged.
 */
function restingCentroids(
  { data, rows, columns }: RawMatrix,
  { labels, centroids, settled }: NativeKMeansResult,
): RawMatrix {
  const clusters = centroids.length / columns;
  const moved = { data: centroids, rows: clusters, columns };
  if (!settled) return moved;
  const means = new Float64Array(centroids.length);
  const counts = new Float64Array(clusters);
  for (let i = 0; i < rows; i++) {
    const k = labels[i]!;
    counts[k]!++;
    for (let j = 0; j < columns; j++) means[k * columns + j]! += data[i * columns + j]!;
  }
  for (let at = 0; at < means.length; at++) {
    const count = counts[Math.floor(at / columns)]!;
    means[at] = count > 0 ? means[at]! / count : centroids[at]!;
  }
  return { ...moved, data: means };
}

/**
 * As `kmeans`, one iteration at a time: yields the state after each. Runs in JavaScript, in the package
 * ml-kmeans; arguments are checked at the call. Without a limit (`maxIterations` 0) it yields nothing, as there.
 */
export function kmeansGenerator(
  data: MatrixLike,
  k: number,
  options: MlKMeansOptions = {},
): Generator<KMeansResult, void, unknown> {
  const plan = readPlan(data, k, options);
  return results(packageGenerator(toRows(plan.points), plan.clusters, packageOptions(plan)), plan);
}

function* results(
  steps: ReturnType<typeof packageGenerator>,
  plan: Plan,
): Generator<KMeansResult, void, unknown> {
  for (const step of steps) yield resultOf(step, plan);
}

/** Converts a result of the package. */
function resultOf(theirs: ReturnType<typeof packageKmeans>, { distance }: Plan): KMeansResult {
  const { clusters, centroids, converged, iterations } = theirs;
  return new KMeansResult(clusters.slice(), centroids, converged, iterations, distance);
}

function readPlan(data: MatrixLike, k: number, options: MlKMeansOptions): Plan {
  const isEmpty = Array.isArray(data) && data.length === 0;
  const points = isEmpty ? NO_POINTS : acceptPoints(data, 'data');
  const clusters = acceptCount(k, points.rows);
  const given = checkKeys('options', options, OPTIONS);
  const { distanceFunction: distance = squaredEuclidean, initialization = 'kmeans++' } = given;
  if (typeof distance !== 'function') {
    throw invalidArgument('distanceFunction', 'a function of two points', distance);
  }
  return {
    points,
    clusters,
    maxIterations: integer('maxIterations', given.maxIterations ?? 100, { min: 0, max: LIMIT }),
    tolerance: number('tolerance', given.tolerance ?? 1e-6, { min: 0 }),
    distance: distance as DistanceFunction,
    initialization:
      typeof initialization === 'string'
        ? acceptMethod(initialization)
        : acceptStart(initialization, clusters, points.columns),
    seed: integer('seed', given.seed ?? 0, SEED),
  };
}

function acceptCount(k: unknown, rows: number): number {
  if (typeof k === 'number' && Number.isInteger(k) && k >= 1 && k <= rows) return k;
  const range = `an integer from 1 to ${rows}, the number of points`;
  throw invalidArgument(
    'k',
    `${range} (K should be a positive integer smaller than the number of points)`,
    k,
  );
}

function acceptMethod(name: string): InitializationMethod {
  const method = METHODS.find((known) => known === name);
  if (method !== undefined) return method;
  const known = METHODS.map((each) => `'${each}'`).join(', ');
  throw invalidArgument(
    'initialization',
    `one of ${known} (Unknown initialization method: ${JSON.stringify(name)})`,
    name,
  );
}

function acceptStart(value: unknown, clusters: number, columns: number): RawMatrix {
  const start = acceptPoints(value, 'initialization');
  if (start.rows !== clusters || start.columns !== columns) {
    const [expected, came] = [
      `${clusters} x ${columns} values (The initial centers should have the same length as K)`,
      `${start.rows} x ${start.columns}`,
    ];
    throw shapeMismatch('initialization', expected, came);
  }
  return start;
}

function packageOptions({ initialization, distance, ...plan }: Plan): PackageOptions {
  const isOwn = distance === squaredEuclidean;
  return {
    maxIterations: plan.maxIterations,
    tolerance: plan.tolerance,
    distanceFunction: isOwn ? distance : (p, q) => distanceBy(distance, p, q),
    initialization: typeof initialization === 'string' ? initialization : toRows(initialization),
    seed: plan.seed,
  };
}

interface Start {
  readonly init: 'k-means++' | 'random' | 'given';
  readonly start: NativeMatrix<Float64Array> | null;
}

function startOf({ points, clusters, initialization, seed }: Plan): Start {
  if (typeof initialization !== 'string') return given(initialization);
  switch (initialization) {
    case 'kmeans++':
      return { init: 'k-means++', start: null };
    case 'random':
      return { init: 'random', start: null };
    case 'mostDistant':
      return given(mostDistant(points, clusters, seed));
    default:
      return assertUnreachable(initialization);
  }
}

function given({ data, rows, columns }: RawMatrix): Start {
  return { init: 'given', start: { data: Float64Array.from(data), rows, columns } };
}

/**
 * Farthest-first traversal (Gonzalez 1985): a random row, then repeatedly the row farthest from its nearest
 * chosen row; ties go to the lower index.
 */
function mostDistant(
  { data, rows, columns }: RawMatrix,
  clusters: number,
  seed: number,
): RawMatrix {
  const start = new Float64Array(clusters * columns);
  const nearest = new Float64Array(rows).fill(Infinity);
  let chosen = new Random(seed).below(rows);
  for (let k = 0; k < clusters; k++) {
    const center = data.subarray(chosen * columns, (chosen + 1) * columns);
    start.set(center, k * columns);
    nearest[chosen] = -1; // a row is chosen once
    let farthest = -1;
    for (let i = 0; i < rows; i++) {
      if (nearest[i] === -1) continue;
      let distance = 0;
      for (let j = 0; j < columns; j++) distance += (data[i * columns + j]! - center[j]!) ** 2;
      if (distance < nearest[i]!) nearest[i] = distance;
      if (farthest === -1 || nearest[i]! > nearest[farthest]!) farthest = i;
    }
    chosen = farthest;
  }
  return { data: start, rows: clusters, columns };
}
