import { DeepTypeError } from '../common/errors.js';
import { runSync } from '../common/time-slices.js';
import type { Matrix } from '../data/matrix.js';
import type { EncodedTargets } from '../data/targets.js';
import { type Network, networkWithout } from '../network/network.js';
import type { Parameter } from '../network/parameters.js';
import type { ResolvedEstimator } from '../options/options.js';
import type { ResolvedSettle } from '../options/schedules.js';
import { zeroColumns } from '../preprocessing/large-tables.js';
import { kktResidual } from '../training/certificate.js';
import type { TrainingContext } from '../training/context.js';
import { pretrain } from '../training/fit.js';
import { TrainingSession } from '../training/session.js';
import { settleAt } from '../training/settle.js';

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
 * `visit` is called for every point, while the network exists.
 */
export async function trace<P>(
  table: TrainingTable,
  estimator: ResolvedEstimator,
  { steps, ratio, iterations }: Schedule,
  signal: AbortSignal | undefined,
  visit: (point: TracePoint, network: Network) => P,
): Promise<P[]> {
  const settle = { ...estimator.training.settle, iterations };
  const { dense, alphaMax } = await run(table, estimator, signal, async (context, network) => {
    const parameters = await pretrainDense(context, network, estimator);
    const start = context.hyperparameters.alphaMax!;
    if (!(start > 0)) {
      const message = 'X: expected an input that the loss depends on, received none';
      throw new DeepTypeError('ERR_INVALID_ARGUMENT', message);
    }
    return { dense: parameters, alphaMax: await probe(context, network, start, settle) };
  });
  return run(table, estimator, signal, async (context, network) => {
    network.load(dense);
    const points: P[] = [];
    const growth = ratio ** (-1 / (steps - 1));
    for (let k = 0, isEmpty = false; k < steps || (!isEmpty && k < steps + MAX_PROBES); k++) {
      const alpha = alphaMax * growth ** (k + 1 - steps);
      const point = await pointAt(context, network, alpha, alphaMax, settle);
      isEmpty = point.features === 0;
      points.push(visit(point, network));
    }
    return points;
  });
}

/** The point of the path at one alpha, from the one before. */
async function pointAt(
  context: TrainingContext,
  network: Network,
  alpha: number,
  alphaMax: number,
  settle: ResolvedSettle,
): Promise<TracePoint> {
  const { primary, sparsity, total } = await settleAt(context, alpha, settle);
  const residual = await kktResidual(context);
  const norms = network.inputImportance();
  const selected = network.sortedInputIndices().filter((j) => norms[j]! > 0);
  return {
    alpha,
    relativeAlpha: alpha / alphaMax,
    features: selected.length,
    selected,
    losses: { primary, sparsity, total },
    kktResidual: residual,
  };
}

/** The dense part of pretraining; returns the weights it ends with. */
async function pretrainDense(
  context: TrainingContext,
  network: Network,
  { training }: ResolvedEstimator,
): Promise<Parameter[]> {
  const epochs = Math.round(training.pretrain.epochs * training.pretrain.denseFraction);
  await pretrain(context, { ...training.pretrain, epochs, denseFraction: 1 });
  return network.parameters();
}

/**
 * The first alpha that empties the layer, by a coarse path. It is larger than alpha_max of the dense
 * network, above which an empty layer would stay empty: later layers grow while the first one shrinks.
 */
async function probe(
  context: TrainingContext,
  network: Network,
  start: number,
  settle: ResolvedSettle,
): Promise<number> {
  let alpha = start * PROBE_START;
  for (let k = 0; k < MAX_PROBES; k++) {
    await settleAt(context, alpha, settle);
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
  body: (context: TrainingContext, network: Network) => Promise<T>,
): Promise<T> {
  const { seed, threads } = training;
  const shape = { inputs: x.columns, hidden, outputs: targets.outputs };
  const unused = runSync(zeroColumns(x));
  const network = networkWithout(unused, { ...shape, activation, init, seed, threads });
  let session: TrainingSession | undefined;
  try {
    session = new TrainingSession(network, training);
    const { value } = await session.train({ x, targets }, { signal }, (t) => body(t, network));
    return value;
  } finally {
    session?.dispose();
    network.dispose();
  }
}
