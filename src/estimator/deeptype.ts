import type { Scored } from '../clustering/choice.js';
import { isPromise } from '../common/checks.js';
import { disposeSymbol } from '../common/dispose.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import { overTurns } from '../common/time-slices.js';
import { uncloneable } from '../common/uncloneable.js';
import { handedOut } from '../data/handed-out.js';
import type { Matrix, MatrixLike } from '../data/matrix.js';
import type { Predictions, PredictionsTarget } from '../data/predictions.js';
import type { Targets } from '../data/targets.js';
import { filePath } from '../io/paths.js';
import { abortable, checkAborted } from '../native/abort.js';
import type { Network } from '../network/network.js';
import { toOnnx } from '../network/onnx.js';
import { copyOptions } from '../options/copy.js';
import {
  type DeepTypeOptions,
  givenOptions,
  type LoadOptions,
  type ResolvedEstimator,
  resolveEstimator,
  resolveLoad,
} from '../options/options.js';
import { readCheckpoint } from '../persistence/checkpoint.js';
import {
  CheckpointWriter,
  type ResumedAt,
  resumedAt,
  resumedOptions,
} from '../persistence/checkpointing.js';
import { hashTables } from '../persistence/hash.js';
import type { SavedModel } from '../persistence/model.js';
import { checkLacking, writeOptions } from '../persistence/options.js';
import { fromBytes, loadFrom, type Restored, saveTo, toBytes } from '../persistence/saved.js';
import type { TargetScaling } from '../preprocessing/target-scaler.js';
import type { FitResult, Found } from '../training/outcome.js';
import type { HistoryEntry } from '../training/progress.js';
import { disposeRunSnapshot } from '../training/run-snapshot.js';
import type { RowDescription } from './describe-rows.js';
import {
  type FitOptions,
  type FitRequest,
  type ResumeOptions,
  resolveFit,
  resolveResume,
} from './fit-options.js';
import { Fitted, newNetwork } from './fitted.js';
import {
  type AsyncOptions,
  asyncOptions,
  fillIndices,
  fillRows,
  headOf,
  outOption,
  probabilities,
} from './outputs.js';
import { prepare } from './preparation.js';
import { scoreOf } from './score.js';
import { type DeepTypeJson, summaryOf } from './summary.js';

/**
 * DeepType (Chen et al. 2020, Bioinformatics 36:1476): a network that learns a task, with the few
 * features that matter to it, in a representation that falls into clusters.
 *
 * @typeParam L what `predict` returns for a row: number (default) for classes that are numbers and for values, string
 * for classes that are strings, as in `new DeepType<string>({ clusters: 4 })`. It is of types alone.
 */
export class DeepType<L extends number | string = number> {
  readonly #given: Partial<DeepTypeOptions>;
  readonly #options: ResolvedEstimator;
  /** Of the last fit that ran to its end; where none has, what the last one had reached. */
  #fitted: Fitted | undefined;
  /** What the fit that runs trains: it takes the place of `#fitted` in the end. */
  #inTraining: Fitted | undefined;
  /** Options that a file did not hold, without which the model cannot train. */
  #lacking: readonly string[] = [];
  #resumedAt: ResumedAt | undefined;
  #isFitting = false;
  /** Whether what was fitted before answers while a fit runs. */
  #answers = false;
  /** Whether `stop` was called in the fit that runs, before there was training to stop. */
  #isStopped = false;
  #isDisposed = false;

  constructor(options: DeepTypeOptions) {
    this.#given = givenOptions(options);
    this.#options = resolveEstimator(this.#given);
    uncloneable(this);
  }

  /**
   * Trains on X (N x D) and y. A table of more than 2^21 values or 2^18 rows is copied and standardised in slices as the event
   * loop goes on, or read in place from a SharedArrayBuffer: leave it and y as they are until the promise resolves.
   *
   * A model that was fitted before stays what it was until this fit has succeeded (`stop` is success too), and
   * answers meanwhile, see `whileFitting`; where the fit fails or is aborted it stays so for good. Both networks
   * are in memory until then. A first fit that fails leaves the weights it had reached, without clusters and result.
   *
   * @throws (rejects) `ERR_INVALID_ARGUMENT`, `ERR_SHAPE_MISMATCH`, `ERR_NON_FINITE_INPUT`,
   * `ERR_ABORTED`, `ERR_DIVERGED`, `ERR_BUSY` while another fit runs, `ERR_DISPOSED`, `ERR_OUT_OF_MEMORY`
   */
  async fit(X: MatrixLike, y: Targets, options?: FitOptions): Promise<FitResult> {
    this.#checkNoFit();
    checkLacking(this.#lacking);
    const request = resolveFit(options);
    this.#checkNoFit(); // again: the options may have getters
    const isWarm = request.isWarm && this.#fitted !== undefined;
    return this.#fit(X, y, { ...request, isWarm, from: undefined });
  }

  /**
   * Goes on with the fit whose checkpoint is in the file `path`, from the epoch it had reached to its end,
   * which is the one it would have come to without interruption: equal to the bit on the same
   * instruction set. The file stays as it is, unless `options.checkpoint` names it again.
   *
   * @param X, y the same as of the fit, `sampleWeight` too
   * @param options what no file holds (a loss, a clusterer or a validation table of the caller's), how to
   * run, other `threads`; options of the model may be repeated, but not changed
   * @throws (rejects) `ERR_CORRUPT_FILE`, `ERR_IO`; `ERR_INVALID_ARGUMENT` for another table or other
   * options; and as `fit`
   */
  static resume(
    path: string | URL,
    X: MatrixLike,
    y: readonly string[],
    options?: ResumeOptions,
  ): Promise<DeepType<string>>;
  static resume(
    path: string | URL,
    X: MatrixLike,
    y: Targets,
    options?: ResumeOptions,
  ): Promise<DeepType>;
  static async resume(
    path: string | URL,
    X: MatrixLike,
    y: Targets,
    options?: ResumeOptions,
  ): Promise<DeepType<never>> {
    const file = filePath('path', path);
    const { request, given } = resolveResume(options);
    const from = await readCheckpoint(file);
    const model = new DeepType<never>(resumedOptions(from.written, given, file));
    model.#resumedAt = resumedAt(from.snapshot);
    try {
      await model.#fit(X, y, { ...request, from });
      return model;
    } catch (error) {
      model.dispose();
      disposeRunSnapshot(from.snapshot);
      throw error;
    }
  }

  async #fit(X: MatrixLike, y: Targets, request: FitRequest): Promise<FitResult> {
    const { run, checkpoint, isWarm, answers, from } = request;
    this.#isFitting = true;
    this.#answers = answers;
    this.#isStopped = false;
    let writer: CheckpointWriter | undefined;
    try {
      const steps = prepare(this.#options, X, y, request, this.#fitted);
      // Without a turn in between for a table that is not large: the caller may change it at once.
      const begun = overTurns(steps, () => this.#checkGoesOn(run.signal));
      const prepared = isPromise(begun) ? await begun : begun;
      const { tables, targets, split, scaler, targetScaler, inputs } = prepared;
      if (from !== undefined && (await hashTables(tables)) !== from.data) {
        throw invalidArgument('X', 'the X, y and weights of the fit in the checkpoint', X);
      }
      this.#checkGoesOn(undefined); // a getter or another turn may have disposed of it
      const { classValues: classes } = targets;
      const fitted = isWarm
        ? this.#fitted!.copy()
        : this.#own(newNetwork(this.#options, inputs, targets, from && 'zeros'), {
            scaler,
            targetScaler,
            classes,
          });
      this.#inTraining = fitted;
      const written = writeOptions(this.#given);
      writer =
        checkpoint &&
        new CheckpointWriter(checkpoint, {
          written,
          scaler,
          targetScaler,
          data: hashTables(tables),
        });
      const config = { ...run, checkpointer: writer, from: from?.snapshot };
      const training = fitted.train(tables, split, config);
      if (this.#isStopped) fitted.stop();
      await training;
      await writer?.flush();
      this.#checkGoesOn(undefined);
      this.#adopt(fitted);
      return fitted.result;
    } finally {
      await writer?.settled();
      this.#endFit();
    }
  }

  /** Where the fit has failed: a first one leaves what it had reached, another one leaves nothing. */
  #endFit(): void {
    const failed = this.#inTraining;
    if (failed !== undefined && !this.#isDisposed && !this.#fitted?.isWhole) this.#adopt(failed);
    else failed?.dispose();
    this.#inTraining = undefined;
    this.#isFitting = false;
  }

  /** A copy of the options as they were given. */
  get options(): Partial<DeepTypeOptions> {
    return copyOptions(this.#given);
  }

  /**
   * Writes the fitted model to a folder, as model.json and model.safetensors, see docs/reference/files.md. Whenever
   * the process ends, and whoever else saves there, the folder holds the old model or the new one.
   *
   * @throws (rejects) `ERR_IO`, `ERR_CORRUPT_FILE` and `ERR_OUT_OF_MEMORY` for what `load` would refuse, the files that
   * were there stay; `ERR_NOT_FITTED`, `ERR_BUSY`, `ERR_DISPOSED`
   */
  async save(folder: string | URL): Promise<void> {
    await saveTo(filePath('folder', folder), this.#saved());
  }

  /**
   * The model that `save` wrote: equal to the bit in all that it computes and says.
   *
   * @param options what a file does not hold, or another machine wants otherwise
   * @throws (rejects) `ERR_CORRUPT_FILE` for files that are altered, truncated, mixed or foreign;
   * `ERR_IO`, `ERR_INVALID_ARGUMENT`, `ERR_OUT_OF_MEMORY`
   */
  static async load<L extends number | string = number>(
    folder: string | URL,
    options?: LoadOptions,
  ): Promise<DeepType<L>> {
    const given = resolveLoad(options);
    return DeepType.#of(await loadFrom(filePath('folder', folder), given));
  }

  /** The fitted model as one array, for another thread or process; `fromBytes` takes it. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return toBytes(this.#saved());
  }

  /** As `load`, of what `toBytes` returned. */
  static fromBytes<L extends number | string = number>(
    bytes: Uint8Array,
    options?: LoadOptions,
  ): DeepType<L> {
    return DeepType.#of(fromBytes(bytes, resolveLoad(options)));
  }

  /**
   * The model as an ONNX file, opset 17, for any number of rows. Input 'input' (N x D, float32, not
   * standardised: the scaler is inside). Outputs: 'output' (N x C), the probabilities of `predictProba`, or
   * the values of `predict` for a regression loss, in the units of y; 'representation' (N x R) of `transform`; 'cluster'
   * (N, int64) of `assign`. The metadata hold the `classes`, as JSON.
   *
   * @throws `ERR_NOT_FITTED`, `ERR_BUSY`, `ERR_DISPOSED`, `ERR_OUT_OF_MEMORY` for 2 GiB or more
   */
  toONNX(): Uint8Array<ArrayBuffer> {
    const { scaler, targetScaler, classes, network, clusters } = this.#ready();
    const { centroids } = clusters;
    const { activation } = network;
    const head = headOf(this.#options.training.loss, classes);
    const parameters = network.parameters();
    const scalers = { scaler, targetScaler };
    return toOnnx({ activation, parameters, ...scalers, head, centroids, classes });
  }

  /** Ends a running fit after the mini-batch it is at; its promise resolves with 'stopped'. */
  stop(): void {
    this.#isStopped = true;
    this.#inTraining?.stop();
  }

  /**
   * Int32Array[N], the cluster of each row of X in `fit`, also of those that `validation.fraction` held
   * out of it. A copy, made at the first call: the model never reads it back.
   */
  get labels(): Int32Array {
    return handedOut(this.#ready().clusters.labels);
  }

  /** K, as given or as chosen from a range. */
  get clusters(): number {
    return this.#ready().clusters.centroids.rows;
  }

  /** Matrix[K x R], in representation space; a copy, as `labels` are. */
  get centroids(): Matrix {
    return handedOut(this.#ready().clusters.centroids);
  }

  /** Float32Array[D]: L2 norm of each input's outgoing weights. */
  get featureImportances(): Float32Array {
    return this.#ready().network.inputImportance();
  }

  /** Int32Array: indices of the inputs whose norm is not exactly zero, by falling importance. */
  get selectedFeatures(): Int32Array {
    const { network } = this.#ready();
    const norms = network.inputImportance();
    return network.sortedInputIndices().filter((j) => norms[j]! > 0);
  }

  /** The class values in output order; undefined for a regression loss. */
  get classes(): L[] | undefined {
    return this.#ready().classes?.slice() as L[] | undefined;
  }

  /**
   * The trained network. Its inputs are standardised columns, its outputs standardised targets. `dispose` frees it;
   * after another fit it stays what it is, no longer the model's, until it is collected or disposed of by itself.
   */
  get network(): Network {
    return this.#ready().handOut();
  }

  /**
   * What the targets of 'mse', 'mae' and 'huber' were standardised by, one number an output; undefined where y was
   * taken as it is. A copy, as `labels` are.
   */
  get targetScaling(): TargetScaling | undefined {
    const { targetScaler } = this.#ready();
    if (targetScaler === undefined) return undefined;
    const { location, scale } = targetScaler;
    return { location: handedOut(location), scale: handedOut(scale) };
  }

  /** What the last fit returned. */
  get result(): FitResult {
    return this.#ready().result;
  }

  /** Where the fit went on, for a model that `resume` returned. */
  get resumedAt(): ResumedAt | undefined {
    return this.#resumedAt && { ...this.#resumedAt };
  }

  get history(): readonly HistoryEntry[] {
    return this.#ready().result.history;
  }

  get kktResidual(): number {
    return this.#ready().result.kktResidual;
  }

  get alpha(): number {
    return this.#ready().result.alpha;
  }

  get alphaMax(): number {
    return this.#ready().result.alphaMax;
  }

  /**
   * Class values of X (N x D), or Float32Array[N * C] row-major: the values of a regression loss, in the units of y, the
   * probabilities of bce on rows of values, the log-risk of cox. Written to `out` where it is given; on an
   * error that may be filled in part. So for the other two.
   */
  predict<O extends PredictionsTarget>(X: MatrixLike, options: { out: O }): O;
  predict(X: MatrixLike, options?: { out?: PredictionsTarget }): Predictions<L>;
  predict(X: MatrixLike, options?: { out?: PredictionsTarget }): unknown {
    return this.#ready().predict(X, options);
  }

  /** Matrix[N x C]: softmax of the outputs; for bce the sigmoid, with two columns for two classes. */
  predictProba(X: MatrixLike): Matrix {
    const fitted = this.#ready();
    const outputs = fitted.infer(X, 'outputs');
    return probabilities(outputs, this.#options.training.loss, fitted.classes);
  }

  /** Matrix[N x R], the representation of X. */
  transform(X: MatrixLike, options?: { out?: Float32Array }): Matrix {
    const out = outOption(options);
    return this.#ready().infer(X, 'representation', out);
  }

  /** Int32Array[N]: the nearest centroid of each row. */
  assign(X: MatrixLike, options?: { out?: Int32Array }): Int32Array {
    const fitted = this.#ready();
    const { clusters } = fitted;
    return fitted.nearest(clusters, fitted.infer(X, 'representation'), options);
  }

  /**
   * All that the model says of each row of X (N x D), from one pass through the network: prediction, probabilities,
   * cluster, and the distance to its centroid. Plain objects, which `JSON.stringify` and `console.table` take.
   */
  describe(X: MatrixLike): RowDescription<L>[] {
    return this.#ready().describe(X);
  }

  /**
   * As `predict`, computed off the event loop. A table of more than 16 MiB (float64: 32) is copied in slices as the
   * work goes on, so that no turn of the loop is long: leave it as it is until the promise resolves. So for the
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
    const fitted = this.#ready();
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the prediction', (stop) => fitted.predictAsync(X, { out }, stop));
  }

  /** As `transform`, computed off the event loop. */
  async transformAsync(X: MatrixLike, options?: AsyncOptions<Float32Array>): Promise<Matrix> {
    const fitted = this.#ready();
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the transformation', async (stop) =>
      fillRows(await fitted.inferAsync(X, 'representation', stop), { out }),
    );
  }

  /** As `assign`, computed off the event loop. */
  async assignAsync(X: MatrixLike, options?: AsyncOptions<Int32Array>): Promise<Int32Array> {
    const fitted = this.#ready();
    const { clusters } = fitted;
    const { out, signal } = asyncOptions(options);
    return abortable(signal, 'the assignment', async (stop) =>
      fillIndices(await fitted.assignAsync(X, clusters, stop), { out }),
    );
  }

  /** As `describe`, computed off the event loop; the objects are made in time slices of it. */
  async describeAsync(
    X: MatrixLike,
    options?: Pick<AsyncOptions<never>, 'signal'>,
  ): Promise<RowDescription<L>[]> {
    const fitted = this.#ready();
    const { signal } = asyncOptions(options);
    return abortable(signal, 'the description', (stop) => fitted.describeAsync(X, stop));
  }

  /**
   * Accuracy; R^2 (mean over outputs, of values in float64) for a regression loss; for 'cox' the concordance index of the
   * log-risk.
   */
  score(X: MatrixLike, y: Targets): number {
    const fitted = this.#ready();
    const { classes, network } = fitted;
    const { loss } = this.#options.training;
    return scoreOf(fitted.predictExactly(X), y, loss, classes, network.outputs);
  }

  /**
   * Frees the native memory; idempotent. A running fit is aborted first; the `...Async` calls under way, and what
   * `save` writes, come to their end before that. Later calls throw `ERR_DISPOSED`.
   */
  dispose(): void {
    this.#isDisposed = true;
    this.#inTraining?.abort();
    this.#fitted?.dispose();
    this.#fitted = undefined;
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** A summary: options, state, shape and result, without what was learned, which `toBytes` gives. */
  toJSON(): DeepTypeJson {
    const { options } = writeOptions(this.#given);
    return summaryOf(this.#fitted, options, {
      isFitting: this.#isFitting,
      isDisposed: this.#isDisposed,
    });
  }

  /** How K was chosen from a range, with what is not saved; for use within this package. */
  static choiceOf(model: DeepType): Scored | undefined {
    return model.#ready().choice;
  }

  /** As `predictAsync`, values of a regression loss in float64; for use within this package. */
  static exactly(model: DeepType, X: MatrixLike): Promise<PredictionsTarget | Float64Array> {
    return model.#ready().predictExactlyAsync(X);
  }

  #saved(): SavedModel {
    const fitted = this.#ready();
    const { activation } = fitted.network;
    const parameters = fitted.network.parameters();
    return { written: writeOptions(this.#given), activation, parameters, ...fitted.found() };
  }

  static #of<L extends number | string>({
    options,
    lacking,
    network,
    found,
  }: Restored): DeepType<L> {
    const model = new DeepType<L>(options);
    model.#lacking = lacking;
    model.#fitted = model.#own(network, found);
    return model;
  }

  /** A network that belongs to the model from here on, with what a fit found beside it. */
  #own(network: Network, found: Found): Fitted {
    return new Fitted(network, this.#options.training, found);
  }

  /** Takes what was trained in the place of what was there. */
  #adopt(fitted: Fitted): void {
    this.#fitted?.retire();
    this.#fitted = fitted;
    this.#inTraining = undefined;
  }

  /** Throws `ERR_ABORTED` in a fit that its caller has given up. */
  #checkGoesOn(signal: AbortSignal | undefined): void {
    if (this.#isDisposed) throw new DeepTypeError('ERR_ABORTED', 'the model was disposed');
    checkAborted(signal, 'the fit');
  }

  #checkNoFit(): void {
    if (this.#isDisposed) throw new DeepTypeError('ERR_DISPOSED', 'the model was disposed');
    if (!this.#isFitting) return;
    throw new DeepTypeError('ERR_BUSY', 'the model is being fitted: await fit first');
  }

  #ready(): Fitted {
    if (!(this.#answers && this.#fitted?.isWhole)) this.#checkNoFit();
    if (this.#fitted === undefined) {
      throw new DeepTypeError(
        'ERR_NOT_FITTED',
        'the model is not fitted: call fit first, and await it',
      );
    }
    return this.#fitted;
  }
}

inspectable(DeepType, 'DeepType', (model: DeepType) => {
  const { name: _, ...summary } = model.toJSON();
  return summary;
});
