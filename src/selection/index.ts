export {
  type ChooseClustersOptions,
  type ChosenClusters,
  chooseClusters,
} from './choose-clusters.js';
export { type ConsensusOptions, consensus } from './consensus.js';
export {
  type CrossValidation,
  type CrossValidationOptions,
  type CrossValidationRow,
  crossValidate,
} from './cross-validate.js';
export { type GapOptions, type GapStatistic, gapStatistic } from './gap-statistic.js';
export type { Grid, Parameters } from './grid.js';
export type { SelectionProgress } from './parallel.js';
export { type PathOptions, type PathPoint, path } from './path.js';
export { refit, takeColumns } from './refit.js';
export type { Scoring } from './scoring.js';
export { type Stability, type StabilityOptions, stability } from './stability.js';
