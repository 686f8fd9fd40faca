import { AsyncResource } from 'node:async_hooks';
import type { ClusterChoice, Scored } from '../clustering/choice.js';
import { corruptFile, DeepTypeError, invalidArgument } from '../common/errors.js';
import { ofThisRealm } from '../common/realm.js';
import { Matrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import type { NativeSessionOptions, SessionHandle } from '../native/session.js';
import { Network } from '../network/network.js';
import { checkRows } from '../options/cluster-range.js';
import type { ResolvedLoss } from '../options/losses.js';
import type { ResolvedTraining } from '../options/options.js';
import { largestMagnitude } from './divergence.js';
import { type Caller, nativeLoss } from './primary-loss.js';
import { Run, type RunOptions } from './progress.js';
import { type Checkpointer, initialWeights, type Reached, type Weights } from './run-snapshot.js';
import { Training } from './training.js';
import type { TrainingState } from './training-state.js';
import type { Table } from './validation.js';

/** The rows that are trained on, and those held out. */
export interface Tables extends Table {
  readonly heldOut?: Table | undefined;
}

/** A run that has ended. */
export interface EndedRun {
  readonly state: TrainingState;
  /** By `stop`. */
  readonly stopped: boolean;
}

/** How a run begins and what is kept of it on the way. */
export interface Course extends RunOptions {
  readonly checkpointer?: Checkpointer | undefined;
  /** Where to go on; a fresh start where there is none. */
  readonly from?: Reached | undefined;
}

/** What a fit ended with; the clusters of the rows held out, where there are any. */
export interface EndedFit {
  readonly run: EndedRun;
  readonly kktResidual: number;
  readonly heldOutLabels: Int32Array | undefined;
}

/** A network, a native session that trains it, and the one call off the event loop that may be under way. */
export class Engine {
  readonly network: Network;
  readonly options: ResolvedTraining;
  readonly weights: Weights;
  /** How K was chosen, where it was. */
  choice: Scored | undefined;
  #session: SessionHandle | undefined;
  #run: Run | undefined;
  /**
   * On whose behalf a loss of the caller's is called, where that is not at once: the run or another call. In an object of
   * its own: the session holds it where no garbage collector sees it, and must not hold the engine. A WeakRef would keep
   * the engine, and with it all native memory, to the end of a synchronous loop.
   */
  readonly #calling: { caller?: Caller | undefined } = {};

  /** @param weights of the objective, which it goes on to find and writes here */
  constructor(network: Network, options: ResolvedTraining, weights = initialWeights(options)) {
    if (options.sparsity.penalty === 'hierarchical' && !network.skip) {
      throw invalidArgument('network', 'one with a skip connection for the penalty', 'none');
    }
    this.network = network;
    this.options = options;
    this.weights = weights;
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
  async train(
    { x, targets, heldOut }: Tables,
    { checkpointer, from, ...how }: Course,
    body: (training: Training) => Promise<void>,
  ): Promise<EndedRun> {
    const session = this.idle();
    const { network } = this;
    checkRows(this.options.clusters, x.rows);
    const run = new Run(session, how);
    const subject = {
      session,
      rows: x.rows,
      isValidated: heldOut !== undefined,
      width: network.hidden.at(-1)!,
      largestInput: () => largestMagnitude(x.data),
      checkNetwork: () => void Network.handleOf(network),
    };
    const { options: all, weights } = this;
    const known = from ?? { choice: this.choice };
    const training = new Training(subject, all, weights, run, known, checkpointer);
    this.#run = run;
    this.#calling.caller = run;
    try {
      run.check();
      session.rearm();
      session.load(x, targets);
      if (heldOut !== undefined) session.holdOut(heldOut.x, heldOut.targets);
      if (from !== undefined) {
        checkCandidates(from, x.rows);
        Object.assign(weights, from.weights);
        await goOn(session, from, run);
      }
      await body(training);
    } finally {
      this.#run = undefined;
      this.#calling.caller = undefined;
      run.end();
      training.dispose();
    }
    const { state, choice } = training;
    this.choice = choice;
    return { state, stopped: run.stopped };
  }

  /** All phases, in order. */
  async fit(tables: Tables, course: Course): Promise<EndedFit> {
    const { pretrain, joint, settle } = this.options;
    let kktResidual = Number.NaN;
    let heldOutLabels: Int32Array | undefined;
    const run = await this.train(tables, course, async (training) => {
      await training.pretrain(pretrain);
      await training.cluster(joint, pretrain, settle);
      await training.complete();
      await training.finish();
      kktResidual = await training.kktResidual();
      if (tables.heldOut !== undefined && training.state.isClustered) {
        heldOutLabels = await training.heldOutLabels();
      }
    });
    return { run, kktResidual, heldOutLabels };
  }

  stop(): void {
    this.#run?.stop();
  }

  /** Centroids (K x R) and the cluster of every training row, once there are any. */
  trainedClusters(): { centroids: Matrix; labels: Int32Array } | undefined {
    const { centroids, labels } = this.idle().clusters();
    if (labels.length === 0) return undefined;
    const width = this.network.hidden.at(-1)!;
    const rows = centroids.length / width;
    return {
      centroids: new Matrix(ofThisRealm(centroids), rows, width),
      labels: ofThisRealm(labels),
    };
  }

  /** How K was chosen, as a fit tells it. */
  clusterChoice(): { clusterChoice?: ClusterChoice } {
    const { clusters } = this.options;
    if (this.choice === undefined || typeof clusters === 'number') return {};
    const { scores, candidates } = this.choice;
    return { clusterChoice: { criterion: clusters.criterion, scores, candidates } };
  }

  /** Largest KKT residual of the first layer on the table of the last run. */
  async kktResidual(): Promise<number> {
    const session = this.idle();
    const { alpha = 0, beta = 0 } = this.weights;
    const isClustered = this.trainedClusters() !== undefined;
    const failures: unknown[] = [];
    session.rearm();
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

/** Throws `ERR_CORRUPT_FILE` for more clusters than there are rows. */
function checkCandidates({ weights, search }: Reached, rows: number): void {
  const all = [weights.clusters ?? 1, ...(search?.candidates ?? [])];
  if (all.some((clusters) => clusters > rows)) {
    throw corruptFile('checkpoint', 'its clusters do not fit the table');
  }
}

/** Takes over the session that was saved. Rejects with `ERR_CORRUPT_FILE` where a state does not fit. */
async function goOn(session: SessionHandle, { session: last, best, search }: Reached, run: Run) {
  const [pretrained, candidate] = [search?.pretrained.session, search?.best?.trained.session];
  try {
    for (const state of [pretrained, candidate, best, last]) {
      if (state !== undefined) await session.restore(state);
      run.check();
    }
  } catch (error) {
    if ((error as DeepTypeError).code !== 'ERR_INVALID_ARGUMENT') throw error;
    throw corruptFile('checkpoint', 'its state does not fit the network and the table', error);
  }
  last.dispose();
}

/**
 * Why a run ended: 'converged', the KKT residual met its tolerance; 'early-stopped', the rows held out
 * ended pretraining or the joint phase; 'stopped', by `stop()`; 'epochs', it is over.
 */
export type StopReason = 'converged' | 'epochs' | 'early-stopped' | 'stopped';

export function stopReason({ state, stopped }: EndedRun): StopReason {
  if (stopped) return 'stopped';
  if (state.earlyStopped) return 'early-stopped';
  return state.converged ? 'converged' : 'epochs';
}

function sessionOptions(
  o: ResolvedTraining,
  callerOf: () => Caller | undefined,
): NativeSessionOptions {
  const { learningRate: _, name, ...optimizer } = o.optimizer;
  return {
    ...lossOptions(o.loss, callerOf),
    penalty: o.sparsity.penalty,
    l1Ratio: o.sparsity.l1Ratio,
    M: o.sparsity.M,
    constraint: o.sparsity.constraint,
    distance: o.distance.metric,
    optimizer: name,
    ...optimizer,
    proximal: o.sparsity.proximal,
    activeSet: o.activeSet,
    precision: o.precision,
    weightDecay: o.weightDecay,
    seed: o.seed,
    threads: o.threads,
  };
}

function lossOptions(
  loss: ResolvedLoss,
  callerOf: () => Caller | undefined,
): Pick<NativeSessionOptions, 'loss' | 'lossTargets' | 'coupled' | 'pairWeight' | 'evaluate'> {
  const options = {
    loss: loss.name,
    lossTargets: loss.targets === 'classes' ? 'classes' : 'values',
    coupled: loss.custom?.coupled ?? false,
    pairWeight: loss.graph?.weight ?? 0,
  } as const;
  if (loss.custom === undefined) return options;
  return { ...options, evaluate: nativeLoss(loss.custom, callerOf) };
}
