// What a model has fitted, the fit that runs, and whether it was disposed of.
import { isPromise } from '../common/checks.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import { runSliced } from '../common/time-slices.js';
import { checkAborted } from '../native/abort.js';
import type { DeepTypeOptions, ResolvedEstimator } from '../options/options.js';
import { CheckpointWriter } from '../persistence/checkpointing.js';
import { hashTables } from '../persistence/hash.js';
import { writeOptions } from '../persistence/options.js';
import type { FitResult } from '../training/outcome.js';
import type { FitRequest } from './fit-options.js';
import { Fitted, newNetwork } from './fitted.js';
import { acceptTrainingData, type TrainingData } from './training-data.js';

export class Lifecycle {
  readonly #given: Partial<DeepTypeOptions>;
  readonly #options: ResolvedEstimator;
  /** Of the last fit that ran to its end; where none has, what the last one had reached. */
  #fitted: Fitted | undefined;
  /** What the fit that runs trains: it takes the place of `#fitted` in the end. */
  #inTraining: Fitted | undefined;
  #isFitting = false;
  /** Whether what was fitted before answers while a fit runs. */
  #answers = false;
  /** Whether `stop` was called in the fit that runs, before there was training to stop. */
  #isStopped = false;
  #isDisposed = false;

  constructor(given: Partial<DeepTypeOptions>, options: ResolvedEstimator) {
    this.#given = given;
    this.#options = options;
  }

  get fitted(): Fitted | undefined {
    return this.#fitted;
  }

  get isFitting(): boolean {
    return this.#isFitting;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** What was fitted. Throws `ERR_NOT_FITTED`, and where it does not answer now `ERR_BUSY` or `ERR_DISPOSED`. */
  ready(): Fitted {
    if (!(this.#answers && this.#fitted?.isWhole)) this.checkNoFit();
    if (this.#fitted !== undefined) return this.#fitted;
    const message = 'the model is not fitted: call fit first, and await it';
    throw new DeepTypeError('ERR_NOT_FITTED', message);
  }

  checkNoFit(): void {
    if (this.#isDisposed) throw new DeepTypeError('ERR_DISPOSED', 'the model was disposed');
    if (!this.#isFitting) return;
    throw new DeepTypeError('ERR_BUSY', 'the model is being fitted: await fit first');
  }

  async fit(X: unknown, y: unknown, request: FitRequest): Promise<FitResult> {
    const { run, answers, from } = request;
    this.#isFitting = true;
    this.#answers = answers;
    this.#isStopped = false;
    let writer: CheckpointWriter | undefined;
    try {
      const slices = acceptTrainingData(this.#options, X, y, request, this.#fitted);
      // At once for a table that is not large: the caller may change it as soon as `fit` has returned.
      const begun = runSliced(slices, () => this.#checkGoesOn(run.signal));
      const data = isPromise(begun) ? ((await begun) as TrainingData) : begun;
      if (from !== undefined && (await hashTables(data.tables)) !== from.data) {
        throw invalidArgument('X', 'the X, y and weights of the fit in the checkpoint', X);
      }
      this.#checkGoesOn(undefined); // a getter, or whatever ran meanwhile, may have disposed of it
      const fitted = this.#newFitted(data, request);
      this.#inTraining = fitted;
      writer = this.#newWriter(data, request);
      const { tables, split } = data;
      const config = { ...run, checkpointer: writer, from: from?.snapshot };
      const training = fitted.train(tables, split, config);
      if (this.#isStopped) fitted.stop();
      await training;
      await writer?.flush();
      this.#checkGoesOn(undefined);
      this.adopt(fitted);
      return fitted.result;
    } finally {
      await writer?.settled();
      this.#endFit();
    }
  }

  /** Ends a running fit after the mini-batch it is at. */
  stop(): void {
    this.#isStopped = true;
    this.#inTraining?.stop();
  }

  /** Takes what was trained in the place of what was there. */
  adopt(fitted: Fitted): void {
    this.#fitted?.retire();
    this.#fitted = fitted;
    this.#inTraining = undefined;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#inTraining?.abort();
    this.#fitted?.dispose();
    this.#fitted = undefined;
  }

  #newFitted(data: TrainingData, { isWarm, from }: FitRequest): Fitted {
    if (isWarm) return this.#fitted!.copy();
    const { inputs, targets, scaler, targetScaler } = data;
    const network = newNetwork(this.#options, inputs, targets, from && 'zeros');
    const found = { scaler, targetScaler, classes: targets.classValues };
    return new Fitted(network, this.#options.training, found);
  }

  #newWriter(
    { tables, scaler, targetScaler }: TrainingData,
    { checkpoint }: FitRequest,
  ): CheckpointWriter | undefined {
    if (checkpoint === undefined) return undefined;
    const written = writeOptions(this.#given);
    const data = hashTables(tables);
    return new CheckpointWriter(checkpoint, { written, scaler, targetScaler, data });
  }

  /** Where the fit has failed: a first one leaves what it had reached, another one leaves nothing. */
  #endFit(): void {
    const failed = this.#inTraining;
    if (failed !== undefined && !this.#isDisposed && !this.#fitted?.isWhole) this.adopt(failed);
    else failed?.dispose();
    this.#inTraining = undefined;
    this.#isFitting = false;
  }

  /** Throws `ERR_ABORTED` in a fit that its caller has given up. */
  #checkGoesOn(signal: AbortSignal | undefined): void {
    if (this.#isDisposed) throw new DeepTypeError('ERR_ABORTED', 'the model was disposed');
    checkAborted(signal, 'the fit');
  }
}
