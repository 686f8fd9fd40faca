import type { DeepType, MatrixLike, Targets } from '../../src/index.js';

/** Every call but `fit` that needs a fitted model of `X` and `y`. */
export function callsOf(model: DeepType, X: MatrixLike, y: Targets): (() => unknown)[] {
  return [
    () => model.predict(X),
    () => model.predictProba(X),
    () => model.transform(X),
    () => model.assign(X),
    () => model.score(X, y),
    () => model.labels,
    () => model.centroids,
    () => model.featureImportances,
    () => model.selectedFeatures,
    () => model.classes,
    () => model.network,
    () => model.history,
    () => model.kktResidual,
    () => model.alpha,
    () => model.alphaMax,
    () => model.toBytes(),
    () => model.toONNX(),
  ];
}

/** The promises of the Async twins, all of them started. */
export function asyncCallsOf(model: DeepType, X: MatrixLike): Promise<unknown>[] {
  return [model.predictAsync(X), model.transformAsync(X), model.assignAsync(X)];
}
