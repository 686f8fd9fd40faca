// What a fit leaves behind, and what its parts compute together.

import type { Scored } from '../clustering/choice.js';
import { DeepTypeError, invalidArgument, shapeMismatch } from '../common/errors.js';
import { forSlices, runSliced, runSync, type Sliced } from '../common/time-slices.js';
import type { Classes } from '../data/labels.js';
import type { EncodedTargets } from '../data/targets.js';
import type { NetworkOptions } from '../network/architecture.js';
import { Network, networkWithout } from '../network/network.js';
import type { ResolvedEstimator, ResolvedTraining } from '../options/options.js';
import { traitsOf } from '../options/penalties.js';
import { momentsOf, type Scaler } from '../preprocessing/scaler.js';
import type { TargetScaler } from '../preprocessing/target-scaler.js';
import { fit } from '../training/fit.js';
import { type Hyperparameters, initialHyperparameters } from '../training/objective.js';
import {
  type Clusters,
  type EndedRun,
  type FitResult,
  type Found,
  type Outcome,
  stopReason,
} from '../training/outcome.js';
import { type RunConfig, TrainingSession } from '../training/session.js';
import type { Split, Tables } from '../training/validation.js';

/**
 * A network, which it owns, with the scalers, the classes and the clusters that belong to it. It is trained
 * once at most: a fit that is over has found what it holds, and another makes another.
 */
export class Fitted {
  readonly network: Network;
  readonly scaler: Scaler | undefined;
  readonly targetScaler: TargetScaler | undefined;
  readonly classes: Classes | undefined;
  readonly training: ResolvedTraining;
  readonly #hyperparameters: Hyperparameters;
  /** Of the fit that runs. */
  #session: TrainingSession | undefined;
  #choice: Scored | undefined;
  #clusters: Clusters | undefined;
  #outcome: Outcome | undefined;
  /** What callers are given of it. */
  #result: FitResult | undefined;
  /** Whether a caller has the network. */
  #isHandedOut = false;

  constructor(network: Network, training: ResolvedTraining, found: Found) {
    const { scaler, targetScaler, classes, clusters, hyperparameters, result } = found;
    if (scaler !== undefined) Network.handleOf(network).setScaler(momentsOf(scaler));
    this.network = network;
    this.scaler = scaler;
    this.targetScaler = targetScaler;
    this.classes = classes;
    this.training = training;
    this.#hyperparameters = { ...initialHyperparameters(training), ...hyperparameters };
    this.#clusters = clusters;
    this.#outcome = result;
  }

  /** Throws `ERR_NOT_FITTED`, as `result` does, where the fit did not come so far. */
  get clusters(): Clusters {
    if (this.#clusters !== undefined) return this.#clusters;
    throw new DeepTypeError('ERR_NOT_FITTED', 'the last fit ended before there were clusters');
  }

  /** A copy, made when it is first asked for. */
  get result(): FitResult {
    if (this.#result === undefined) runSync(this.#makeResult());
    return this.#result!;
  }

  *#makeResult(): Sliced<void> {
    if (this.#outcome === undefined) {
      throw new DeepTypeError('ERR_NOT_FITTED', 'the last fit did not run to its end');
    }
    const { history, ...rest } = this.#outcome;
    const entries = yield* history.entries();
    this.#result = Object.freeze({ ...structuredClone(rest), history: entries });
  }

  /** Whether the fit ran to its end. */
  get isWhole(): boolean {
    return this.#outcome !== undefined;
  }

  /** How K was chosen from a range, with what is not saved. */
  get choice(): Scored | undefined {
    return this.#choice;
  }

  /** The network for a caller, who may keep it. */
  handOut(): Network {
    this.#isHandedOut = true;
    return this.network;
  }

  /** All that a file holds of it. */
  found(): Required<Found> {
    const { scaler, targetScaler, classes } = this;
    const hyperparameters = { ...this.#hyperparameters };
    const found = { scaler, targetScaler, classes, hyperparameters };
    return { ...found, clusters: this.#clusters, result: this.#outcome };
  }

  /** For a warm start: the table must mean the same columns and classes. */
  checkResumable(columns: number, targets: EncodedTargets): void {
    const { network, classes } = this;
    if (columns !== network.inputs) {
      throw shapeMismatch('X', `${network.inputs} columns as before`, `${columns}`);
    }
    const [before, now] = [classes?.join('\0'), targets.classValues?.join('\0')];
    if (before !== now || targets.outputs !== network.outputs) {
      throw invalidArgument('y', 'the classes or columns of the first fit', targets.classValues);
    }
  }

  /** Its weights, in a network of their own, for a warm start. */
  copy(): Fitted {
    const { inputs, hidden, outputs, activation, skip } = this.network;
    const shape = { inputs, hidden, outputs, activation, skip };
    const { threads } = this.training;
    const network = new Network({ ...shape, init: 'zeros', threads });
    network.load(this.network.parameters());
    const found = { ...this.found(), clusters: undefined, result: undefined };
    const copy = new Fitted(network, this.training, found);
    copy.#choice = this.#choice;
    return copy;
  }

  /** What it reached stays where it ends early; the table and what else only training needs does not. */
  async train(tables: Tables, split: Split | undefined, config: RunConfig): Promise<void> {
    const session = new TrainingSession(this.network, this.training, this.#hyperparameters);
    session.choice = this.#choice;
    this.#session = session;
    try {
      const { run, value: certificate } = await session.train(tables, config, fit);
      const clusters = session.trainedClusters();
      if (clusters !== undefined) {
        this.#clusters = await runSliced(ofAllRows(clusters, split, certificate.heldOutLabels));
      }
      this.#outcome = outcomeOf(session, run, certificate.kktResidual);
      await runSliced(this.#makeResult());
    } finally {
      this.#choice = session.choice;
      this.#session = undefined;
      session.dispose();
    }
  }

  /** Ends a running fit after the mini-batch it is at. */
  stop(): void {
    this.#session?.stop();
  }

  /** Ends a running fit with `ERR_ABORTED`. */
  abort(): void {
    this.#session?.dispose();
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }

  /** When another takes its place: frees the network unless a caller has it. */
  retire(): void {
    if (!this.#isHandedOut) this.dispose();
  }
}

function outcomeOf(session: TrainingSession, run: EndedRun, kktResidual: number): Outcome {
  const { alpha = 0, alphaMax = 0, beta = 0, clusters } = session.hyperparameters;
  const { history, steps, clusterings } = run.state;
  return {
    stopReason: stopReason(run),
    kktResidual,
    alpha,
    alphaMax,
    beta,
    clusters: clusters!,
    ...session.clusterChoice(),
    history,
    steps,
    clusterings,
  };
}

/** The clusters with a label for every row of X: those held out have that of their nearest centroid. */
function* ofAllRows(
  clusters: Clusters,
  split: Split | undefined,
  heldOut: Int32Array | undefined,
): Sliced<Clusters> {
  if (split === undefined || heldOut === undefined) return clusters;
  const labels = new Int32Array(clusters.labels.length + heldOut.length);
  for (const [rows, of] of [
    [split.training, clusters.labels],
    [split.heldOut, heldOut],
  ] as const) {
    yield* forSlices(rows.length, (from, end) => {
      for (let i = from; i < end; i++) labels[rows[i]!] = of[i]!;
    });
  }
  return { centroids: clusters.centroids, labels };
}

/**
 * A network that is not trained yet, for columns and targets as a fit has them.
 *
 * @param unused the columns that are 0 in all rows, ascending
 */
export function newNetwork(
  { training, hidden, activation, ...options }: ResolvedEstimator,
  { columns, unused }: { columns: number; unused: Int32Array },
  { outputs }: EncodedTargets,
  init: NetworkOptions['init'] = options.init,
): Network {
  const { seed, threads, sparsity } = training;
  const skip = traitsOf(sparsity.penalty).needsSkip ?? false;
  const shape = { inputs: columns, hidden, outputs, skip };
  return networkWithout(unused, { ...shape, activation, init, seed, threads });
}
