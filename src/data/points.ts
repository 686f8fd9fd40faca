// Validation of the rows to cluster and of the number of threads.

import { integer, isFloat64 } from '../common/checks.js';
import { DeepTypeError } from '../common/errors.js';
import { native } from '../native/addon.js';
import { acceptFloat32, acceptMatrix, type RawMatrix } from './matrix.js';

/** An integer of at least 1, or `'auto'`: as many as the machine allows this process. */
export type Threads = number | 'auto';

/**
 * Rows to cluster; float64 is kept. Values beyond the range of float32 are refused: centroids
 * are returned in float32, and the squares of such values would overflow.
 */
export function acceptPoints(value: unknown, name: string): RawMatrix {
  const raw = acceptMatrix(value, name);
  if (isFloat64(raw.data)) acceptFloat32(raw, name);
  return raw;
}

/** Throws `ERR_INVALID_ARGUMENT` if there are fewer rows than clusters. */
export function checkClusterCount(clusters: number, rows: number, name: string): void {
  if (clusters <= rows) return;
  throw new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name}: expected at most one cluster for each row, received ${clusters} clusters for ${rows} rows`,
  );
}

/** `value` if it is a valid `threads` option, else `ERR_INVALID_ARGUMENT`. */
export function checkThreads(value: unknown): Threads {
  return value === 'auto' ? value : integer("threads (or 'auto')", value, { min: 1, max: 1024 });
}

/** The number of threads that the option means. */
export function countThreads(threads: Threads): number {
  return threads === 'auto' ? native().machine().threads : threads;
}
