import { calinskiHarabasz } from './calinski-harabasz.js';
import { consensus } from './consensus.js';
import type { Criterion } from './criterion.js';
import { daviesBouldin } from './davies-bouldin.js';
import { gap } from './gap.js';
import { silhouette } from './silhouette.js';

/** The criteria for the number of clusters. */
export const CRITERIA = {
  silhouette,
  gap,
  'calinski-harabasz': calinskiHarabasz,
  'davies-bouldin': daviesBouldin,
  consensus,
} as const satisfies Record<string, Criterion>;

export type CriterionName = keyof typeof CRITERIA;
export const CRITERION_NAMES = Object.keys(CRITERIA) as CriterionName[];
