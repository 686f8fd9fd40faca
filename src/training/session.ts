// A network in training.
import { AsyncResource } from 'node:async_hooks';
import type { ClusterChoice, Scored } from '../clustering/choice.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import { ofThisRealm } from '../common/realm.js';
import { Matrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import type { SessionHandle } from '../native/session.js';
import { Network } from '../network/network.js';
import { checkRows } from '../options/cluster-range.js';
import type { ResolvedTraining } from '../options/options.js';
import { traitsOf } from '../options/penalties.js';
import { disposeContext, type TrainingContext } from './context.js';
import { largestMagnitude } from './divergence.js';
import { type Hyperparameters, initialHyperparameters } from './objective.js';
import type { Clusters, EndedRun } from './outcome.js';
import type { Caller } from './primary-loss.js';
import { Run, type RunOptions } from './progress.js';
import { resumeRun } from './resume.js';
import type { Checkpointer, RunSnapshot } from './run-snapshot.js';
import { sessionOptions } from './session-options.js';
import { initialState } from './training-state.js';
import type { Tables } from './validation.js';

/** How a run begins and what is kept of it on the way. */
export interface RunConfig extends RunOptions {
  readonly checkpointer?: Checkpointer | undefined;
  /** The snapshot to continue from; without one, training starts from the beginning. */
  readonly from?: RunSnapshot | undefined;
}

/** A network, a native session that trains it, and the one call off the event loop that may be under way. */
export class TrainingSession {
  readonly network: Network;
  readonly options: ResolvedTraining;
  readonly hyperparameters: Hyperparameters;
  /** How K was chosen, where it was. */
  choice: Scored | undefined;
  #session: SessionHandle | undefined;
  #run: Run | undefined;
  /**
   * On whose behalf a loss of the caller's is called, where that is not at once: the run or another call. In an object of
   * its own: the native session holds it where no garbage collector sees it, and must not hold this one. A WeakRef would
   * keep this one, and with it all native memory, to the end of a synchronous loop.
   */
  readonly #calling: { caller?: Caller | undefined } = {};

  /** @param hyperparameters those known; the others are found in training and written here */
  constructor(
    network: Network,
    options: ResolvedTraining,
    hyperparameters = initialHyperparameters(options),
  ) {
    if (traitsOf(options.sparsity.penalty).needsSkip && !network.skip) {
      throw invalidArgument('network', 'one with a skip connection for the penalty', 'none');
    }
    this.network = network;
    this.options = options;
    this.hyperparameters = hyperparameters;
    const SessionHandle = native().SessionHandle;
    const calling = this.#calling;
    const callerOf = (): Caller | undefined => calling.caller;
    this.#session = new SessionHandle(Network.handleOf(network), sessionOptions(options, callerOf));
  }

  /** The session, when nothing runs on it. Throws `ERR_DISPOSED`, `ERR_BUSY`. */
  idle(): SessionHandle {
    if (this.#session === undefined) {
      throw new DeepTypeError('ERR_DISPOSED', 'the trainer was disposed');
    }
    if (this.#calling.caller !== undefined)
      throw new DeepTypeError('ERR_BUSY', 'the trainer is training');
    return this.#session;
  }

  /** Runs `body`, some of the phases, on the table x (N x D). */
  async train<T>(
    tables: Tables,
    { checkpointer, from, ...how }: RunConfig,
    body: (context: TrainingContext) => Promise<T>,
  ): Promise<{ run: EndedRun; value: T }> {
    const session = this.idle();
    const { x, targets, heldOut } = tables;
    checkRows(this.options.clusters, x.rows);
    const run = new Run(session, how);
    const context = this.#context(session, tables, run, checkpointer, from);
    this.#run = run;
    this.#calling.caller = run;
    try {
      run.check();
      session.clearStop();
      session.load(x, targets);
      if (heldOut !== undefined) session.holdOut(heldOut.x, heldOut.targets);
      if (from !== undefined) await resumeRun(context, from);
      const value = await body(context);
      this.choice = context.choice;
      return { run: { state: context.state, stopped: run.stopped }, value };
    } finally {
      this.#run = undefined;
      this.#calling.caller = undefined;
      run.end();
      disposeContext(context);
    }
  }

  #context(
    session: SessionHandle,
    { x, heldOut }: Tables,
    run: Run,
    checkpointer: Checkpointer | undefined,
    from: RunSnapshot | undefined,
  ): TrainingContext {
    const { network, options, hyperparameters } = this;
    return {
      session,
      options,
      hyperparameters,
      run,
      checkpointer,
      rows: x.rows,
      width: network.hidden.at(-1)!,
      isValidated: heldOut !== undefined,
      largestInput: () => largestMagnitude(x.data),
      checkNetwork: () => void Network.handleOf(network),
      state: from?.state ?? initialState(),
      choice: from === undefined ? this.choice : from.choice,
      search: from?.search,
      best: from?.best,
      saved: undefined,
    };
  }

  stop(): void {
    this.#run?.stop();
  }

  /** Centroids (K x R) and the cluster of every training row, once there are any. */
  trainedClusters(): Clusters | undefined {
    const { centroids, labels } = this.idle().clusters();
    if (labels.length === 0) return undefined;
    const width = this.network.hidden.at(-1)!;
    const rows = centroids.length / width;
    return {
      centroids: new Matrix(ofThisRealm(centroids), rows, width),
      labels: ofThisRealm(labels),
    };
  }

  /** How K was chosen, as `FitResult` reports it. */
  clusterChoice(): { clusterChoice?: ClusterChoice } {
    const { clusters } = this.options;
    if (this.choice === undefined || typeof clusters === 'number') return {};
    const { scores, candidates } = this.choice;
    return { clusterChoice: { criterion: clusters.criterion, scores, candidates } };
  }

  /** Largest KKT residual of the first layer on the table of the last run. */
  async kktResidual(): Promise<number> {
    const session = this.idle();
    const { alpha = 0, beta = 0 } = this.hyperparameters;
    const isClustered = this.trainedClusters() !== undefined;
    const failures: unknown[] = [];
    session.clearStop();
    const fail = (error: unknown) => failures.push(error);
    this.#calling.caller = { context: new AsyncResource('deeptype'), fail };
    try {
      const residual = await session.kktResidual(isClustered, alpha, beta);
      if (failures.length > 0) throw failures[0];
      return residual;
    } finally {
      this.#calling.caller = undefined;
      if (this.#session === undefined) session.dispose();
    }
  }

  /**
   * Frees the session; idempotent. A run that is under way rejects with `ERR_ABORTED`, another call comes to
   * its end before.
   */
  dispose(): void {
    this.#run?.fail(aborted());
    if (this.#calling.caller === this.#run) this.#session?.dispose();
    this.#session = undefined;
  }
}

function aborted(): DeepTypeError {
  return new DeepTypeError('ERR_ABORTED', 'the trainer was disposed');
}
