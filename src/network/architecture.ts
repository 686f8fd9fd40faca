// What a network is made of: its layers, units and initial weights.
import { boolean, checkKeys, integer, number, oneOf, SEED } from '../common/checks.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { native } from '../native/addon.js';
import { ACTIVATION_NAMES, type ActivationName } from './activations.js';

export interface NetworkOptions {
  /** Number of input features D. */
  inputs: number;
  /** Widths of the hidden layers; the last is the representation layer. Default [64, 64, 32]. */
  hidden?: readonly number[];
  /** Number of outputs C. */
  outputs: number;
  /**
   * Of every hidden layer; the output layer is linear. Default 'relu'. GELU is the exact erf form; the slope of
   * leaky-relu below 0 is 0.01.
   */
  activation?: Name<ActivationName>;
  /**
   * 'uniform' (default): weights and biases uniform on +-1/sqrt(inputs of the layer), as PyTorch's
   * Linear. { normal: s }: weights from N(0, s^2), biases 0. 'zeros': for parameters that `load` sets.
   */
  init?: Name<'uniform' | 'zeros'> | { normal: number };
  /**
   * Whether there is a linear skip connection, X Theta added to the outputs (LassoNet); default false.
   * The `hierarchical` penalty needs it. Its weights are the last of `parameters()`, and count among the
   * outgoing weights of an input. They start uniform on +-1/sqrt(inputs), or normal as the others.
   */
  skip?: boolean;
  /** Of the initial weights; default 0. */
  seed?: number;
  /** Threads of `forward` and `representation`; default 'auto'. */
  threads?: number | Name<'auto'>;
}

/** The widest layer and the largest network that are accepted, in units and parameters. */
const MAX_WIDTH = 2 ** 24;
const MAX_PARAMETERS = 2 ** 31;
/** The most hidden layers. */
export const MAX_HIDDEN = 64;

/** The widths of a network and what is between its layers. */
export interface Architecture {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: ActivationName;
  readonly skip: boolean;
}

/** A checked `NetworkOptions`. */
export interface ResolvedNetwork extends Architecture {
  /** Of normal initial weights; 0 for uniform ones, null for zeros. */
  readonly initDeviation: number | null;
  readonly seed: number;
  readonly threads: number;
}

const KEYS = [
  'inputs',
  'hidden',
  'outputs',
  'activation',
  'init',
  'skip',
  'seed',
  'threads',
] as const;

/** Checks the options of `Network`. */
export function resolveNetwork(options: unknown): ResolvedNetwork {
  const o = checkKeys('options', options, KEYS);
  const architecture = {
    inputs: integer('inputs', o.inputs, { min: 1, max: MAX_WIDTH }),
    hidden: Object.freeze(resolveHidden(o.hidden)),
    outputs: integer('outputs', o.outputs, { min: 1, max: MAX_WIDTH }),
    activation: oneOf('activation', o.activation ?? 'relu', ACTIVATION_NAMES),
    skip: boolean('skip', o.skip ?? false),
  };
  const threads = resolveThreads(o.threads);
  const size = parameterCount(architecture);
  if (size > MAX_PARAMETERS) {
    throw new DeepTypeError('ERR_OUT_OF_MEMORY', `a network of ${size} parameters is too large`);
  }
  const initDeviation = o.init === 'zeros' ? null : resolveInit(o.init);
  return { ...architecture, threads, initDeviation, seed: integer('seed', o.seed ?? 0, SEED) };
}

/** D, the hidden widths, C. */
export function widthsOf({ inputs, hidden, outputs }: Architecture): number[] {
  return [inputs, ...hidden, outputs];
}

function parameterCount(architecture: Architecture): number {
  const { inputs, outputs, skip } = architecture;
  const widths = widthsOf(architecture);
  const skipped = skip ? inputs * outputs : 0;
  return widths.slice(1).reduce((sum, out, l) => sum + (widths[l]! + 1) * out, skipped);
}

/** Checks the `hidden` option. */
export function resolveHidden(hidden: unknown): readonly number[] {
  if (hidden === undefined) return [64, 64, 32];
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.length > MAX_HIDDEN) {
    throw invalidArgument('hidden', `an array of 1 to ${MAX_HIDDEN} widths`, hidden);
  }
  return Array.from(hidden as unknown[], (width, l) =>
    integer(`hidden[${l}]`, width, { min: 1, max: MAX_WIDTH }),
  );
}

/** The deviation of normal initial weights; 0 stands for uniform ones. */
export function resolveInit(init: unknown): number {
  if (init === undefined || init === 'uniform') return 0;
  if (typeof init !== 'object') throw invalidArgument('init', "'uniform' or { normal }", init);
  const { normal } = checkKeys('init', init, ['normal']);
  return number('init.normal', normal, { exclusiveMin: 0 });
}

/** A number of threads; 'auto' is min(cores, cgroup quota). */
export function resolveThreads(threads: unknown): number {
  if (threads === undefined || threads === 'auto') return native().machine().threads;
  return integer('threads', threads, { min: 1, max: 256 });
}
