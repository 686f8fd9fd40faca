import { KMeans } from '../clustering/index.js';
import { nearest } from '../clustering/nearest.js';
import { checkKeys, object } from '../common/checks.js';
import { disposeSymbol } from '../common/dispose.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { inspectable } from '../common/inspect.js';
import { namesOf } from '../common/option.js';
import { runSliced, runSync } from '../common/time-slices.js';
import { uncloneable } from '../common/uncloneable.js';
import { acceptFloat32, type Matrix, type MatrixLike } from '../data/matrix.js';
import type { SampleWeightOptions } from '../data/sample-weights.js';
import type { Targets } from '../data/targets.js';
import { Network } from '../network/network.js';
import type { Parameter } from '../network/parameters.js';
import { OPTION_MAP, resolveTraining, TRAINING, type TrainingOptions } from '../options/options.js';
import {
  JOINT,
  type JointOptions,
  PRETRAIN,
  type PretrainOptions,
  withRate,
} from '../options/schedules.js';
import { finish } from './certificate.js';
import type { TrainingContext } from './context.js';
import { diverged, largestMagnitude } from './divergence.js';
import { pretrain, trainClusters } from './fit.js';
import { totalLoss } from './objective.js';
import { type StopReason, stopReason } from './outcome.js';
import { type HistoryEntry, type RunOptions, resolveRun } from './progress.js';
import { TrainingSession } from './session.js';
import { indexTargets } from './targets.js';
import { givenTable, slicedHeldOut, type Table, type Tables, tableOf } from './validation.js';

export interface TrainerOptions extends TrainingOptions {
  network: Network;
}

/** The parts of the loss unweighted; `total` = primary + alpha sparsity + beta distance. */
export interface Losses {
  primary: number;
  sparsity: number;
  /** Absent where no centers were given. */
  distance?: number;
  total: number;
}

/** What a phase run through the middle level returns. */
export interface PhaseResult {
  stopReason: StopReason;
  history: HistoryEntry[];
}

/** Trains a network on the DeepType objective; the estimator's middle level. Targets of class losses
 * are class indices 0 .. outputs-1, values are taken as they are: neither they nor X are standardised. */
export class Trainer {
  readonly network: Network;
  readonly #session: TrainingSession;

  constructor(options: TrainerOptions) {
    const { network, ...rest } = checkKeys(
      'options',
      options,
      ['network', ...namesOf(TRAINING)],
      OPTION_MAP,
    );
    if (!(network instanceof Network)) throw invalidArgument('network', 'a Network', network);
    this.network = network;
    this.#session = new TrainingSession(network, resolveTraining(rest));
    uncloneable(this);
  }

  /** Weight of the sparsity term; with `relativeWeight` undefined until pretraining has found it. */
  get alpha(): number | undefined {
    return this.#session.hyperparameters.alpha;
  }

  /** Smallest alpha that empties the first layer, taken at the end of dense pretraining. */
  get alphaMax(): number | undefined {
    return this.#session.hyperparameters.alphaMax;
  }

  /** Weight of the distance term; with 'auto' undefined until the first K-means. */
  get beta(): number | undefined {
    return this.#session.hyperparameters.beta;
  }

  /**
   * Losses of X (N x D), y at the current weights. With `centers` (K x R) each sample is drawn to its
   * nearest row. A weight that is not known yet counts as 0.
   */
  computeLosses(
    X: MatrixLike,
    y: Targets,
    centers?: MatrixLike,
    options?: SampleWeightOptions,
  ): Losses {
    const { x, targets, centers: c } = this.#batch(X, y, centers, options);
    return this.#weigh(this.#session.idle().losses(x, targets, c), c !== null);
  }

  /** Gradient of the total loss, in the shapes of `network.parameters()`; weight decay not in it. */
  gradients(
    X: MatrixLike,
    y: Targets,
    centers?: MatrixLike,
    options?: SampleWeightOptions,
  ): Parameter[] {
    const { x, targets, centers: c } = this.#batch(X, y, centers, options);
    const gradients = this.network.emptyParameters();
    const arrays = gradients.map(({ data }) => data);
    const { alpha = 0, beta = 0 } = this.#session.hyperparameters;
    this.#session.idle().gradients(x, targets, c, alpha, beta, arrays);
    return gradients;
  }

  /**
   * One optimiser step on exactly these rows, in this order; returns the losses before it.
   *
   * @throws `ERR_DIVERGED`: the loss or the gradient was not finite; the weights stay as they were
   */
  step(X: MatrixLike, y: Targets, centers?: MatrixLike, options?: SampleWeightOptions): Losses {
    const { x, targets, centers: c } = this.#batch(X, y, centers, options);
    const { alpha = 0, beta = 0 } = this.#session.hyperparameters;
    const { learningRate, maxGradientNorm } = this.#session.options.optimizer;
    const { parts, diverged: what } = this.#session.idle().step(x, targets, c, {
      joint: c !== null,
      learningRate,
      alpha,
      beta,
      alphaWarmup: 0,
      batchSize: x.rows,
      shuffle: false,
      stepsPerBatch: 1,
      clusterEveryBatch: false,
      clusterEverySteps: 0,
      checkInputs: false,
      cluster: { clusters: 1, warm: false, restarts: 1, maxIterations: 1, tolerance: 0, hold: 0 },
    });
    if (what !== null) {
      throw diverged({
        what,
        at: undefined,
        learningRate: { name: 'optimizer.learningRate', value: learningRate },
        isClipped: Number.isFinite(maxGradientNorm),
        isFirst: false,
        largestInput: largestMagnitude(x.data),
      });
    }
    return this.#weigh(parts, c !== null);
  }

  /** Dense pretraining, alpha_max and sparse pretraining on X (N x D), y. */
  pretrain(
    X: MatrixLike,
    y: Targets,
    options: PretrainOptions & RunOptions & SampleWeightOptions = {},
  ): Promise<PhaseResult> {
    return this.#phase(X, y, options, async (context, phase) => {
      const { pretrain: given, optimizer } = this.#session.options;
      const resolved = PRETRAIN('pretrain', { ...given, ...phase }, OPTION_MAP);
      await pretrain(context, withRate(resolved, optimizer.learningRate));
    });
  }

  /** Isometric initialisation, K-means, joint training with the distance term, settling. */
  joint(
    X: MatrixLike,
    y: Targets,
    options: JointOptions & RunOptions & SampleWeightOptions = {},
  ): Promise<PhaseResult> {
    return this.#phase(X, y, options, async (context, phase) => {
      const { joint, pretrain, settle, optimizer } = this.#session.options;
      const { reclusterSteps, ...given } = joint;
      const reclusterEvery =
        given.reclusterEvery === 'steps' ? { steps: reclusterSteps } : given.reclusterEvery;
      const resolved = JOINT('joint', { ...given, reclusterEvery, ...phase }, OPTION_MAP);
      const phases = { pretrain, joint: withRate(resolved, optimizer.learningRate), settle };
      await trainClusters(context, phases);
      await finish(context);
    });
  }

  /** Ends a running phase after the mini-batch it is at; its promise resolves. */
  stop(): void {
    this.#session.stop();
  }

  /**
   * Clusters of the rows of X (N x D) in the representation: by the centroids of joint training where
   * there are any, else by K-means.
   */
  clusters(X: MatrixLike): { centroids: Matrix; labels: Int32Array } {
    const trained = this.#session.trainedClusters()?.centroids;
    const representation = this.network.representation(X);
    const { seed, threads } = this.#session.options;
    const { clusters } = this.#session.hyperparameters;
    if (trained !== undefined) {
      return { centroids: trained, labels: nearest(trained, representation, threads) };
    }
    if (clusters === undefined) {
      const message = 'the number of clusters is not chosen yet: call joint first';
      throw new DeepTypeError('ERR_NOT_FITTED', message);
    }
    const kmeans = new KMeans({ clusters, seed, threads }).fit(representation);
    return { centroids: kmeans.centroids, labels: kmeans.labels };
  }

  /** Largest KKT residual of the first layer on the table of the last phase. */
  kktResidual(): Promise<number> {
    return this.#session.kktResidual();
  }

  /** Frees the native memory (not the network's); idempotent. Ends a running phase first. */
  dispose(): void {
    this.#session.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  #weigh(parts: { primary: number; sparsity: number; distance: number }, joint: boolean): Losses {
    const { alpha = 0, beta = 0 } = this.#session.hyperparameters;
    const { primary, sparsity, distance } = parts;
    const total = totalLoss(parts, alpha, joint ? beta : 0);
    return joint ? { primary, sparsity, distance, total } : { primary, sparsity, total };
  }

  #table(X: unknown, y: unknown, sampleWeight: unknown): Table {
    const x = this.#input(X, 'X');
    const { loss, classWeight } = this.#session.options;
    const weighting = { sampleWeight, classWeight };
    return { x, targets: indexTargets(y, x.rows, loss, this.network.outputs, weighting) };
  }

  #batch(X: unknown, y: unknown, centers: unknown, options: unknown) {
    const { sampleWeight } = checkKeys('options', options, ['sampleWeight']);
    const { x, targets } = this.#table(X, y, sampleWeight);
    const c = centers === undefined ? null : acceptFloat32(centers, 'centers');
    const width = this.network.hidden.at(-1)!;
    if (c !== null && c.columns !== width) {
      throw shapeMismatch('centers', `${width} columns`, `${c.columns}`);
    }
    return { x, targets, centers: c };
  }

  /** The table without the rows that validation takes of it, and these. */
  #heldOut(table: Table): Tables {
    const { validation, loss, classWeight } = this.#session.options;
    const { options } = this.#session;
    const split = runSync(slicedHeldOut(validation, table.targets, table.x.rows, options));
    if (split !== undefined) {
      const heldOut = runSync(tableOf(table, split.heldOut));
      return { ...runSync(tableOf(table, split.training)), heldOut };
    }
    if (validation?.given === undefined) return table;
    const { X, y } = validation.given;
    const x = this.#input(X, 'validation.X');
    const heldOut = runSync(givenTable(x, y, loss, table.targets, classWeight));
    return { ...table, heldOut };
  }

  #input(X: unknown, name: string): Matrix {
    const x = acceptFloat32(X, name);
    if (x.columns !== this.network.inputs) {
      throw shapeMismatch(name, `${this.network.inputs} columns`, `${x.columns}`);
    }
    return x;
  }

  async #phase(
    X: unknown,
    y: unknown,
    options: object,
    body: (context: TrainingContext, phase: object) => Promise<void>,
  ): Promise<PhaseResult> {
    this.#session.idle();
    const given = object('options', options) as RunOptions & SampleWeightOptions;
    const { signal, onProgress, sampleWeight, ...phase } = given;
    const how = resolveRun({ signal, onProgress });
    const table = this.#table(X, y, sampleWeight);
    const tables = this.#heldOut(table);
    const { run } = await this.#session.train(tables, how, (t) => body(t, phase));
    return { stopReason: stopReason(run), history: await runSliced(run.state.history.entries()) };
  }
}

inspectable(Trainer, 'Trainer', ({ network, alpha, alphaMax, beta }) => ({
  network,
  alpha,
  alphaMax,
  beta,
}));
