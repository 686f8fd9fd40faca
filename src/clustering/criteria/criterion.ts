import type { Matrix } from '../../data/matrix.js';
import type { Partition, Study } from '../study.js';

/** The values of the criteria for K clusters; criteria that were not requested are absent. */
export interface ClusterScores {
  clusters: number;
  /** Within-cluster sum of squares of K-means. */
  inertia: number;
  /** Mean silhouette width; higher is better. */
  silhouette?: number;
  /** Variance ratio; higher is better. */
  calinskiHarabasz?: number;
  /** Lower is better. */
  daviesBouldin?: number;
  /** Gap statistic and its standard error s_k; see `selection.gapStatistic`. */
  gap?: number;
  gapError?: number;
  /** Share of pairs on which resamples disagree; lower is better. See `selection.consensus`. */
  ambiguity?: number;
}

/** A table clustered into each of several K. */
export interface Clustered {
  readonly study: Study;
  readonly table: Matrix;
  /** One for each K, ascending. */
  readonly scores: readonly ClusterScores[];
  readonly partitions: readonly Partition[];
  /** Consensus of each K, if it was computed. */
  readonly consensus: Map<number, SampledConsensus>;
}

/** Consensus clustering of N rows into K clusters. */
export interface Consensus {
  /**
   * Matrix[N x N]: the share of the resamples with both rows in which they are in one cluster; 0 for two
   * rows that no resample contains together.
   */
  readonly matrix: Matrix;
  /**
   * Share of the pairs of rows whose consensus is more than 0.1 and less than 0.9 (PAC, Senbabaoglu
   * et al. 2014): 0 where every resample finds the same clusters.
   */
  readonly ambiguity: number;
}

/** The consensus of some rows of a table. */
export interface SampledConsensus extends Consensus {
  /** Which rows of the table, ascending. */
  readonly rows: Int32Array;
}

/** A criterion for the number of clusters. */
export interface Criterion {
  /** Tasks of a study for each K, about. */
  readonly tasks: number;
  /** Adds its values to the scores of each K. */
  evaluate(clustered: Clustered): Promise<void>;
  /** The scores in order of preference, the best first. */
  rank(scores: readonly ClusterScores[]): ClusterScores[];
}

/** Ranks by one value, the greatest first; ties go to fewer clusters. */
export function byGreatest(value: (scores: ClusterScores) => number): Criterion['rank'] {
  return (scores) => scores.toSorted((a, b) => value(b) - value(a) || a.clusters - b.clusters);
}

/** `one` first, the others as they are. */
export function withFirst(scores: readonly ClusterScores[], one: number): ClusterScores[] {
  return [
    ...scores.filter(({ clusters }) => clusters === one),
    ...scores.filter(({ clusters }) => clusters !== one),
  ];
}

/** Whether labels have 2 to N - 1 distinct values, as indices of separation require. */
export function isProper(labels: Int32Array): boolean {
  const found = new Set(labels).size;
  return found > 1 && found < labels.length;
}
