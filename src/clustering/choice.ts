import type { Matrix } from '../data/matrix.js';
import type { ClusterScores, SampledConsensus } from './criteria/criterion.js';
import { CRITERIA, type CriterionName } from './criteria/registry.js';
import type { Partition, Study } from './study.js';

/** A K that was trained. */
export interface ClusterCandidate {
  readonly clusters: number;
  /** Mean silhouette of its clusters in the representation that was trained with them. */
  readonly silhouette: number;
}

/** How K was chosen from a range. */
export interface ClusterChoice {
  readonly criterion: CriterionName;
  /** Of the pretrained representation, in ascending order of K. */
  readonly scores: readonly ClusterScores[];
  /** The K that were trained, the favourite of the criterion first. */
  readonly candidates: readonly ClusterCandidate[];
}

/** What a table says of the numbers of clusters it was asked about. */
export interface Scored {
  /** In ascending order of K. */
  readonly scores: readonly ClusterScores[];
  /** The K in order of preference by the first criterion. */
  readonly ranking: readonly number[];
  /** For each K, where the consensus was among the criteria. */
  readonly consensus: ReadonlyMap<number, SampledConsensus>;
  /** Filled in as they are trained. */
  readonly candidates: ClusterCandidate[];
}

/** Clusterings and evaluations that `scoreClusters` makes of so many K, about. */
export function taskCount(criteria: readonly CriterionName[], counts: number): number {
  return counts * criteria.reduce((sum, name) => sum + CRITERIA[name].tasks, 1);
}

/** Clusters the table into each K and asks the criteria; the first ranks. */
export async function scoreClusters(
  study: Study,
  table: Matrix,
  counts: readonly number[],
  criteria: readonly CriterionName[],
): Promise<Scored> {
  const scores: ClusterScores[] = counts.map((clusters) => ({ clusters, inertia: 0 }));
  const partitions: Partition[] = new Array(counts.length);
  await study.each(scores, async (score, i) => {
    partitions[i] = await study.cluster(table, score.clusters, 0);
    score.inertia = partitions[i]!.inertia;
  });
  const consensus = new Map<number, SampledConsensus>();
  const clustered = { study, table, scores, partitions, consensus };
  for (const name of criteria) await CRITERIA[name].evaluate(clustered);
  const ranking = CRITERIA[criteria[0]!].rank(scores).map(({ clusters }) => clusters);
  return { scores, ranking, consensus, candidates: [] };
}
