import { CRITERION_NAMES, type CriterionName } from '../clustering/criteria/registry.js';
import { checkKeys, integer, oneOf } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';

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

export interface ResolvedRange {
  readonly min: number;
  readonly max: number | undefined;
  readonly criterion: CriterionName;
  readonly candidates: number;
  /** The criterion's first. */
  readonly scores: readonly CriterionName[];
}

/** A fixed K, or the range it is to be chosen from. */
export type ResolvedClusters = number | ResolvedRange;

const MOST = 12;
const CANDIDATES = 3;
const KEYS = ['min', 'max', 'criterion', 'candidates', 'scores'] as const;

/** Checks the option `clusters`. */
export function resolveClusters(value: unknown): ResolvedClusters {
  if (value === 'auto') return resolveRange('clusters', {});
  if (typeof value === 'object' && value !== null) return resolveRange('clusters', value);
  if (typeof value === 'number') return integer('clusters', value, { min: 1 });
  throw invalidArgument('clusters', "an integer of at least 1, 'auto' or { min, max }", value);
}

export function resolveRange(name: string, value: unknown): ResolvedRange {
  const o = checkKeys(name, value, KEYS);
  const min = integer(`${name}.min`, o.min ?? 2, { min: 2 });
  const max = o.max === undefined ? undefined : integer(`${name}.max`, o.max, { min });
  const criterion = oneOf(`${name}.criterion`, o.criterion ?? 'silhouette', CRITERION_NAMES);
  const others = o.scores ?? [];
  if (!Array.isArray(others)) throw invalidArgument(`${name}.scores`, 'an array', others);
  const scores = new Set([criterion]);
  others.forEach((score: unknown, i) => {
    scores.add(oneOf(`${name}.scores[${i}]`, score, CRITERION_NAMES));
  });
  const candidates = integer(`${name}.candidates`, o.candidates ?? CANDIDATES, { min: 1 });
  return { min, max, criterion, candidates, scores: [...scores] };
}

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
