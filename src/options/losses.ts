import { boolean, integer, object, oneOf } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { type Name, namesOf } from '../common/name.js';
import * as option from '../common/option.js';
import type { Matrix } from '../data/matrix.js';
import type { Standard } from '../preprocessing/target-scaler.js';
import { isKnowledgeGraph, pairsAmong, type ResolvedGraph, resolveGraph } from './sample-pairs.js';

/**
 * A primary loss of the caller's. `evaluate` is called once a batch, on the JavaScript thread and in the
 * asynchronous context of the call, with
 * outputs (B x C) and the batch's targets: class indices (Int32Array[B]) when `targets` is 'classes',
 * else values (B x T). It returns the mean loss of the batch and its gradient by the outputs (B x C).
 * Over a whole table it is called in chunks, whose losses are averaged by their numbers of rows, unless
 * it is `coupled`. Where rows were given weights, they come as `weights` (Float32Array[B], of mean 1
 * over the table): the loss is then (1/B) sum_i weights[i] l_i. Values are those of y: they are not standardised.
 */
export interface PrimaryLoss {
  readonly name?: string;
  /** What `y` is read as; default 'values'. */
  readonly targets?: Name<'classes' | 'values'>;
  /** Number of network outputs; default the number of classes, or the columns of y. */
  readonly outputs?: number;
  /** Whether a row's loss depends on other rows: then a table comes in one call; default false. */
  readonly coupled?: boolean;
  evaluate(
    outputs: Matrix,
    targets: Int32Array | Matrix,
    weights?: Float32Array,
  ): { loss: number; gradient: Matrix | Float32Array | Float64Array | readonly number[] };
}

/** What a loss does with y and with the outputs. */
export interface LossTraits {
  /**
   * 'classes': one class a row, one output a class. 'binary': two classes through one logit, or rows of
   * values in [0, 1]. 'values': one or more real values a row. 'survival': times and events, one output,
   * the log-risk.
   */
  readonly targets: 'classes' | 'binary' | 'values' | 'survival';
  /** What makes predictions of the outputs: probabilities by softmax or sigmoid, or nothing. */
  readonly head: 'softmax' | 'sigmoid' | 'linear';
  /** What the estimator standardises the values by; absent where it takes them as they are. */
  readonly standard?: Standard;
  /** What `selection` measures predicted values by; default the mean squared error. */
  readonly error?: 'mean-absolute-error';
}

/** One entry a loss; the formulas are in native/core/terms/losses. */
export const LOSSES = {
  /** Softmax cross-entropy from logits, mean over the batch. */
  'cross-entropy': { targets: 'classes', head: 'softmax' },
  /** Binary cross-entropy from logits, mean over batch and outputs. */
  bce: { targets: 'binary', head: 'sigmoid' },
  /** Mean squared error over batch and outputs. */
  mse: { targets: 'values', head: 'linear', standard: 'moments' },
  /** Mean absolute error over batch and outputs. */
  mae: {
    targets: 'values',
    head: 'linear',
    standard: 'quantiles',
    error: 'mean-absolute-error',
  },
  /** Huber loss with delta 1 (of standardised targets: one scale), mean over batch and outputs. */
  huber: { targets: 'values', head: 'linear', standard: 'quantiles' },
  /** Negative log partial likelihood of Cox's model, Efron's ties, mean over the events. */
  cox: { targets: 'survival', head: 'linear' },
} as const satisfies Readonly<Record<string, LossTraits>>;

/** The primary losses that are built in. */
export type LossName = keyof typeof LOSSES;

/** A loss as the estimator uses it. */
export interface ResolvedLoss extends LossTraits {
  readonly name: LossName | 'custom';
  readonly custom?: PrimaryLoss;
  /** What `knowledge-graph` adds to this loss. */
  readonly graph?: ResolvedGraph;
}

/** Checks the `loss` option; default 'cross-entropy'. */
export function resolveLoss(loss: unknown): ResolvedLoss {
  if (loss === undefined) return { name: 'cross-entropy', ...LOSSES['cross-entropy'] };
  if (typeof loss !== 'object' || loss === null) {
    const name = oneOf('loss', loss, namesOf(LOSSES));
    return { name, ...LOSSES[name] };
  }
  if (isKnowledgeGraph(loss)) {
    const { base } = loss;
    if (isKnowledgeGraph(base)) {
      throw invalidArgument('loss.base', 'another loss than knowledge-graph', base);
    }
    return { ...resolveLoss(base), graph: resolveGraph(object('loss', loss)) };
  }
  const custom = loss as PrimaryLoss;
  if (typeof custom.evaluate !== 'function') {
    throw invalidArgument('loss.evaluate', 'a function (outputs, targets)', custom.evaluate);
  }
  if (custom.outputs !== undefined) integer('loss.outputs', custom.outputs, { min: 1 });
  if (custom.coupled !== undefined) boolean('loss.coupled', custom.coupled);
  const targets = oneOf('loss.targets', custom.targets ?? 'values', ['classes', 'values']);
  const head = targets === 'classes' ? 'softmax' : 'linear';
  return { name: 'custom', targets, head, custom };
}

/** The loss of these rows of a table alone. */
export function lossWithin(loss: ResolvedLoss, rows: ArrayLike<number>): ResolvedLoss {
  const { graph } = loss;
  if (graph === undefined) return loss;
  return { ...loss, graph: { ...graph, pairs: pairsAmong(graph.pairs, rows) } };
}

/** The distances of the third term; the formulas are in native/core/terms/distances. */
export const DISTANCES = ['squared-euclidean', 'euclidean'] as const;

export interface DistanceOptions {
  /** Default 'squared-euclidean'. */
  metric?: Name<(typeof DISTANCES)[number]>;
  /**
   * beta. 'auto' (default): r^4 / (r^4 + 3^4), r the ratio of between- to within-cluster scatter of
   * the first K-means, so that crisp clusters are held together (1) and a continuum is not torn apart
   * at the expense of the primary loss (0).
   */
  weight?: number | Name<'auto'>;
}

const BETA = option.custom<number | 'auto', DistanceOptions['weight']>(
  "a finite number of at least 0, or 'auto'",
  (name, value) => {
    if (value === 'auto') return value;
    if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
    throw invalidArgument(name, BETA.expected, value);
  },
);

export const DISTANCE = option.group({
  metric: {
    check: option.oneOf(DISTANCES),
    default: 'squared-euclidean',
    native: 'distance',
  },
  weight: { check: BETA, default: 'auto' },
});

export type ResolvedDistance = ReturnType<typeof DISTANCE>;
