import type { ClusterChoice } from '../clustering/choice.js';
import type { SampledConsensus } from '../clustering/criteria/criterion.js';
import { CRITERION_NAMES, type CriterionName } from '../clustering/criteria/registry.js';
import { checkKeys, object } from '../common/checks.js';
import type { Name } from '../common/name.js';
import type { MatrixLike } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';
import { DeepType } from '../estimator/deeptype.js';
import type { ClusterRange } from '../options/cluster-range.js';
import type { DeepTypeOptions } from '../options/options.js';
import type { RunOptions } from '../training/progress.js';

export interface ChooseClustersOptions extends RunOptions {
  /** The K to compare; default 'auto', see `ClusterRange`. */
  range?: 'auto' | Pick<ClusterRange, 'min' | 'max'>;
  /** Which K are trained; default 'silhouette'. */
  criterion?: Name<CriterionName>;
  /** How many K are trained; default 3. */
  candidates?: number;
  /** Which scores to find; default all. */
  scores?: readonly CriterionName[];
}

export interface ChosenClusters extends ClusterChoice {
  /** The K that was chosen. */
  readonly clusters: number;
  /** Consensus clustering into that K of the pretrained representation, or of 500 of its rows. */
  readonly consensus?: SampledConsensus;
}

const KEYS = ['range', 'criterion', 'candidates', 'scores', 'signal', 'onProgress'] as const;

/**
 * The number of clusters that a fit with a range of `clusters` chooses on X (N x D) and y, with every
 * score of every K; see docs/guide/clusters.md.
 *
 * @param options those of the estimator; `clusters` among them is not used
 * @throws (rejects) as `DeepType` and its `fit`
 */
export async function chooseClusters(
  X: MatrixLike,
  y: Targets,
  options: Partial<DeepTypeOptions> = {},
  how: ChooseClustersOptions = {},
): Promise<ChosenClusters> {
  const given = checkKeys('how', how, KEYS);
  const { range = 'auto', criterion, candidates, scores = CRITERION_NAMES } = given;
  const { signal, onProgress } = given as RunOptions;
  const limits = range === 'auto' ? {} : checkKeys('range', range, ['min', 'max']);
  const clusters = { ...limits, criterion, candidates, scores } as ClusterRange;
  const model = new DeepType({ ...object('options', options), clusters });
  try {
    const result = await model.fit(X, y, { signal, onProgress });
    const consensus = DeepType.choiceOf(model)?.consensus.get(result.clusters);
    const choice = { clusters: result.clusters, ...result.clusterChoice! };
    return consensus === undefined ? choice : { ...choice, consensus };
  } finally {
    model.dispose();
  }
}
