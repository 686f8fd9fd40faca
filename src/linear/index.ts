export {
  type DescentOptions,
  ElasticNet,
  type ElasticNetOptions,
  Lasso,
  type LassoOptions,
} from './elastic-net.js';
export type { LinearFitOptions, LinearModelJson } from './model.js';
export {
  type AlphaMaxOptions,
  alphaMax,
  type LassoPathOptions,
  type LassoPathPoint,
  lassoPath,
} from './path.js';
export { Ridge, type RidgeOptions } from './ridge.js';
