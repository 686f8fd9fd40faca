import { CRITERION_NAMES, type CriterionName } from '../clustering/criteria/registry.js';
import { integer, oneOf } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import * as option from '../common/option.js';

/** Which numbers of clusters to try, and how to choose. */
export interface ClusterRange {
  /** Fewest clusters, at least 2. Default 2. */
  min?: number;
  /** Most clusters, fewer than there are rows. Default: 12, or sqrt(N / 2) where that is less. */
  max?: number;
  /** Which K of the pretrained representation are trained. Default 'silhouette'. */
  criterion?: Name<CriterionName>;
  /** How many K, the best by the criterion, are trained; the last choice is among them. Default 3. */
  candidates?: number;
  /** Scores to find beside the criterion's; default none. */
  scores?: readonly Name<CriterionName>[];
}

const MOST = 12;
/** Checked when `min` is known. */
const MAX = option.custom<unknown, number>('an integer of at least `min`', (_, value) => value);
const SCORES = option.custom<CriterionName[], readonly Name<CriterionName>[]>(
  'an array',
  (name, value) => {
    if (!Array.isArray(value)) throw invalidArgument(name, 'an array', value);
    const list: unknown[] = Array.from(value);
    return list.map((score, i) => oneOf(`${name}[${i}]`, score, CRITERION_NAMES));
  },
);

export const RANGE = option.group(
  {
    min: { check: option.integer({ min: 2 }), default: 2 },
    max: { check: MAX, absent: `${MOST}, or sqrt(N / 2) where that is less` },
    criterion: { check: option.oneOf(CRITERION_NAMES), default: 'silhouette' },
    candidates: { check: option.integer({ min: 1 }), default: 3 },
    scores: { check: SCORES, default: [] },
  },
  ({ min, max, criterion, scores, ...o }, name) => ({
    ...o,
    min,
    max: max === undefined ? undefined : integer(`${name}.max`, max, { min }),
    criterion,
    /** The criterion's first. */
    scores: [...new Set([criterion, ...scores])],
  }),
);

export type ResolvedRange = ReturnType<typeof RANGE>;

/** A fixed K, or the range it is to be chosen from. */
export type ResolvedClusters = number | ResolvedRange;

export const CLUSTERS = option.custom<ResolvedClusters, number | Name<'auto'> | ClusterRange>(
  "an integer of at least 1, 'auto' or { min, max }",
  (name, value) => {
    if (value === 'auto') return RANGE(name, {});
    if (typeof value === 'object' && value !== null) return RANGE(name, value);
    if (typeof value === 'number') return integer(name, value, { min: 1 });
    throw invalidArgument(name, CLUSTERS.expected, value);
  },
  RANGE,
);

/** The K of a range that N rows allow. */
export function clusterCounts({ min, max }: ResolvedRange, rows: number): number[] {
  const most = max ?? Math.max(min, Math.min(MOST, Math.floor(Math.sqrt(rows / 2))));
  return Array.from({ length: most - min + 1 }, (_, i) => min + i);
}

/** Throws `ERR_INVALID_ARGUMENT` where N rows are too few: K of them for a fixed K, else one more than the most. */
export function checkRows(clusters: ResolvedClusters, rows: number): void {
  if (typeof clusters === 'number') {
    if (rows >= clusters) return;
    throw invalidArgument('X', `at least ${clusters} rows, one a cluster`, rows);
  }
  const most = clusters.max ?? clusters.min;
  if (rows > most) return;
  throw invalidArgument('X', `at least ${most + 1} rows, one more than clusters.max`, rows);
}
