import type { Name } from '../common/name.js';
import type { Vector } from '../data/vectors.js';
import type { LossName, PrimaryLoss } from './losses.js';
import { isKnowledgeGraph, pairsAmong, resolveGraph, type SamplePair } from './sample-pairs.js';

/**
 * A primary loss with knowledge of pairs of samples added (the idea of DeepType2): the total is
 *
 *     base + weight * sum_(i,j) w_ij (1 - cos(o_i, o_j)) / sum_(i,j) w_ij
 *
 * over the pairs, o the network's outputs, of which there must be two or more. In a mini-batch of B of N
 * rows only the pairs with both ends in it count, times N (N-1) / (B (B-1)), which makes the mean over
 * shuffled batches that of the table. `i` and `j` index the rows of the X that comes with y.
 */
export interface KnowledgeGraph {
  name: Name<'knowledge-graph'>;
  /** What the term is added to; default 'cross-entropy'. */
  base?: Name<LossName> | PrimaryLoss;
  /** The pairs, or their columns. */
  pairs: readonly SamplePair[] | { i: Vector; j: Vector; weight?: Vector };
  /** gamma, at least 0; default 1. */
  weight?: number;
}

/** The options of a fit to these rows alone: pairs with an end outside are left out. */
export function optionsWithin<O extends { loss?: unknown }>(
  options: O,
  rows: ArrayLike<number>,
): O {
  const { loss } = options;
  if (!isKnowledgeGraph(loss)) return options;
  const { i, j, weights } = pairsAmong(resolveGraph({ ...loss }).pairs, rows);
  const pairs = Array.from(weights, (weight, k) => ({ i: i[k]!, j: j[k]!, weight }));
  return { ...options, loss: { ...loss, pairs } };
}
