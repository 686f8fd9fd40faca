import type { Scored } from './clustering/choice.js';
import { checkClustering } from './clustering/index.js';
import { type Divergence, diverged } from './divergence.js';
import type { DeepTypeError } from './errors.js';
import { Matrix } from './matrix.js';
import {
  type ClusterPlan,
  type EpochPlan,
  type NativeLossParts,
  type NetworkHandle,
  native,
  type SessionHandle,
  type SnapshotHandle,
} from './native.js';
import type { ResolvedTraining } from './options.js';
import type { HistoryEntry, Phase, ProgressEvent, Run } from './progress.js';
import {
  type Checkpointer,
  disposeSearch,
  type Known,
  type Search,
  type Weights,
} from './reached.js';
import { initialState, isPast, type Stage, type TrainingState } from './training-state.js';

/** How often settling may start again at the nearest centroids, and the rounds that makes. */
export const RELABELLINGS = 4;
const MAX_ROUNDS = 2 + 2 * RELABELLINGS;

/** What a run trains: the shapes, and the two native objects. */
export interface Subject {
  readonly session: SessionHandle;
  readonly network: NetworkHandle;
  readonly rows: number;
  /** Whether rows are held out, for validation. */
  readonly isValidated: boolean;
  readonly inputs: number;
  /** Width of the representation R. */
  readonly width: number;
  /** Of the training table, as the network sees it. */
  largestInput(): number;
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
  /** Epochs of the phase that the stage is part of. */
  readonly of: number;
  /** In force at the end of the stage: every epoch of it is judged by the total at this weight. */
  readonly alpha: number;
  /** Whether the phase ends with this stage. */
  readonly isLast: boolean;
}

/**
 * The steps that phases are made of, each one native call on the loaded table, with what is counted,
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
   * Runs the epochs of a stage that are still to come, until they are done, the run is stopped, `train`
   * says that it is over, or the rows held out say so. With `restoreBest` it ends at the best of them.
   */
  async stage(
    { stage, epochs, of, alpha, isLast }: StagePlan,
    train: (epoch: number) => Promise<{ entry: HistoryEntry; isOver?: boolean }>,
  ): Promise<void> {
    const { state } = this;
    if (isPast(state, stage)) return;
    this.begin(stage);
    const { patience = Number.POSITIVE_INFINITY, restoreBest = false } =
      this.#options.validation ?? {};
    for (let isOver = false; !isOver && state.finished[stage] < epochs && this.goesOn; ) {
      const epoch = state.finished[stage] + 1;
      const { entry, isOver: isDone = false } = await train(epoch);
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

  /** One long native call; an abort before, during or after it throws. */
  async call<T>(body: (session: SessionHandle) => Promise<T>): Promise<T> {
    this.#run.check();
    const result = await body(this.#subject.session);
    this.#run.check();
    return result;
  }

  async resolveAlpha(): Promise<void> {
    const { sparsity } = this.#options;
    if (this.#weights.alpha !== undefined && this.#weights.alphaMax !== undefined) return;
    const alphaMax = await this.call((session) => session.emptyingWeight());
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

  #clusterPlan(warm: boolean, hold: number): ClusterPlan {
    const { clusters = 1 } = this.#weights; // no plan is carried out before it is known
    return { clusters, warm, restarts: warm ? 1 : 10, maxIterations: 300, tolerance: 1e-4, hold };
  }

  plan(): EpochPlan {
    const { batchSize, shuffle } = this.#options;
    return {
      joint: false,
      learningRate: 0,
      alpha: 0,
      beta: 0,
      alphaWarmup: 0,
      batchSize,
      shuffle,
      stepsPerBatch: 1,
      clusterEveryBatch: false,
      clusterEverySteps: 0,
      checkInputs: false,
      cluster: { ...this.#clusterPlan(false, 0), restarts: 1 },
    };
  }

  async epoch(
    count: Count,
    plan: EpochPlan,
    chosenRate = plan.learningRate,
  ): Promise<HistoryEntry> {
    const { state } = this;
    const { phase, epoch, epochs } = count;
    const progress = (done: number, of: number): void =>
      this.report(count, (epoch - 1 + done / of) / epochs);
    const outcome = await this.call((session) => session.epoch(plan, progress));
    state.steps += outcome.steps;
    state.clusterings += outcome.clusterings;
    if (outcome.diverged !== null) {
      const learningRate = { name: `${phase}.learningRate`, value: chosenRate };
      throw this.#diverged(
        outcome.diverged,
        { phase, epoch, step: outcome.steps + 1 },
        learningRate,
      );
    }
    const entry = this.#entry(phase, epoch, outcome.parts, outcome.alpha, plan.beta);
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
    const progress = (done: number, of: number): void =>
      this.report(
        { phase: 'settle', epoch: round, epochs: MAX_ROUNDS },
        (round - 1 + done / of) / MAX_ROUNDS,
      );
    const outcome = await this.call((session) => session.settle(plan, progress));
    state.steps += outcome.iterations;
    const entry = this.#entry('settle', round, outcome.parts, plan.alpha, plan.beta);
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

  #entry(
    phase: Phase,
    epoch: number,
    parts: NativeLossParts,
    alpha: number,
    beta: number,
  ): HistoryEntry {
    const norms = new Float32Array(this.#subject.inputs);
    this.#subject.network.inputNorms(norms);
    const total = parts.primary + alpha * parts.sparsity + beta * parts.distance;
    const selectedFeatures = norms.reduce((count, norm) => count + (norm > 0 ? 1 : 0), 0);
    return { phase, epoch, ...parts, total, selectedFeatures };
  }

  report(count: Count, fraction: number, always = false): void {
    const last = this.state.history.at(-1);
    const { search } = this;
    const [at, of] =
      search === undefined ? [0, 1] : [this.choice!.candidates.length, search.candidates.length];
    const event: ProgressEvent = { ...count, fraction: (at + fraction) / of };
    if (search !== undefined) event.clusters = this.#weights.clusters!;
    if (last !== undefined) event.last = { ...last };
    this.#run.report(event, always && at + 1 === of);
  }

  /** K-means on the whole representation; returns how many rows changed cluster. */
  async cluster(warm: boolean, hold: number): Promise<number> {
    this.state.clusterings += 1;
    if (this.#options.clusterer !== undefined) return this.#clusterByCaller(warm, hold);
    const outcome = await this.call((s) => s.cluster(this.#clusterPlan(warm, hold)));
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

/** beta of `distance.weight: 'auto'` for clusters of the given ratio B/W. */
export function automaticBeta(separation: number): number {
  const power = separation ** 4;
  return power === Number.POSITIVE_INFINITY ? 1 : power / (power + 3 ** 4);
}
