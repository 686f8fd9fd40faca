// How K was chosen, as a file says it.
import type { ClusterChoice, Scored } from '../clustering/choice.js';
import type { ClusterScores } from '../clustering/criteria/criterion.js';
import { CRITERION_NAMES } from '../clustering/criteria/registry.js';
import { anyNumber, array, integer, object, oneOf } from '../common/checks.js';

/** @throws `ERR_INVALID_ARGUMENT` for what no fit has found */
export function readClusterChoice(value: unknown): ClusterChoice {
  const choice = object('clusterChoice', value);
  const criterion = oneOf('clusterChoice.criterion', choice.criterion, CRITERION_NAMES);
  return { criterion, ...readScored('clusterChoice', choice) };
}

/** The scores of the criteria, and the K that were trained. */
export function readScored(
  name: string,
  value: Readonly<Record<string, unknown>>,
): Pick<Scored, 'scores' | 'candidates'> {
  const entries = (key: string) =>
    array(`${name}.${key}`, value[key]).map((entry) => object(`${name}.${key}`, entry));
  return {
    scores: entries('scores').map((entry) => readScores(`${name}.scores`, entry)),
    candidates: entries('candidates').map(({ clusters, silhouette }) => ({
      clusters: integer(`${name}.candidates`, clusters, { min: 1 }),
      silhouette: anyNumber(`${name}.candidates`, silhouette),
    })),
  };
}

const OPTIONAL = [
  'silhouette',
  'calinskiHarabasz',
  'daviesBouldin',
  'gap',
  'gapError',
  'ambiguity',
] as const satisfies (keyof ClusterScores)[];

function readScores(name: string, entry: Readonly<Record<string, unknown>>): ClusterScores {
  const scores: ClusterScores = {
    clusters: integer(`${name}.clusters`, entry.clusters, { min: 1 }),
    inertia: anyNumber(`${name}.inertia`, entry.inertia),
  };
  for (const key of OPTIONAL) {
    if (entry[key] !== undefined) scores[key] = anyNumber(`${name}.${key}`, entry[key]);
  }
  return scores;
}
