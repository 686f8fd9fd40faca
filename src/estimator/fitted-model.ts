import { inFloat64 } from '../clustering/nearest.js';
import type { Matrix, MatrixLike } from '../data/matrix.js';
import type { Predictions, PredictionsTarget } from '../data/predictions.js';
import { returnedCopy } from '../data/returned-copy.js';
import type { Targets } from '../data/targets.js';
import { abortable } from '../native/abort.js';
import { inferIndicesAsync, inferRows, inferRowsAsync } from '../network/inference.js';
import type { Network } from '../network/network.js';
import type { DeepTypeOptions, ResolvedEstimator } from '../options/options.js';
import type { TargetScaling } from '../preprocessing/target-scaler.js';
import type { FitResult } from '../training/outcome.js';
import type { HistoryEntry } from '../training/progress.js';
import { assignRows } from './assign.js';
import type { RowDescription } from './describe-rows.js';
import { describeRows, describeRowsAsync } from './describe-rows.js';
import { Lifecycle } from './lifecycle.js';
import {
  type AsyncOptions,
  asyncOptions,
  fillIndices,
  fillRows,
  outOption,
  probabilities,
} from './outputs.js';
import { predictExactly, predictRows, predictRowsAsync } from './predict.js';
import { scoreOf } from './score.js';

/** For use within this package. */
export let lifecycleOf: <L extends number | string>(model: FittedModel<L>) => Lifecycle;

/**
 * What a model says once it is fitted; until then each throws `ERR_NOT_FITTED`. In a first fit, and in any with
 * `whileFitting: 'busy'`, it throws `ERR_BUSY`, after `dispose` `ERR_DISPOSED`.
 *
 * @typeParam L what `predict` returns for a row
 */
export abstract class FittedModel<L extends number | string> {
  readonly #life: Lifecycle;

  constructor(given: Partial<DeepTypeOptions>, options: ResolvedEstimator) {
    this.#life = new Lifecycle(given, options);
  }

  static {
    lifecycleOf = (model) => model.#life;
  }

  /**
   * Int32Array[N], the cluster of each row of X in `fit`, also of those that `validation.fraction` held
   * out of it. A copy, made at the first call: the model never reads it back.
   */
  get labels(): Int32Array {
    return returnedCopy(this.#life.ready().clusters.labels);
  }

  /** K, as given or as chosen from a range. */
  get clusters(): number {
    return this.#life.ready().clusters.centroids.rows;
  }

  /** Matrix[K x R], in representation space; a copy, as `labels` are. */
  get centroids(): Matrix {
    return returnedCopy(this.#life.ready().clusters.centroids);
  }

  /** Float32Array[D]: L2 norm of each input's outgoing weights. */
  get featureImportances(): Float32Array {
    return this.#life.ready().network.inputImportance();
  }

  /** Int32Array: indices of the inputs whose norm is not exactly zero, by falling importance. */
  get selectedFeatures(): Int32Array {
    const { network } = this.#life.ready();
    const norms = network.inputImportance();
    return network.sortedInputIndices().filter((j) => norms[j]! > 0);
  }

  /** The class values in output order; undefined for a regression loss. */
  get classes(): L[] | undefined {
    return this.#life.ready().classes?.slice() as L[] | undefined;
  }

  /**
   * The trained network. Its inputs are standardised columns, its outputs standardised targets. `dispose` frees it;
   * after another fit it stays what it is, no longer the model's, until it is collected or disposed of by itself.
   */
  get network(): Network {
    return this.#life.ready().handOut();
  }

  /**
   * What the targets of 'mse', 'mae' and 'huber' were standardised by, one number an output; undefined where y was
   * taken as it is. A copy, as `labels` are.
   */
  get targetScaling(): TargetScaling | undefined {
    const { targetScaler } = this.#life.ready();
    if (targetScaler === undefined) return undefined;
    const { location, scale } = targetScaler;
    return { location: returnedCopy(location), scale: returnedCopy(scale) };
  }

  /** What the last fit returned. */
  get result(): FitResult {
    return this.#life.ready().result;
  }

  get history(): readonly HistoryEntry[] {
    return this.#life.ready().result.history;
  }

  get kktResidual(): number {
    return this.#life.ready().result.kktResidual;
  }

  get alpha(): number {
    return this.#life.ready().result.alpha;
  }

  get alphaMax(): number {
    return this.#life.ready().result.alphaMax;
  }

  /**
   * Class values of X (N x D), or Float32Array[N * C] row-major: the values of a regression loss, in the units of y, the
   * probabilities of bce on rows of values, the log-risk of cox. Written to `out` where it is given; on an
   * error that may be filled in part. So for the other two.
   */
  predict<O extends PredictionsTarget>(X: MatrixLike, options: { out: O }): O;
  predict(X: MatrixLike, options?: { out?: PredictionsTarget }): Predictions<L>;
  predict(X: MatrixLike, options?: { out?: PredictionsTarget }): unknown {
    return predictRows(this.#life.ready(), X, options);
  }

  /** Matrix[N x C]: softmax of the outputs; for bce the sigmoid, with two columns for two classes. */
  predictProba(X: MatrixLike): Matrix {
    const fitted = this.#life.ready();
    const { loss, threads } = fitted.training;
    return probabilities(inferRows(fitted, X, 'outputs', threads), loss, fitted.classes);
  }

  /** Matrix[N x R], the representation of X. */
  transform(X: MatrixLike, options?: { out?: Float32Array }): Matrix {
    const out = outOption(options);
    const fitted = this.#life.ready();
    return inferRows(fitted, X, 'representation', fitted.training.threads, out);
  }

  /** Int32Array[N]: the nearest centroid of each row. */
  assign(X: MatrixLike, options?: { out?: Int32Array }): Int32Array {
    return assignRows(this.#life.ready(), X, options);
  }

  /**
   * All that the model says of each row of X (N x D), from one pass through the network: prediction, probabilities,
   * cluster, and the distance to its centroid. Plain objects, which `JSON.stringify` and `console.table` take.
   */
  describe(X: MatrixLike): RowDescription<L>[] {
    return describeRows(this.#life.ready(), X);
  }

  /**
   * As `predict`, computed off the event loop. A table of more than 16 MiB (float64: 32) is copied in slices as the
   * work goes on, so that no time slice is long: leave it as it is until the promise resolves. So for the
   * other two.
   *
   * Calls share a few threads, as many as the machine has, 2 to 8; those that find none free wait for their turn,
   * in the order in which they came. Where `signal` aborts, the promise rejects with `ERR_ABORTED` at once, and the
   * work ends soon, or is never begun. So for the other two.
   */
  predictAsync<O extends PredictionsTarget>(
    X: MatrixLike,
    options: AsyncOptions<O> & { out: O },
  ): Promise<O>;
  predictAsync(X: MatrixLike, options?: AsyncOptions<PredictionsTarget>): Promise<Predictions<L>>;
  async predictAsync(X: MatrixLike, options?: AsyncOptions<PredictionsTarget>): Promise<unknown> {
    const fitted = this.#life.ready();
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the prediction', (stop) =>
      predictRowsAsync(fitted, X, { out }, stop),
    );
  }

  /** As `transform`, computed off the event loop. */
  async transformAsync(X: MatrixLike, options?: AsyncOptions<Float32Array>): Promise<Matrix> {
    const fitted = this.#life.ready();
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the transformation', async (stop) =>
      fillRows(await inferRowsAsync(fitted, X, 'representation', fitted.training.threads, stop), {
        out,
      }),
    );
  }

  /** As `assign`, computed off the event loop. */
  async assignAsync(X: MatrixLike, options?: AsyncOptions<Int32Array>): Promise<Int32Array> {
    const fitted = this.#life.ready();
    const { clusters, training } = fitted;
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the assignment', async (stop) =>
      fillIndices(
        await inferIndicesAsync(fitted, X, inFloat64(clusters.centroids), training.threads, stop),
        { out },
      ),
    );
  }

  /** As `describe`, computed off the event loop; the objects are made in time slices of it. */
  async describeAsync(
    X: MatrixLike,
    options?: Pick<AsyncOptions<never>, 'signal'>,
  ): Promise<RowDescription<L>[]> {
    const fitted = this.#life.ready();
    const { signal } = asyncOptions(options);
    return abortable(signal, 'the description', (stop) => describeRowsAsync(fitted, X, stop));
  }

  /**
   * Accuracy; R^2 (mean over outputs, of values in float64) for a regression loss; for 'cox' the concordance index of the
   * log-risk.
   */
  score(X: MatrixLike, y: Targets): number {
    const fitted = this.#life.ready();
    const { classes, network, training } = fitted;
    return scoreOf(predictExactly(fitted, X), y, training.loss, classes, network.outputs);
  }
}
