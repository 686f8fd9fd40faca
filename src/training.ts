import { type Scored, scoreClusters, taskCount } from './clustering/choice.js';
import { isProper } from './clustering/criteria/criterion.js';
import { SILHOUETTE_ROWS } from './clustering/criteria/silhouette.js';
import { checkClustering } from './clustering/index.js';
import { clusterCounts } from './clustering/range.js';
import { newStudy } from './clustering/study.js';
import { DeepTypeError, invalidArgument } from './errors.js';
import { Matrix } from './matrix.js';
import { silhouetteScoreAsync } from './metrics/silhouette.js';
import type {
  ClusterPlan,
  EpochPlan,
  NativeLossParts,
  NetworkHandle,
  SessionHandle,
} from './native.js';
import type { ResolvedTraining } from './options.js';
import type { HistoryEntry, Phase, ProgressEvent, Run } from './progress.js';
import type { ResolvedJoint, ResolvedPretrain, ResolvedSettle } from './schedules.js';
import { SCHEDULE } from './schedules.js';

/** Epochs of sparse pretraining between looks at the inputs that are left out. */
const CHECK_EVERY = 5;

/** How often settling may start again at the nearest centroids, and the rounds that makes. */
const RELABELLINGS = 4;
const MAX_ROUNDS = 2 + 2 * RELABELLINGS;

/** The weights of the objective; they outlive a run. */
export interface Weights {
  /** Undefined until the first sparse step when `sparsity.relativeWeight` is used. */
  alpha: number | undefined;
  alphaMax: number | undefined;
  /** Undefined until the first K-means when `distance.weight` is 'auto'. */
  beta: number | undefined;
  /** K; undefined until the representation was looked at when it is to be chosen. */
  clusters: number | undefined;
}

/** What a run trains: the shapes, and the two native objects. */
export interface Subject {
  readonly session: SessionHandle;
  readonly network: NetworkHandle;
  readonly rows: number;
  readonly inputs: number;
  /** Width of the representation R. */
  readonly width: number;
}

/** What a run has come to: all that is not in the session. */
interface TrainingState extends Pick<Weights, 'beta' | 'clusters'> {
  readonly steps: number;
  readonly clusterings: number;
  readonly history: readonly HistoryEntry[];
  readonly converged: boolean;
  readonly isClustered: boolean;
  readonly rounds: number;
}

/** The phases of DeepType on one loaded table, each an await on the native core once an epoch. */
export class Training {
  converged = false;
  /** How K was chosen in this run. */
  choice: Scored | undefined;
  readonly #subject: Subject;
  readonly #options: ResolvedTraining;
  readonly #weights: Weights;
  readonly #run: Run;
  #isClustered = false;
  #rounds = 0;
  /** Of several candidates for K, that which is trained now. */
  #turn: { readonly at: number; readonly of: number } | undefined;

  constructor(subject: Subject, options: ResolvedTraining, weights: Weights, run: Run) {
    this.#subject = subject;
    this.#options = options;
    this.#weights = weights;
    this.#run = run;
  }

  /** Phase 1: the primary loss alone, then with the penalty at `sparsityScale` of its weight. */
  async pretrain(options: ResolvedPretrain): Promise<void> {
    const dense = Math.round(options.epochs * options.denseFraction);
    for (let epoch = 1; epoch <= options.epochs && this.#goesOn; epoch++) {
      if (epoch > dense) await this.#resolveAlpha();
      if (!this.#goesOn) return;
      const alpha = epoch > dense ? this.#weights.alpha! * options.sparsityScale : 0;
      const plan = { ...this.#plan(), learningRate: options.learningRate, alpha };
      await this.#epoch('pretrain', epoch, options.epochs, {
        ...plan,
        alphaWarmup: options.warmupSteps,
        checkInputs: epoch % CHECK_EVERY === 0 || epoch === options.epochs,
      });
    }
    if (this.#goesOn) await this.#resolveAlpha();
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
    if (typeof range === 'number' || this.#weights.clusters !== undefined || !this.#goesOn) {
      await this.joint(joint, pretrain);
      return this.settle(settle, joint.hold);
    }
    session.capture('pretrained');
    const pretrained = this.#state();
    if (joint.restart === 'isometric') {
      await this.#call((s) => s.restart(SCHEDULE.restartScale));
    }
    await this.#chooseClusters();
    // The favourite last: where it wins, which is most often, nothing need be restored.
    const candidates = this.choice?.ranking.slice(0, range.candidates).reverse() ?? [];
    let best: { silhouette: number; state: TrainingState } | undefined;
    for (const [at, clusters] of candidates.entries()) {
      if (!this.#goesOn) break;
      session.restore('pretrained');
      this.#restore({ ...pretrained, clusters });
      this.#turn = { at, of: candidates.length };
      await this.joint(joint, pretrain);
      await this.settle(settle, joint.hold);
      if (!this.#goesOn) break; // with what it has, where no other was trained to its end
      const silhouette = await this.#trainedSilhouette();
      this.choice?.candidates.unshift({ clusters, silhouette });
      if (best !== undefined && silhouette < best.silhouette) continue;
      session.capture('best');
      best = { silhouette, state: this.#state() };
    }
    this.#turn = undefined;
    if (best !== undefined && best.state.clusters !== this.#weights.clusters) {
      session.restore('best');
      this.#restore(best.state);
    }
    session.forget();
  }

  /** Phases 2 to 4: K-means, then the total loss with centroids that K-means moves now and then. */
  async joint(options: ResolvedJoint, pretrain: ResolvedPretrain): Promise<void> {
    if (this.#goesOn) await this.#resolveAlpha();
    if (!this.#goesOn) return;
    if (options.reclusterEvery !== 'epoch' && this.#options.clusterer !== undefined) {
      const expected = `'epoch' where a clusterer is given`;
      throw invalidArgument('joint.reclusterEvery', expected, options.reclusterEvery);
    }
    if (options.restart === 'isometric') {
      await this.#call((session) => session.restart(SCHEDULE.restartScale));
    } else this.#subject.session.resetOptimizer();
    const inBatches = options.reclusterEvery === 'batch';
    if (!inBatches) await this.#cluster(false, 0);
    if (!this.#goesOn) return;
    await this.#resolveBeta();
    let lastTotal = Number.POSITIVE_INFINITY;
    for (let epoch = 1; epoch <= options.epochs && this.#goesOn; epoch++) {
      const done = (epoch - 1) / options.epochs;
      const ramp = epoch / options.epochs;
      const scale = pretrain.sparsityScale + (1 - pretrain.sparsityScale) * ramp;
      const entry = await this.#epoch(
        'joint',
        epoch,
        options.epochs,
        {
          ...this.#plan(),
          joint: true,
          learningRate:
            options.learningRate *
            (options.decay === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1),
          alpha: this.#weights.alpha! * scale,
          alphaWarmup: pretrain.warmupSteps,
          beta: this.#weights.beta!,
          stepsPerBatch: options.stepsPerBatch,
          clusterEveryBatch: inBatches,
          clusterEverySteps: options.reclusterSteps,
          checkInputs: true,
        },
        options.learningRate,
      );
      if (!this.#goesOn || options.reclusterEvery !== 'epoch') continue;
      entry.changedAssignments = await this.#cluster(true, options.hold);
      const isStill =
        entry.changedAssignments < options.tolerance * this.#subject.rows &&
        Math.abs(entry.total - lastTotal) < options.tolerance * Math.abs(entry.total);
      if (isStill && scale === 1) {
        this.converged = true;
        if (epoch < options.epochs) this.#report('joint', epoch, options.epochs, 1, true);
        break;
      }
      lastTotal = entry.total;
    }
  }

  /** Phase 5: accelerated proximal gradient on the whole table, and the last clusters. */
  async settle({ iterations, tolerance }: ResolvedSettle, hold: number): Promise<void> {
    const isSparse = this.#options.sparsity.proximal && this.#weights.alpha! > 0;
    if (!isSparse || iterations === 0) return;
    const share = (part: number) => Math.ceil(iterations * part);
    // Two rounds in which the clusters follow.
    for (let k = 0; k < 2; k++) {
      await this.#settleRound(share(1 / 12), 0, false);
      if (this.#goesOn) await this.#cluster(true, hold);
    }
    // All layers, then the first alone, to the tolerance; once more as long as a sample is nearest to
    // another centroid than it was drawn to, so that the certificate holds at the final labels.
    for (let k = 0; k < RELABELLINGS && this.#goesOn; k++) {
      this.converged =
        (await this.#settleRound(share(1 / 2), tolerance, false)) ||
        (await this.#settleRound(share(1 / 3), tolerance, true));
      if (!this.#goesOn || !this.#isClustered || !this.converged) break;
      if ((await this.#call((session) => session.relabel())) === 0) break;
      this.converged = false;
    }
    this.#report('settle', this.#rounds, this.#rounds, 1, true);
    this.#run.check();
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
    this.converged =
      (await this.#settleRound(share(2 / 3), tolerance, false)) ||
      (await this.#settleRound(share(1 / 3), tolerance, true));
    return this.#run.history.at(-1)!;
  }

  /**
   * Ends a run: clusters where there are none yet, or every batch had its own; and every row in that of
   * its nearest centroid.
   */
  async finish(): Promise<void> {
    this.#run.beginEnd(); // also a stopped run ends with alpha and clusters
    await this.#resolveAlpha();
    if (this.#weights.clusters === undefined) await this.#chooseClusters();
    await this.#label();
  }

  async #label(): Promise<void> {
    if (!this.#isClustered) {
      await this.#cluster(false, 0);
      this.#run.clusterings -= 1; // it labels the rows; no step was taken on it
    }
    await this.#call((session) => session.relabel());
  }

  /** Asks the criteria which K suit the representation as it is; the best becomes K for now. */
  async #chooseClusters(): Promise<void> {
    const { clusters: range, clusterer, seed, threads } = this.#options;
    if (typeof range === 'number') return;
    const { rows, width } = this.#subject;
    const table = new Matrix(await this.#call((s) => s.represent()), rows, width);
    if (this.#run.isCut) return; // `finish` does it
    const counts = clusterCounts(range, rows);
    const tasks = taskCount(range.scores, counts.length);
    const study = newStudy({
      seed,
      threads,
      clusterer,
      check: () => this.#run.check(),
      advance: (done) => this.#report('choose', done, tasks, Math.min(1, done / tasks)),
    });
    this.choice = await scoreClusters(study, table, counts, range.scores);
    this.#report('choose', tasks, tasks, 1, true);
    this.#weights.clusters = this.choice.ranking[0]!;
  }

  /** Mean silhouette of the clusters in the representation that was trained with them. */
  async #trainedSilhouette(): Promise<number> {
    const { session, rows, width } = this.#subject;
    await this.#label();
    const { labels } = session.clusters();
    if (!isProper(labels)) return -1;
    const table = new Matrix(await this.#call((s) => s.represent()), rows, width);
    const options = { sample: SILHOUETTE_ROWS, seed: this.#options.seed };
    return this.#call(() => silhouetteScoreAsync(table, labels, options));
  }

  #state(): TrainingState {
    const { steps, clusterings, history } = this.#run;
    const { beta, clusters } = this.#weights;
    return {
      steps,
      clusterings,
      history: [...history],
      beta,
      clusters,
      converged: this.converged,
      isClustered: this.#isClustered,
      rounds: this.#rounds,
    };
  }

  #restore(state: TrainingState): void {
    const { steps, clusterings, history, beta, clusters } = state;
    Object.assign(this.#run, { steps, clusterings });
    this.#run.history.splice(0, Number.POSITIVE_INFINITY, ...history);
    Object.assign(this.#weights, { beta, clusters });
    this.converged = state.converged;
    this.#isClustered = state.isClustered;
    this.#rounds = state.rounds;
  }

  /** After `finish`: the largest KKT residual of the first layer. */
  kktResidual(): Promise<number> {
    const { alpha = 0, beta = 0 } = this.#weights;
    return this.#call((session) => session.kktResidual(this.#isClustered, alpha, beta));
  }

  get #goesOn(): boolean {
    return !this.#run.stopped;
  }

  /** One long native call; an abort before, during or after it throws. */
  async #call<T>(body: (session: SessionHandle) => Promise<T>): Promise<T> {
    this.#run.check();
    const result = await body(this.#subject.session);
    this.#run.check();
    return result;
  }

  async #resolveAlpha(): Promise<void> {
    const { sparsity } = this.#options;
    if (this.#weights.alpha !== undefined && this.#weights.alphaMax !== undefined) return;
    const alphaMax = await this.#call((session) => session.emptyingWeight());
    if (this.#run.isCut) return; // once stopped, a caller's loss is not waited for
    this.#weights.alphaMax = alphaMax;
    this.#weights.alpha = sparsity.weight ?? sparsity.relativeWeight * alphaMax;
  }

  async #resolveBeta(): Promise<void> {
    const { weight } = this.#options.distance;
    if (this.#weights.beta !== undefined) return;
    if (weight !== 'auto') this.#weights.beta = weight;
    else if (this.#isClustered) {
      const separation = await this.#call((session) => session.separation());
      if (!this.#run.isCut) this.#weights.beta = automaticBeta(separation);
    } else this.#weights.beta = 1;
  }

  #clusterPlan(warm: boolean, hold: number): ClusterPlan {
    const { clusters = 1 } = this.#weights; // no plan is carried out before it is known
    return { clusters, warm, restarts: warm ? 1 : 10, maxIterations: 300, tolerance: 1e-4, hold };
  }

  #plan(): EpochPlan {
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

  async #epoch(
    phase: Phase,
    epoch: number,
    epochs: number,
    plan: EpochPlan,
    chosenRate = plan.learningRate,
  ): Promise<HistoryEntry> {
    const run = this.#run;
    const progress = (done: number, of: number): void =>
      this.#report(phase, epoch, epochs, (epoch - 1 + done / of) / epochs);
    const outcome = await this.#call((session) => session.epoch(plan, progress));
    run.steps += outcome.steps;
    run.clusterings += outcome.clusterings;
    if (outcome.diverged) throw diverged(phase, epoch, outcome.steps + 1, chosenRate);
    const entry = this.#entry(phase, epoch, outcome.parts, outcome.alpha, plan.beta);
    if (outcome.steps > 0) run.history.push(entry); // none where the run was stopped first
    this.#report(phase, epoch, epochs, epoch / epochs, epoch === epochs);
    run.check();
    return entry;
  }

  /** Returns whether the KKT residual met the tolerance. */
  async #settleRound(
    iterations: number,
    tolerance: number,
    firstLayerOnly: boolean,
  ): Promise<boolean> {
    const run = this.#run;
    if (!this.#goesOn) return false;
    const round = ++this.#rounds;
    const { alpha, beta } = this.#weights;
    const joint = this.#isClustered;
    const plan = { joint, firstLayerOnly, alpha: alpha!, beta: beta!, iterations, tolerance };
    const progress = (done: number, of: number): void =>
      this.#report('settle', round, MAX_ROUNDS, (round - 1 + done / of) / MAX_ROUNDS);
    const outcome = await this.#call((session) => session.settle(plan, progress));
    run.steps += outcome.iterations;
    const entry = this.#entry('settle', round, outcome.parts, plan.alpha, plan.beta);
    const isSound = Number.isFinite(entry.total);
    if (outcome.diverged || !(isSound || run.stopped)) {
      throw diverged('settle', round, outcome.iterations + 1, undefined);
    }
    if (isSound && (outcome.iterations > 0 || !outcome.stopped)) run.history.push(entry);
    run.check();
    return outcome.converged;
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

  #report(phase: Phase, epoch: number, epochs: number, fraction: number, always = false): void {
    const last = this.#run.history.at(-1);
    const { at, of } = this.#turn ?? { at: 0, of: 1 };
    const event: ProgressEvent = { phase, epoch, epochs, fraction: (at + fraction) / of };
    if (this.#turn !== undefined) event.clusters = this.#weights.clusters!;
    if (last !== undefined) event.last = { ...last };
    this.#run.report(event, always && at + 1 === of);
  }

  /** K-means on the whole representation; returns how many rows changed cluster. */
  async #cluster(warm: boolean, hold: number): Promise<number> {
    this.#run.clusterings += 1;
    if (this.#options.clusterer !== undefined) return this.#clusterByCaller(warm, hold);
    const outcome = await this.#call((s) => s.cluster(this.#clusterPlan(warm, hold)));
    if (!outcome.stopped) this.#isClustered = true;
    return outcome.changed;
  }

  async #clusterByCaller(warm: boolean, hold: number): Promise<number> {
    const { session, rows, width } = this.#subject;
    const { clusterer } = this.#options;
    const clusters = this.#weights.clusters!;
    const representation = new Matrix(await this.#call((s) => s.represent()), rows, width);
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
    this.#isClustered = true;
    return changed;
  }
}

/** beta of `distance.weight: 'auto'` for clusters of the given ratio B/W. */
export function automaticBeta(separation: number): number {
  const power = separation ** 4;
  return power === Number.POSITIVE_INFINITY ? 1 : power / (power + 3 ** 4);
}

function diverged(
  phase: Phase,
  epoch: number,
  step: number,
  learningRate: number | undefined,
): DeepTypeError {
  const advice =
    learningRate === undefined
      ? 'standardize the inputs or raise weightDecay'
      : `lower ${phase}.learningRate (now ${learningRate}) or standardize the inputs`;
  return new DeepTypeError(
    'ERR_DIVERGED',
    `the loss became non-finite in phase ${phase}, epoch ${epoch}, step ${step}: ${advice}; the last finite weights are kept`,
  );
}
