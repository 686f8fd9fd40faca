import { centre } from '../clustering/centred-table.js';
import { type Gap, gaps, oneStandardError, REFERENCES } from '../clustering/criteria/gap.js';
import { newStudy } from '../clustering/study.js';
import { abortSignal, checkKeys, integer, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { MatrixLike } from '../data/matrix.js';
import { checkThreads, countThreads, type Threads } from '../data/points.js';
import { checkAborted } from '../native/abort.js';

export interface GapOptions {
  /** Fewest clusters; default 1. */
  min?: number;
  /** Most clusters; default 10, or the number of rows. */
  max?: number;
  /** Tables without clusters that X is compared with, B; default 10. */
  references?: number;
  /** Default 0. */
  seed?: number;
  threads?: Threads;
  signal?: AbortSignal;
}

export interface GapStatistic {
  /** The smallest K with Gap(K) >= Gap(K + 1) - s_{K+1}. */
  readonly clusters: number;
  /** In ascending order of K. */
  readonly scores: readonly Gap[];
}

const KEYS = ['min', 'max', 'references', 'seed', 'threads', 'signal'] as const;

/**
 * The gap statistic of X (N x D) (Tibshirani, Walther and Hastie 2001): for each K how far the log of
 * the within-cluster sum of squares of K-means lies below its mean over tables that are uniform on the
 * box about the principal components of X.
 *
 * @throws (rejects) `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`, `ERR_ABORTED`
 */
export async function gapStatistic(X: MatrixLike, options: GapOptions = {}): Promise<GapStatistic> {
  const o = checkKeys('options', options, KEYS);
  const { table, unit } = centre(X, 'X');
  if (table.rows < 2) throw invalidArgument('X', 'at least 2 rows', table.rows);
  const min = integer('min', o.min ?? 1, { min: 1, max: table.rows });
  const most = Math.max(min, Math.min(10, table.rows));
  const max = integer('max', o.max ?? most, { min, max: table.rows });
  const references = integer('references', o.references ?? REFERENCES, { min: 1, max: 10_000 });
  const seed = integer('seed', o.seed ?? 0, SEED);
  const threads = countThreads(checkThreads(o.threads ?? 'auto'));
  const signal = abortSignal(o.signal);
  const study = newStudy({ seed, threads, check: () => checkAborted(signal) });
  const inertias = Array.from({ length: max - min + 1 }, (_, i) => ({
    clusters: min + i,
    inertia: 0,
  }));
  await study.each(inertias, async (entry) => {
    entry.inertia = (await study.cluster(table, entry.clusters, 0)).inertia;
  });
  const found = await gaps(study, table, inertias, references);
  const scores = found.map((one) => ({
    ...one,
    logInertia: one.logInertia + 2 * Math.log(unit),
  }));
  return { clusters: oneStandardError(scores), scores };
}
