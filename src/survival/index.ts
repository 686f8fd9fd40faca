export type { Events } from '../data/observations.js';
export {
  type ConfidenceTransform,
  type KaplanMeier,
  type KaplanMeierOptions,
  kaplanMeier,
} from './kaplan-meier.js';
export { type LogRank, type LogRankOptions, logRank } from './log-rank.js';
