import type { Scored } from '../clustering/choice.js';
import { disposeSymbol } from '../common/dispose.js';
import { inspectable } from '../common/inspect.js';
import { uncloneable } from '../common/uncloneable.js';
import type { MatrixLike } from '../data/matrix.js';
import type { PredictionsTarget } from '../data/predictions.js';
import type { Targets } from '../data/targets.js';
import { filePath } from '../io/paths.js';
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
import { type ResumedAt, resumedAt, resumedOptions } from '../persistence/checkpointing.js';
import type { SavedModel } from '../persistence/model.js';
import { checkLacking, writeOptions } from '../persistence/options.js';
import { fromBytes, loadFrom, type Restored, saveTo, toBytes } from '../persistence/saved.js';
import type { FitResult } from '../training/outcome.js';
import { disposeRunSnapshot } from '../training/run-snapshot.js';
import { modelToOnnx } from './export-onnx.js';
import { type FitOptions, type ResumeOptions, resolveFit, resolveResume } from './fit-options.js';
import { Fitted } from './fitted.js';
import { FittedModel, lifecycleOf } from './fitted-model.js';
import { predictExactlyAsync } from './predict.js';
import { type DeepTypeJson, summaryOf } from './summary.js';

/**
 * DeepType (Chen et al. 2020, Bioinformatics 36:1476): a network that learns a task, with the few
 * features that matter to it, in a representation that falls into clusters.
 *
 * @typeParam L what `predict` returns for a row: number (default) for classes that are numbers and for values, string
 * for classes that are strings, as in `new DeepType<string>({ clusters: 4 })`. It is of types alone.
 */
export class DeepType<L extends number | string = number> extends FittedModel<L> {
  readonly #given: Partial<DeepTypeOptions>;
  readonly #options: ResolvedEstimator;
  /** Options that a file did not hold, without which the model cannot train. */
  #lacking: readonly string[] = [];
  #resumedAt: ResumedAt | undefined;

  constructor(options: DeepTypeOptions) {
    const given = givenOptions(options);
    const resolved = resolveEstimator(given);
    super(given, resolved);
    this.#given = given;
    this.#options = resolved;
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
    lifecycleOf(this).checkNoFit();
    checkLacking(this.#lacking);
    const request = resolveFit(options);
    lifecycleOf(this).checkNoFit(); // again: the options may have getters
    const isWarm = request.isWarm && lifecycleOf(this).fitted !== undefined;
    return lifecycleOf(this).fit(X, y, { ...request, isWarm, from: undefined });
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
      await lifecycleOf(model).fit(X, y, { ...request, from });
      return model;
    } catch (error) {
      model.dispose();
      disposeRunSnapshot(from.snapshot);
      throw error;
    }
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
    return modelToOnnx(lifecycleOf(this).ready());
  }

  /** Ends a running fit after the mini-batch it is at; its promise resolves with 'stopped'. */
  stop(): void {
    lifecycleOf(this).stop();
  }

  /** Where the fit went on, for a model that `resume` returned. */
  get resumedAt(): ResumedAt | undefined {
    return this.#resumedAt && { ...this.#resumedAt };
  }

  /**
   * Frees the native memory; idempotent. A running fit is aborted first; the `...Async` calls under way, and what
   * `save` writes, come to their end before that. Later calls throw `ERR_DISPOSED`.
   */
  dispose(): void {
    lifecycleOf(this).dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** A summary: options, state, shape and result, without what was learned, which `toBytes` gives. */
  toJSON(): DeepTypeJson {
    const { options } = writeOptions(this.#given);
    return summaryOf(lifecycleOf(this).fitted, options, lifecycleOf(this));
  }

  /** How K was chosen from a range, with what is not saved; for use within this package. */
  static choiceOf(model: DeepType): Scored | undefined {
    return lifecycleOf(model).ready().choice;
  }

  /** As `predictAsync`, values of a regression loss in float64; for use within this package. */
  static exactly(model: DeepType, X: MatrixLike): Promise<PredictionsTarget | Float64Array> {
    return predictExactlyAsync(lifecycleOf(model).ready(), X);
  }

  #saved(): SavedModel {
    const fitted = lifecycleOf(this).ready();
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
    lifecycleOf(model).adopt(new Fitted(network, model.#options.training, found));
    return model;
  }
}

inspectable(DeepType, 'DeepType', (model: DeepType) => {
  const { name: _, ...summary } = model.toJSON();
  return summary;
});
