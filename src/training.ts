import { type Scored, scoreClusters, taskCount } from './clustering/choice.js';
import { isProper } from './clustering/criteria/criterion.js';
import { SILHOUETTE_ROWS } from './clustering/criteria/silhouette.js';
import { clusterCounts } from './clustering/range.js';
import { newStudy } from './clustering/study.js';
import { invalidArgument } from './errors.js';
import { Matrix } from './matrix.js';
import { silhouetteScoreAsync } from './metrics/silhouette.js';
import type { ResolvedTraining } from './options.js';
import type { HistoryEntry, Run } from './progress.js';
import type { ResolvedJoint, ResolvedPretrain, ResolvedSettle } from './schedules.js';
import { SCHEDULE } from './schedules.js';
import { type Checkpointer, RELABELLINGS, Steps, type Subject, type Weights } from './steps.js';
import { initialState, isPast, type SettleStep, type TrainingState } from './training-state.js';

/** Epochs of sparse pretraining between looks at the inputs that are left out. */
const CHECK_EVERY = 5;

/** What one K of several was trained to, beside the session. */
interface Trained extends Pick<Weights, 'beta' | 'clusters'> {
  readonly state: TrainingState;
}

/**
 * The phases of DeepType on one loaded table, each an await on the native core once an epoch. What they
 * know is in `state`: with one from a checkpoint they go on from there.
 */
export class Training {
  readonly state: TrainingState;
  /** How K was chosen in this run. */
  choice: Scored | undefined;
  readonly #subject: Subject;
  readonly #options: ResolvedTraining;
  readonly #weights: Weights;
  readonly #run: Run;
  readonly #steps: Steps;

  constructor(
    subject: Subject,
    options: ResolvedTraining,
    weights: Weights,
    run: Run,
    state = initialState(),
    checkpointer?: Checkpointer,
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#weights = weights;
    this.#run = run;
    this.state = state;
    this.#steps = new Steps(subject, options, weights, run, state, checkpointer);
  }

  /** Phase 1: the primary loss alone, then with the penalty at `sparsityScale` of its weight. */
  async pretrain(options: ResolvedPretrain): Promise<void> {
    const { epochs, learningRate, sparsityScale, warmupSteps: alphaWarmup } = options;
    const { finished } = this.state;
    const dense = Math.round(epochs * options.denseFraction);
    const sparse = epochs - dense;
    const train = async (epoch: number, alpha: number, isLast: boolean) => {
      const checkInputs = epoch % CHECK_EVERY === 0 || isLast;
      const plan = { ...this.#steps.plan(), learningRate, alpha, alphaWarmup, checkInputs };
      return { entry: await this.#steps.epoch({ phase: 'pretrain', epoch, epochs }, plan) };
    };
    await this.#steps.stage(
      { stage: 'dense', epochs: dense, of: epochs, alpha: 0, isLast: sparse === 0 },
      (k) => train(k, 0, k === epochs),
    );
    if (this.#steps.goesOn) await this.#steps.resolveAlpha();
    if (!this.#steps.goesOn) return;
    const alpha = this.#weights.alpha! * sparsityScale;
    await this.#steps.stage(
      { stage: 'sparse', epochs: sparse, of: epochs, alpha, isLast: true },
      (k) => train(finished.dense + k, alpha, k === sparse),
    );
  }

  /**
   * Phases 2 to 5 for the K that was given, or for each of the best K of a range. Of these the one is
   * kept whose clusters have the greatest mean silhouette in their own trained representation.
   */
  async cluster(
    joint: ResolvedJoint,
    pretrain: ResolvedPretrain,
    settle: ResolvedSettle,
  ): Promise<void> {
    const { session } = this.#subject;
    const range = this.#options.clusters;
    if (typeof range === 'number' || this.#weights.clusters !== undefined || !this.#steps.goesOn) {
      await this.joint(joint, pretrain);
      return this.settle(settle, joint.hold);
    }
    session.capture('pretrained');
    const pretrained = this.#trained();
    if (joint.restart === 'isometric') {
      await this.#steps.call((s) => s.restart(SCHEDULE.restartScale));
    }
    await this.#chooseClusters();
    // The favourite last: where it wins, which is most often, nothing need be restored.
    const candidates = this.choice?.ranking.slice(0, range.candidates).reverse() ?? [];
    let best: { silhouette: number; trained: Trained } | undefined;
    for (const [at, clusters] of candidates.entries()) {
      if (!this.#steps.goesOn) break;
      session.restore('pretrained');
      this.#goBackTo({ ...pretrained, clusters });
      this.#steps.turn = { at, of: candidates.length };
      await this.joint(joint, pretrain);
      await this.settle(settle, joint.hold);
      if (!this.#steps.goesOn) break; // with what it has, where no other was trained to its end
      const silhouette = await this.#trainedSilhouette();
      this.choice?.candidates.unshift({ clusters, silhouette });
      if (best !== undefined && silhouette < best.silhouette) continue;
      session.capture('best');
      best = { silhouette, trained: this.#trained() };
    }
    this.#steps.turn = undefined;
    if (best !== undefined && best.trained.clusters !== this.#weights.clusters) {
      session.restore('best');
      this.#goBackTo(best.trained);
    }
    session.forget();
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
    const plan = {
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
    const stage = { stage: 'joint', epochs, of: epochs, alpha, isLast: true } as const;
    await this.#steps.stage(stage, async (epoch) => {
      const ramp = epoch / epochs;
      const scale = pretrain.sparsityScale + (1 - pretrain.sparsityScale) * ramp;
      const done = (epoch - 1) / epochs;
      const decay = options.decay === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1;
      const entry = await this.#steps.epoch(
        { phase: 'joint', epoch, epochs },
        { ...plan, learningRate: options.learningRate * decay, alpha: alpha * scale },
        options.learningRate,
      );
      if (!this.#steps.goesOn || options.reclusterEvery !== 'epoch') return { entry };
      entry.changedAssignments = await this.#steps.cluster(true, options.hold);
      const isStill =
        entry.changedAssignments < tolerance * this.#subject.rows &&
        Math.abs(entry.total - state.lastTotal) < tolerance * Math.abs(entry.total);
      state.lastTotal = entry.total;
      state.converged = isStill && scale === 1;
      return { entry, isOver: state.converged };
    });
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
    if (this.#weights.clusters === undefined) await this.#chooseClusters();
    await this.#label();
  }

  async #label(): Promise<void> {
    if (!this.state.isClustered) {
      await this.#steps.cluster(false, 0);
      this.state.clusterings -= 1; // it labels the rows; no step was taken on it
    }
    await this.#steps.call((session) => session.relabel());
  }

  /** Asks the criteria which K suit the representation as it is; the best becomes K for now. */
  async #chooseClusters(): Promise<void> {
    const { clusters: range, clusterer, seed, threads } = this.#options;
    if (typeof range === 'number') return;
    const { rows, width } = this.#subject;
    const table = new Matrix(await this.#steps.call((s) => s.represent()), rows, width);
    if (this.#run.isCut) return; // `finish` does it
    const counts = clusterCounts(range, rows);
    const tasks = taskCount(range.scores, counts.length);
    const study = newStudy({
      seed,
      threads,
      clusterer,
      check: () => this.#run.check(),
      advance: (epoch) =>
        this.#steps.report({ phase: 'choose', epoch, epochs: tasks }, Math.min(1, epoch / tasks)),
    });
    this.choice = await scoreClusters(study, table, counts, range.scores);
    this.#steps.report({ phase: 'choose', epoch: tasks, epochs: tasks }, 1, true);
    this.#weights.clusters = this.choice.ranking[0]!;
  }

  /** Mean silhouette of the clusters in the representation that was trained with them. */
  async #trainedSilhouette(): Promise<number> {
    const { session, rows, width } = this.#subject;
    await this.#label();
    const { labels } = session.clusters();
    if (!isProper(labels)) return -1;
    const table = new Matrix(await this.#steps.call((s) => s.represent()), rows, width);
    const options = { sample: SILHOUETTE_ROWS, seed: this.#options.seed };
    return this.#steps.call(() => silhouetteScoreAsync(table, labels, options));
  }

  #trained(): Trained {
    const { beta, clusters } = this.#weights;
    return { beta, clusters, state: structuredClone(this.state) };
  }

  #goBackTo({ beta, clusters, state }: Trained): void {
    Object.assign(this.#weights, { beta, clusters });
    Object.assign(this.state, structuredClone(state));
  }

  /** After `finish`: the largest KKT residual of the first layer. */
  kktResidual(): Promise<number> {
    const { alpha = 0, beta = 0 } = this.#weights;
    return this.#steps.call((session) => session.kktResidual(this.state.isClustered, alpha, beta));
  }

  /** Says that nothing is left to train; the last checkpoint then holds the whole run. */
  async complete(): Promise<void> {
    if (!this.#steps.goesOn || this.state.stage === 'end') return;
    this.state.stage = 'end';
    await this.#steps.checkpoint(true);
  }
}
