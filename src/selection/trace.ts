import { DeepTypeError } from '../common/errors.js';
import { atOnce } from '../common/time-slices.js';
import type { Matrix } from '../data/matrix.js';
import type { EncodedTargets } from '../data/targets.js';
import { type Network, networkWithout } from '../network/network.js';
import type { Parameter } from '../network/parameters.js';
import type { ResolvedEstimator } from '../options/options.js';
import { zeroColumns } from '../preprocessing/large-tables.js';
import { Engine } from '../training/engine.js';
import type { Weights } from '../training/run-snapshot.js';
import type { Training } from '../training/training.js';

/** Training rows as the native core takes them. */
export interface TrainingTable {
  readonly x: Matrix;
  readonly targets: EncodedTargets;
}

export interface Schedule {
  readonly steps: number;
  readonly ratio: number;
  readonly iterations: number;
}

/** What the network of the path is at one alpha. */
export interface TracePoint {
  readonly alpha: number;
  /** alpha over that of the last of the `steps` points. */
  readonly relativeAlpha: number;
  /** Number of features whose weights are not all exactly zero. */
  readonly features: number;
  /** Int32Array: their indices, by falling L2 norm of the weights. */
  readonly selected: Int32Array;
  /** On the training rows: the parts unweighted, total = primary + alpha sparsity. */
  readonly losses: { readonly primary: number; readonly sparsity: number; readonly total: number };
  /** Largest KKT residual of the first layer; compare it with alpha. */
  readonly kktResidual: number;
}

/** First alpha of the run ahead over alpha_max, its growth from probe to probe, and most probes. */
const PROBE_START = 0.01;
const PROBE_GROWTH = 1.6;
const MAX_PROBES = 60;

/**
 * Two runs from one dense network. The first finds the largest alpha; the second is the path, of which
 * `visit` is told every point while the network is there.
 */
export async function trace<P>(
  table: TrainingTable,
  estimator: ResolvedEstimator,
  { steps, ratio, iterations }: Schedule,
  signal: AbortSignal | undefined,
  visit: (point: TracePoint, network: Network) => P,
): Promise<P[]> {
  const settle = { ...estimator.training.settle, iterations };
  const { dense, alphaMax } = await run(table, estimator, signal, async (training, at) => {
    const parameters = await pretrain(training, at.network, estimator);
    const emptying = at.weights.alphaMax!;
    if (!(emptying > 0)) {
      const message = 'X: expected an input that the loss depends on, received none';
      throw new DeepTypeError('ERR_INVALID_ARGUMENT', message);
    }
    return { dense: parameters, alphaMax: await probe(training, at.network, emptying, settle) };
  });
  return run(table, estimator, signal, async (training, { network }) => {
    network.load(dense);
    const points: P[] = [];
    const growth = ratio ** (-1 / (steps - 1));
    for (let k = 0, isEmpty = false; k < steps || (!isEmpty && k < steps + MAX_PROBES); k++) {
      const alpha = alphaMax * growth ** (k + 1 - steps);
      const { primary, sparsity, total } = await training.settleAt(alpha, settle);
      const kktResidual = await training.kktResidual();
      const norms = network.inputImportance();
      const selected = network.sortedInputIndices().filter((j) => norms[j]! > 0);
      const features = selected.length;
      isEmpty = features === 0;
      const losses = { primary, sparsity, total };
      const relativeAlpha = alpha / alphaMax;
      points.push(
        visit({ alpha, relativeAlpha, features, selected, losses, kktResidual }, network),
      );
    }
    return points;
  });
}

/** The dense part of pretraining; returns the weights it ends with. */
async function pretrain(
  training: Training,
  network: Network,
  { training: { pretrain } }: ResolvedEstimator,
): Promise<Parameter[]> {
  const epochs = Math.round(pretrain.epochs * pretrain.denseFraction);
  await training.pretrain({ ...pretrain, epochs, denseFraction: 1 });
  return network.parameters();
}

/**
 * The first alpha that empties the layer, by a coarse path. It is larger than alpha_max of the dense
 * network, above which an empty layer would stay empty: later layers grow while the first one shrinks.
 */
async function probe(
  training: Training,
  network: Network,
  start: number,
  settle: { iterations: number; tolerance: number },
): Promise<number> {
  let alpha = start * PROBE_START;
  for (let k = 0; k < MAX_PROBES; k++) {
    await training.settleAt(alpha, settle);
    if (network.inputImportance().every((norm) => norm === 0)) break;
    alpha *= PROBE_GROWTH;
  }
  return alpha;
}

/** Runs `body` on a network of its own. */
async function run<T>(
  { x, targets }: TrainingTable,
  { training, hidden, activation, init }: ResolvedEstimator,
  signal: AbortSignal | undefined,
  body: (training: Training, at: { network: Network; weights: Weights }) => Promise<T>,
): Promise<T> {
  const { seed, threads } = training;
  const shape = { inputs: x.columns, hidden, outputs: targets.outputs };
  const unused = atOnce(zeroColumns(x));
  const network = networkWithout(unused, { ...shape, activation, init, seed, threads });
  let engine: Engine | undefined;
  try {
    const owner = new Engine(network, training);
    engine = owner;
    let result: { value: T } | undefined;
    await owner.train({ x, targets }, { signal }, async (phases) => {
      result = { value: await body(phases, { network, weights: owner.weights }) };
    });
    return result!.value;
  } finally {
    engine?.dispose();
    network.dispose();
  }
}
