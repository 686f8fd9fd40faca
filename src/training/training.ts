import type { Scored } from '../clustering/choice.js';
import { invalidArgument } from '../common/errors.js';
import type { ResolvedTraining } from '../options/options.js';
import type { ResolvedJoint, ResolvedPretrain, ResolvedSettle } from '../options/schedules.js';
import { SCHEDULE } from '../options/schedules.js';
import { ClusterSearch } from './cluster-search.js';
import type { HistoryEntry, Run } from './progress.js';
import type { Checkpointer, Known, Weights } from './run-snapshot.js';
import { RELABELLINGS, Steps, type Subject } from './steps.js';
import { isPast, type SettleStep, type TrainingState } from './training-state.js';

/** Epochs of sparse pretraining between looks at the inputs that are left out. */
const CHECK_EVERY = 5;

/**
 * The phases of DeepType on one loaded table, in long calls of the native core. What they know is in
 * `state`: with one from a checkpoint they go on from there.
 */
export class Training {
  readonly state: TrainingState;
  readonly #subject: Subject;
  readonly #options: ResolvedTraining;
  readonly #weights: Weights;
  readonly #run: Run;
  readonly #steps: Steps;
  readonly #search: ClusterSearch;

  /** @param known where it goes on, which it takes over */
  constructor(
    subject: Subject,
    options: ResolvedTraining,
    weights: Weights,
    run: Run,
    known: Partial<Known>,
    checkpointer: Checkpointer | undefined,
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#weights = weights;
    this.#run = run;
    this.#steps = new Steps(subject, options, weights, run, known, checkpointer);
    this.#search = new ClusterSearch(subject, options, weights, run, this.#steps);
    this.state = this.#steps.state;
  }

  /** How K was chosen. */
  get choice(): Scored | undefined {
    return this.#steps.choice;
  }

  /** Frees what the run kept on its way. */
  dispose(): void {
    this.#steps.dispose();
  }

  /** Phase 1: the primary loss alone, then with the penalty at `sparsityScale` of its weight. */
  async pretrain(options: ResolvedPretrain): Promise<void> {
    const { epochs, learningRate, sparsityScale, warmupSteps: alphaWarmup } = options;
    const { finished } = this.state;
    if (this.#steps.search !== undefined) return; // its candidates are past it
    const dense = Math.round(epochs * options.denseFraction);
    const sparse = epochs - dense;
    const train = (stage: 'dense' | 'sparse', before: number, count: number, alpha: number) => {
      const isLast = stage === 'sparse' || sparse === 0;
      const plan = (k: number) => {
        const checkInputs = (before + k) % CHECK_EVERY === 0 || (isLast && k === count);
        return { ...this.#steps.plan(), learningRate, alpha, alphaWarmup, checkInputs };
      };
      const phase = { phase: 'pretrain', of: epochs, before, learningRate } as const;
      return this.#steps.stage({ ...phase, stage, epochs: count, alpha, isLast, plan });
    };
    await train('dense', 0, dense, 0);
    if (this.#steps.goesOn) await this.#steps.resolveAlpha();
    if (!this.#steps.goesOn) return;
    await train('sparse', finished.dense, sparse, this.#weights.alpha! * sparsityScale);
  }

  /** Phases 2 to 5 for the K that was given, or for each of the best K of a range. */
  async cluster(
    joint: ResolvedJoint,
    pretrain: ResolvedPretrain,
    settle: ResolvedSettle,
  ): Promise<void> {
    const { clusters: range } = this.#options;
    const isChosen = this.#weights.clusters !== undefined && this.#steps.search === undefined;
    const train = async () => {
      await this.joint(joint, pretrain);
      await this.settle(settle, joint.hold);
    };
    if (typeof range === 'number' || isChosen || !this.#steps.goesOn) return train();
    await this.#search.run(range, joint.restart === 'isometric', train);
  }

  /** Phases 2 to 4: K-means, then the total loss with centroids that K-means moves now and then. */
  async joint(options: ResolvedJoint, pretrain: ResolvedPretrain): Promise<void> {
    const { state } = this;
    const { epochs, tolerance } = options;
    if (isPast(state, 'joint')) return;
    if (this.#steps.goesOn) await this.#steps.resolveAlpha();
    if (!this.#steps.goesOn) return;
    if (options.reclusterEvery !== 'epoch' && this.#options.clusterer !== undefined) {
      const expected = `'epoch' where a clusterer is given`;
      throw invalidArgument('joint.reclusterEvery', expected, options.reclusterEvery);
    }
    const inBatches = options.reclusterEvery === 'batch';
    if (this.#steps.begin('joint')) {
      if (options.restart === 'isometric') {
        await this.#steps.call((session) => session.restart(SCHEDULE.restartScale));
      } else this.#subject.session.resetOptimizer();
      if (!inBatches) await this.#steps.cluster(false, 0);
      if (!this.#steps.goesOn) return;
      await this.#steps.resolveBeta();
    }
    const common = {
      ...this.#steps.plan(),
      joint: true,
      alphaWarmup: pretrain.warmupSteps,
      beta: this.#weights.beta!,
      stepsPerBatch: options.stepsPerBatch,
      clusterEveryBatch: inBatches,
      clusterEverySteps: options.reclusterSteps,
      checkInputs: true,
    };
    const alpha = this.#weights.alpha!;
    const { sparsityScale } = pretrain;
    const scale = (epoch: number) => sparsityScale + (1 - sparsityScale) * (epoch / epochs);
    const plan = (epoch: number) => {
      const done = (epoch - 1) / epochs;
      const decay = options.decay === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1;
      const learningRate = options.learningRate * decay;
      return { ...common, learningRate, alpha: alpha * scale(epoch) };
    };
    const recluster = async (entry: HistoryEntry): Promise<boolean> => {
      entry.changedAssignments = await this.#steps.cluster(true, options.hold);
      state.history.amend(entry);
      const isStill =
        entry.changedAssignments < tolerance * this.#subject.rows &&
        Math.abs(entry.total - state.lastTotal) < tolerance * Math.abs(entry.total);
      state.lastTotal = entry.total;
      state.converged = isStill && scale(entry.epoch) === 1;
      return state.converged;
    };
    const { learningRate } = options;
    await this.#steps.stage(
      {
        ...{ stage: 'joint', phase: 'joint', epochs, of: epochs, before: 0, isLast: true },
        ...{ alpha, plan, learningRate },
      },
      options.reclusterEvery === 'epoch' ? recluster : undefined,
    );
  }

  /** Phase 5: accelerated proximal gradient on the whole table, and the last clusters. */
  async settle(options: ResolvedSettle, hold: number): Promise<void> {
    const { state } = this;
    const isSparse = this.#options.sparsity.proximal && this.#weights.alpha! > 0;
    if (isPast(state, 'settle') || !isSparse || options.iterations === 0) return;
    if (this.#steps.begin('settle') && state.isFirstLayerOnly) state.settleStep = 'first';
    while (state.settleStep !== 'none' && this.#steps.goesOn) {
      state.settleStep = await this.#settleStep(state.settleStep, options, hold);
      const last = state.history.at(-1);
      if (this.#steps.goesOn && last?.phase === 'settle') {
        await this.#steps.validate(last, state.isClustered, this.#weights.alpha!);
      }
      await this.#steps.checkpoint();
    }
    const rounds = state.finished.settle;
    this.#steps.report({ phase: 'settle', epoch: rounds, epochs: rounds }, 1, true);
    this.#run.check();
  }

  /** One round of settling; returns what comes next. */
  async #settleStep(
    step: Exclude<SettleStep, 'none'>,
    { iterations, tolerance }: ResolvedSettle,
    hold: number,
  ): Promise<SettleStep> {
    const { state } = this;
    const share = (part: number) => Math.ceil(iterations * part);
    switch (step) {
      case 'follow':
        await this.#steps.settleRound(share(1 / 12), 0, false);
        if (this.#steps.goesOn) await this.#steps.cluster(true, hold);
        return state.finished.settle < 2 ? 'follow' : 'all';
      case 'all':
        state.converged = await this.#steps.settleRound(share(1 / 2), tolerance, false);
        return state.converged ? this.#relabelled() : 'first';
      case 'first':
        state.converged = await this.#steps.settleRound(share(1 / 3), tolerance, true);
        return state.converged ? this.#relabelled() : 'none';
    }
  }

  /**
   * Settling goes on as long as a sample is nearest to another centroid than it was drawn to, so that the
   * certificate holds at the final labels.
   */
  async #relabelled(): Promise<SettleStep> {
    const { state } = this;
    if (!this.#steps.goesOn || !state.isClustered) return 'none';
    if ((await this.#steps.call((session) => session.relabel())) === 0) return 'none';
    state.converged = false;
    if (++state.relabellings === RELABELLINGS) return 'none';
    return state.isFirstLayerOnly ? 'first' : 'all';
  }

  /**
   * Primary loss + alpha sparsity, without clusters, to the tolerance of its KKT conditions: one point of
   * a path. All layers first, then the first alone. Returns the losses there, weighted in `total`.
   */
  async settleAt(alpha: number, options: ResolvedSettle): Promise<HistoryEntry> {
    const { iterations, tolerance } = options;
    this.#weights.alpha = alpha;
    this.#weights.beta = 0;
    const share = (part: number) => Math.ceil(iterations * part);
    this.state.converged =
      (await this.#steps.settleRound(share(2 / 3), tolerance, false)) ||
      (await this.#steps.settleRound(share(1 / 3), tolerance, true));
    return this.state.history.at(-1)!;
  }

  /**
   * Ends a run: clusters where there are none yet, or every batch had its own; and every row in that of
   * its nearest centroid.
   */
  async finish(): Promise<void> {
    this.#run.beginEnd(); // also a stopped run ends with alpha and clusters
    await this.#steps.resolveAlpha();
    const { clusters: range } = this.#options;
    if (this.#weights.clusters === undefined && typeof range !== 'number') {
      await this.#search.choose(range);
    }
    await this.#steps.label();
  }

  /** After `finish`: the largest KKT residual of the first layer. */
  kktResidual(): Promise<number> {
    const { alpha = 0, beta = 0 } = this.#weights;
    return this.#steps.call((session) => session.kktResidual(this.state.isClustered, alpha, beta));
  }

  /** After `finish`, where there are clusters: that of each row held out. */
  heldOutLabels(): Promise<Int32Array> {
    return this.#steps.call((session) => session.labelHeldOut());
  }

  /** Says that nothing is left to train; the last checkpoint then holds the whole run. */
  async complete(): Promise<void> {
    if (!this.#steps.goesOn || this.state.stage === 'end') return;
    this.state.stage = 'end';
    await this.#steps.checkpoint(true);
  }
}
