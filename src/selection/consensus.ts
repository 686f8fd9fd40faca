import { centre } from '../clustering/centred-table.js';
import { consensusOf, PLAN } from '../clustering/criteria/consensus.js';
import type { Consensus } from '../clustering/criteria/criterion.js';
import { newStudy } from '../clustering/study.js';
import { abortSignal, checkKeys, integer, number, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { MatrixLike } from '../data/matrix.js';
import { checkThreads, countThreads, type Threads } from '../data/points.js';
import { checkAborted } from '../native/abort.js';

export interface ConsensusOptions {
  /** Default 50. */
  resamples?: number;
  /** Share of the rows in each, drawn without replacement; default 0.8. */
  fraction?: number;
  /** Default 0. */
  seed?: number;
  threads?: Threads;
  signal?: AbortSignal;
}

const KEYS = ['resamples', 'fraction', 'seed', 'threads', 'signal'] as const;

/**
 * Consensus clustering of X (N x D) into k clusters (Monti et al. 2003): how often K-means on
 * resamples of the rows puts two of them together. Memory O(N^2), time O(resamples N^2).
 *
 * @throws (rejects) `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`,
 * `ERR_ABORTED`, `ERR_OUT_OF_MEMORY`
 */
export async function consensus(
  X: MatrixLike,
  k: number,
  options: ConsensusOptions = {},
): Promise<Consensus> {
  const o = checkKeys('options', options, KEYS);
  const { table } = centre(X, 'X');
  if (table.rows < 2) throw invalidArgument('X', 'at least 2 rows', table.rows);
  integer('k', k, { min: 1, max: table.rows });
  const plan = {
    resamples: integer('resamples', o.resamples ?? PLAN.resamples, { min: 1, max: 1_000_000 }),
    fraction: number('fraction', o.fraction ?? PLAN.fraction, { exclusiveMin: 0, max: 1 }),
  };
  const seed = integer('seed', o.seed ?? 0, SEED);
  const threads = countThreads(checkThreads(o.threads ?? 'auto'));
  const signal = abortSignal(o.signal);
  const study = newStudy({ seed, threads, check: () => checkAborted(signal) });
  return consensusOf(study, table, k, plan);
}
