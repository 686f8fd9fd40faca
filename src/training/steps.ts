import type { Scored } from '../clustering/choice.js';
import { checkClustering } from '../clustering/index.js';
import type { DeepTypeError } from '../common/errors.js';
import { Matrix } from '../data/matrix.js';
import { native } from '../native/addon.js';
import type {
  EpochOutcome,
  EpochPlan,
  NativeLossParts,
  SessionHandle,
  SnapshotHandle,
} from '../native/session.js';
import type { ResolvedTraining } from '../options/options.js';
import { type Divergence, diverged } from './divergence.js';
import { automaticBeta, clusterPlan, epochPlan } from './plans.js';
import type { HistoryEntry, Phase, ProgressEvent, Run } from './progress.js';
import {
  type Checkpointer,
  disposeSearch,
  type Known,
  type Search,
  type Weights,
} from './run-snapshot.js';
import { initialState, isPast, type Stage, type TrainingState } from './training-state.js';

/** How often settling may start again at the nearest centroids, and the rounds that makes. */
export const RELABELLINGS = 4;
const MAX_ROUNDS = 2 + 2 * RELABELLINGS;
/** Epochs that a native call is asked for, where nothing has to happen between them. */
const EPOCHS_A_CALL = 16;

/** What a run trains: the shapes, and the native object. */
export interface Subject {
  readonly session: SessionHandle;
  readonly rows: number;
  /** Whether rows are held out, for validation. */
  readonly isValidated: boolean;
  /** Width of the representation R. */
  readonly width: number;
  /** Of the training table, as the network sees it. */
  largestInput(): number;
  /** Throws `ERR_DISPOSED` where the network was. */
  checkNetwork(): void;
}

/** An epoch of a phase, or a round, and how many there will be. */
interface Count {
  readonly phase: Phase;
  readonly epoch: number;
  readonly epochs: number;
}

interface StagePlan {
  readonly stage: Exclude<Stage, 'settle'>;
  readonly epochs: number;
  /** The phase that the stage is part of, its epochs, and those of them before the stage. */
  readonly phase: 'pretrain' | 'joint';
  readonly of: number;
  readonly before: number;
  /** Of an epoch of the stage, from 1. */
  readonly plan: (epoch: number) => EpochPlan;
  /** The one that was asked for. */
  readonly learningRate: number;
  /** In force at the end of the stage: every epoch of it is judged by the total at this weight. */
  readonly alpha: number;
  /** Whether the phase ends with this stage. */
  readonly isLast: boolean;
}

/**
 * The steps that phases are made of, native calls on the loaded table, with what is counted,
 * recorded, reported and saved of it.
 */
export class Steps {
  readonly #subject: Subject;
  readonly #options: ResolvedTraining;
  readonly #weights: Weights;
  readonly #run: Run;
  readonly #checkpointer: Checkpointer | undefined;
  /** What the run knows; shared with the phases. */
  readonly state: TrainingState;
  choice: Scored | undefined;
  search: Search | undefined;
  #best: SnapshotHandle | undefined;
  /** Of the last checkpoint; its memory is used for the next. */
  #saved: SnapshotHandle | undefined;

  constructor(
    subject: Subject,
    options: ResolvedTraining,
    weights: Weights,
    run: Run,
    { state = initialState(), choice, search, best }: Partial<Known>,
    checkpointer: Checkpointer | undefined,
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#weights = weights;
    this.#run = run;
    this.state = state;
    this.choice = choice;
    this.search = search;
    this.#best = best;
    this.#checkpointer = checkpointer;
  }

  /** Frees the snapshots. */
  dispose(): void {
    this.#best?.dispose();
    this.#saved?.dispose();
    if (this.search !== undefined) disposeSearch(this.search);
  }

  get goesOn(): boolean {
    return !this.#run.stopped;
  }

  /**
   * Runs the epochs of a stage that are still to come, until they are done, the run is stopped, `isStageOver`
   * (asked after each) says so, or the rows held out do. With `restoreBest` it ends at the best of them.
   */
  async stage(
    plan: StagePlan,
    isStageOver?: (entry: HistoryEntry) => Promise<boolean>,
  ): Promise<void> {
    const { stage, epochs, of, before, alpha, isLast } = plan;
    const { state } = this;
    if (isPast(state, stage)) return;
    this.begin(stage);
    const { patience = Number.POSITIVE_INFINITY, restoreBest = false } =
      this.#options.validation ?? {};
    const isWatched =
      isStageOver !== undefined || this.#subject.isValidated || this.#checkpointer !== undefined;
    for (let isOver = false; !isOver && state.finished[stage] < epochs && this.goesOn; ) {
      const from = state.finished[stage] + 1;
      const entry = await this.#epochs(plan, from, isWatched ? from : epochs);
      const epoch = entry.epoch - before;
      state.finished[stage] = epoch - 1;
      const isDone = this.goesOn && ((await isStageOver?.(entry)) ?? false);
      if (this.goesOn) await this.#judge(entry, stage === 'joint', alpha, restoreBest);
      if (!this.goesOn) return;
      state.finished[stage] = epoch;
      const isEarly = state.sinceBest >= patience && !isDone && epoch < epochs;
      if (isEarly) {
        state.earlyStopped = true;
        state.isFirstLayerOnly = stage === 'joint';
      }
      isOver = isDone || isEarly;
      const isEnd = isLast && (isOver || epoch === epochs);
      const share = isEnd ? 1 : entry.epoch / of;
      this.report({ phase: entry.phase, epoch: entry.epoch, epochs: of }, share, isEnd);
      this.#run.check();
      if (!isOver) await this.checkpoint();
    }
    if (!this.goesOn || !restoreBest || state.sinceBest === 0) return;
    await this.call((session) => session.restore(this.#best!));
    state.sinceBest = 0;
    state.converged = false;
  }

  /** Goes over to a stage; false where a run that is continued is in the midst of it. */
  begin(stage: Stage): boolean {
    if (this.state.stage === stage) return false;
    Object.assign(this.state, { stage, best: Number.POSITIVE_INFINITY, sinceBest: 0 });
    return true;
  }

  /** Whether the total on the rows held out has fallen; where it has, the state is kept. */
  async #judge(
    entry: HistoryEntry,
    isJoint: boolean,
    alpha: number,
    restoreBest: boolean,
  ): Promise<void> {
    const { state } = this;
    const total = await this.validate(entry, isJoint, alpha);
    if (total === undefined) return;
    if (!(total < state.best)) {
      state.sinceBest += 1;
      return;
    }
    if (restoreBest) this.#best = await this.capture(this.#best);
    state.best = total;
    state.sinceBest = 0;
  }

  /** Writes the losses of the rows held out to `entry`; returns their total, undefined where none are. */
  async validate(
    entry: HistoryEntry,
    isJoint: boolean,
    alpha: number,
  ): Promise<number | undefined> {
    if (!this.#subject.isValidated) return undefined;
    const parts = await this.call((session) => session.validate(isJoint));
    if (this.#run.isCut) return undefined;
    const { primary, sparsity, distance } = parts;
    const total = primary + alpha * sparsity + (isJoint ? this.#weights.beta! * distance : 0);
    entry.validation = { primary, distance, total };
    this.state.history.amend(entry);
    return total;
  }

  /** Hands over what the run has reached, where that is due. */
  async checkpoint(isDue = this.#checkpointer?.isDue): Promise<void> {
    const checkpointer = this.#checkpointer;
    if (checkpointer === undefined || !isDue || !this.goesOn) return;
    const { state } = this;
    const isKept = this.#options.validation?.restoreBest && state.best < Number.POSITIVE_INFINITY;
    const best = isKept ? this.#best : undefined;
    this.#saved = await this.capture(this.#saved);
    const { choice, search } = this;
    checkpointer.save({
      state,
      choice,
      search,
      best,
      weights: this.#weights,
      session: this.#saved,
    });
  }

  /** The session as it is. */
  async capture(into = new (native().SnapshotHandle)()): Promise<SnapshotHandle> {
    await this.call((session) => session.capture(into));
    return into;
  }

  /** One long native call; an abort before, during or after it throws, as does the network's disposal. */
  async call<T>(body: (session: SessionHandle) => Promise<T>): Promise<T> {
    this.#run.check();
    const result = await body(this.#subject.session);
    this.#run.check();
    this.#subject.checkNetwork();
    return result;
  }

  async resolveAlpha(): Promise<void> {
    const { sparsity } = this.#options;
    if (this.#weights.alpha !== undefined && this.#weights.alphaMax !== undefined) return;
    const alphaMax = await this.call((session) => session.alphaMax());
    if (this.#run.isCut) return; // once stopped, a caller's loss is not waited for
    if (!Number.isFinite(alphaMax)) {
      const epoch = this.state.finished.dense + 1;
      throw this.#diverged('gradient', { phase: 'pretrain', epoch, step: 1 });
    }
    this.#weights.alphaMax = alphaMax;
    this.#weights.alpha = sparsity.weight ?? sparsity.relativeWeight * alphaMax;
  }

  async resolveBeta(): Promise<void> {
    const { weight } = this.#options.distance;
    if (this.#weights.beta !== undefined) return;
    if (weight !== 'auto') this.#weights.beta = weight;
    else if (this.state.isClustered) {
      const separation = await this.call((session) => session.separation());
      if (!this.#run.isCut) this.#weights.beta = automaticBeta(separation);
    } else this.#weights.beta = 1;
  }

  /** The clusters are 1 until K is known; no plan is carried out before. */
  plan(): EpochPlan {
    return epochPlan(this.#options, this.#weights.clusters ?? 1);
  }

  /** The epochs of a stage from `from` up to `to`, or as many of them as a native call takes; the last entry. */
  async #epochs(stage: StagePlan, from: number, to: number): Promise<HistoryEntry> {
    const { phase, of: epochs, before } = stage;
    const count = Math.min(to - from + 1, EPOCHS_A_CALL);
    const plans = Array.from({ length: count }, (_, i) => stage.plan(from + i));
    const at = (i: number): Count => ({ phase, epoch: before + from + i, epochs });
    const progress = (done: number, of: number): void => {
      const i = Math.max(0, Math.ceil(done / of) - 1);
      this.report(at(i), (before + from - 1 + done / of) / epochs);
    };
    const outcomes = await this.call((session) => session.epochs(plans, progress));
    const entries = outcomes.map((outcome, i) =>
      this.#record(at(i), outcome, plans[i]!.beta, stage.learningRate),
    );
    return entries.at(-1)!;
  }

  #record(at: Count, outcome: EpochOutcome, beta: number, learningRate: number): HistoryEntry {
    const { state } = this;
    const { phase, epoch } = at;
    state.steps += outcome.steps;
    state.clusterings += outcome.clusterings;
    if (outcome.diverged !== null) {
      const name = `${phase}.learningRate`;
      const step = outcome.steps + 1;
      throw this.#diverged(outcome.diverged, { phase, epoch, step }, { name, value: learningRate });
    }
    const entry = entryOf(at, outcome, outcome.alpha, beta);
    if (outcome.steps > 0) state.history.push(entry); // none where the run was stopped first
    return entry;
  }

  /** Returns whether the KKT residual met the tolerance. */
  async settleRound(
    iterations: number,
    tolerance: number,
    firstLayerOnly: boolean,
  ): Promise<boolean> {
    const { state } = this;
    if (!this.goesOn) return false;
    const round = ++state.finished.settle;
    const { alpha, beta } = this.#weights;
    const joint = state.isClustered;
    const plan = { joint, firstLayerOnly, alpha: alpha!, beta: beta!, iterations, tolerance };
    const count = { phase: 'settle', epoch: round, epochs: MAX_ROUNDS } as const;
    const progress = (done: number, of: number): void =>
      this.report(count, (round - 1 + done / of) / MAX_ROUNDS);
    const outcome = await this.call((session) => session.settle(plan, progress));
    state.steps += outcome.iterations;
    const entry = entryOf(count, outcome, plan.alpha, plan.beta);
    const isSound = Number.isFinite(entry.total);
    if (outcome.diverged !== null || !(isSound || this.#run.stopped)) {
      const at = { phase: 'settle', epoch: round, step: outcome.iterations + 1 } as const;
      throw this.#diverged(outcome.diverged ?? 'loss', at);
    }
    if (isSound && (outcome.iterations > 0 || !outcome.stopped)) {
      state.history.push(entry);
    }
    this.#run.check();
    return outcome.converged;
  }

  #diverged(
    what: Divergence['what'],
    at: Divergence['at'],
    learningRate?: Divergence['learningRate'],
  ): DeepTypeError {
    return diverged({
      what,
      at,
      learningRate,
      isClipped: Number.isFinite(this.#options.optimizer.maxGradientNorm),
      isFirst: this.state.steps === 0,
      largestInput: this.#subject.largestInput(),
    });
  }

  report(count: Count, fraction: number, always = false): void {
    const last = this.state.history.at(-1);
    const { search } = this;
    const [at, of] =
      search === undefined ? [0, 1] : [this.choice!.candidates.length, search.candidates.length];
    const event: ProgressEvent = { ...count, fraction: (at + fraction) / of };
    if (search !== undefined) event.clusters = this.#weights.clusters!;
    if (last !== undefined) event.last = last;
    this.#run.report(event, always && at + 1 === of);
  }

  /** K-means on the whole representation; returns how many rows changed cluster. */
  async cluster(warm: boolean, hold: number): Promise<number> {
    this.state.clusterings += 1;
    if (this.#options.clusterer !== undefined) return this.#clusterByCaller(warm, hold);
    const plan = clusterPlan(this.#weights.clusters!, warm, hold);
    const outcome = await this.call((session) => session.cluster(plan));
    if (!outcome.stopped) this.state.isClustered = true;
    return outcome.changed;
  }

  /** Every row in the cluster of its nearest centroid, after K-means where there are none yet. */
  async label(): Promise<void> {
    if (!this.state.isClustered) {
      await this.cluster(false, 0);
      this.state.clusterings -= 1; // it labels the rows; no step was taken on it
    }
    await this.call((session) => session.relabel());
  }

  async #clusterByCaller(warm: boolean, hold: number): Promise<number> {
    const { session, rows, width } = this.#subject;
    const { clusterer } = this.#options;
    const clusters = this.#weights.clusters!;
    const representation = new Matrix(await this.call((s) => s.represent()), rows, width);
    if (this.#run.isCut) return 0;
    const before = session.clusters();
    const isWarm = warm && before.labels.length === rows;
    const init = isWarm ? new Matrix(before.centroids, clusters, width) : undefined;
    const result = clusterer!(representation, clusters, init);
    this.#run.check(); // it may have aborted the fit or disposed of the model
    const { labels, centroids } = checkClustering(result, rows, clusters, width);
    const changed = isWarm
      ? labels.reduce((count, label, i) => count + (label === before.labels[i] ? 0 : 1), 0)
      : rows;
    if (!isWarm || hold === 0 || changed > hold * rows) session.setClusters(centroids, labels);
    this.state.isClustered = true;
    return changed;
  }
}

function entryOf(
  { phase, epoch }: Count,
  { parts, selected }: { parts: NativeLossParts; selected: number },
  alpha: number,
  beta: number,
): HistoryEntry {
  const total = parts.primary + alpha * parts.sparsity + beta * parts.distance;
  return { phase, epoch, ...parts, total, selectedFeatures: selected };
}
