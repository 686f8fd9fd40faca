// What a fitted model is made of, to and from the contents of its files.

import {
  anyNumber,
  array,
  integer,
  isFloat32,
  isInt32,
  number,
  object,
  oneOf,
  string,
} from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Classes } from '../data/labels.js';
import { Matrix } from '../data/matrix.js';
import { readAs } from '../io/read-as.js';
import type { Tensor } from '../io/safetensors.js';
import { native } from '../native/addon.js';
import { ACTIVATION_NAMES, type ActivationName } from '../network/activations.js';
import { checkSkip, type Parameter } from '../network/parameters.js';
import { readStateDict } from '../network/state-dict.js';
import type { ResolvedEstimator } from '../options/options.js';
import { traitsOf } from '../options/penalties.js';
import type { Scalers } from '../preprocessing/target-scaler.js';
import { HISTORY_COLUMNS, HISTORY_PHASES, type History } from '../training/history.js';
import type { Hyperparameters } from '../training/objective.js';
import type { Outcome } from '../training/outcome.js';
import { readClusterChoice } from './cluster-choice.js';
import { historyColumns, type ModelContents } from './model-contents.js';
import type { WrittenOptions } from './options.js';
import { arraysOf, scalersOf } from './scalers.js';

/** A fitted model without native objects. */
export interface SavedModel extends Scalers {
  readonly written: WrittenOptions;
  readonly activation: ActivationName;
  /** In the order and layout of `Network.parameters()`. */
  readonly parameters: readonly Parameter[];
  readonly classes: Classes | undefined;
  readonly clusters: { readonly centroids: Matrix; readonly labels: Int32Array } | undefined;
  readonly hyperparameters: Hyperparameters;
  readonly result: Outcome | undefined;
}

export function writeModel(model: SavedModel): ModelContents {
  const { written, parameters, clusters, hyperparameters } = model;
  const { history, ...result } = model.result ?? {};
  const tensors = new Map<string, Tensor>(parameters.map((p) => [p.name, p]));
  if (clusters !== undefined) {
    const { data, rows, columns } = clusters.centroids;
    tensors.set('centroids', { shape: [rows, columns], data });
    tensors.set('labels', vectorOf(clusters.labels));
  }
  for (const [name, data] of arraysOf(model)) tensors.set(name, vectorOf(data));
  const document = {
    ...written,
    activation: model.activation,
    classes: model.classes ?? null,
    objective: hyperparameters,
    result: model.result === undefined ? null : result,
    history: history === undefined ? null : historyColumns(),
  };
  return { document, tensors, history };
}

function vectorOf(data: Float64Array | Int32Array): Tensor {
  return { shape: [data.length], data };
}

/**
 * Every value is checked as if it came from anywhere.
 *
 * @param file name for messages
 * @throws `ERR_CORRUPT_FILE`
 */
export function readModel(contents: ModelContents, file: string): SavedModel {
  return readAs(file, () => read(contents, file));
}

/**
 * The shape of the network, after checking that options, weights and classes are of one model.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function checkLoaded(saved: SavedModel, options: ResolvedEstimator) {
  const { parameters, classes, activation } = saved;
  const skip = parameters.length % 2 === 1; // a skip connection follows the layers
  const layers = parameters.slice(0, skip ? -1 : undefined);
  const widths = layers.filter((_, i) => i % 2 === 0).map(({ shape }) => shape[0]!);
  const [hidden, outputs] = [widths.slice(0, -1), widths.at(-1)!];
  if (hidden.join() !== options.hidden.join()) {
    throw invalidArgument('hidden', `${options.hidden} as in the options`, `${hidden}`);
  }
  oneOf('activation', activation, [options.activation]);
  const { penalty } = options.training.sparsity;
  const needsSkip = traitsOf(penalty).needsSkip ?? false;
  if (skip !== needsSkip) {
    throw invalidArgument('skip.weight', 'one under the hierarchical penalty only', skip);
  }
  const { targets } = options.training.loss;
  const [least, most] =
    targets === 'classes' ? [2, outputs] : targets === 'binary' ? [0, 2] : [0, 0];
  const count = classes?.length ?? 0;
  if (count < least || count > most || (targets === 'binary' && count === 2 && outputs !== 1)) {
    throw invalidArgument('classes', `classes for ${outputs} outputs`, classes);
  }
  return { inputs: parameters[0]!.shape[1]!, hidden, outputs, skip };
}

function read({ document, tensors, history }: ModelContents, file: string): SavedModel {
  const d = object('model.json', document);
  const layers = [...tensors].filter(([name]) => name.startsWith('layers.'));
  const parameters = readStateDict(new Map(layers), file).flatMap(({ weight, bias }, l) => [
    finite(`layers.${l}.weight`, weight.shape, weight.data),
    finite(`layers.${l}.bias`, [bias.length], bias),
  ]);
  const scalers = scalersOf((name) => tensors.get(name)?.data);
  const [inputs, width] = [parameters[0]!.shape[1]!, parameters.at(-2)!.shape[1]!];
  checkScalers(scalers, inputs, parameters.at(-1)!.data.length);
  const skip = tensors.get('skip.weight');
  if (skip !== undefined) {
    checkSkip(skip, parameters.at(-1)!.data.length, inputs, file);
    parameters.push(finite('skip.weight', skip.shape, skip.data as Float32Array));
  }
  return {
    written: {
      options: object('options', d.options),
      omitted: array('omitted', d.omitted).map((name) => string('omitted', name)),
    },
    activation: oneOf('activation', d.activation, ACTIVATION_NAMES),
    parameters,
    ...scalers,
    classes: d.classes === null ? undefined : readClasses(d.classes),
    clusters: readClusters(tensors, width),
    hyperparameters: readHyperparameters(object('objective', d.objective)),
    result: readResult(d, history, inputs),
  };
}

function checkScalers({ scaler, targetScaler }: Scalers, inputs: number, outputs: number): void {
  if (scaler !== undefined && scaler.mean.length !== inputs) {
    throw invalidArgument('scaler', `${inputs} columns`, scaler.mean.length);
  }
  if (targetScaler !== undefined && targetScaler.scale.length !== outputs) {
    throw invalidArgument('targets.scale', `${outputs} outputs`, targetScaler.scale.length);
  }
}

function finite(name: string, shape: readonly number[], data: unknown): Parameter {
  if (!isFloat32(data)) throw invalidArgument(name, 'float32 values', data);
  if (!native().allFinite(data, 0)) {
    throw invalidArgument(
      name,
      'finite values',
      data.find((x) => !Number.isFinite(x)),
    );
  }
  return { name, shape, data };
}

function readClasses(value: unknown): Classes {
  const classes = array('classes', value);
  const isSame = classes.every((x) => typeof x === typeof classes[0]);
  const isClass = (x: unknown) => typeof x === 'string' || Number.isSafeInteger(x);
  const isDistinct = new Set(classes).size === classes.length;
  if (classes.length < 2 || !isSame || !isDistinct || !classes.every(isClass)) {
    throw invalidArgument('classes', 'two or more integers or strings', value);
  }
  return classes as Classes;
}

function readClusters(tensors: ReadonlyMap<string, Tensor>, width: number): SavedModel['clusters'] {
  const [centroids, labels] = [tensors.get('centroids'), tensors.get('labels')];
  if (centroids === undefined && labels === undefined) return undefined;
  const { shape, data } = finite('centroids', centroids?.shape ?? [], centroids?.data);
  if (shape.length !== 2 || shape[1] !== width || data.length === 0) {
    throw invalidArgument('centroids', `rows of ${width} values`, shape);
  }
  if (!isInt32(labels?.data) || labels.shape.length !== 1) {
    throw invalidArgument('labels', 'int32 values', labels?.data);
  }
  const bad = labels.data.find((k) => k < 0 || k >= shape[0]!);
  if (bad !== undefined) throw invalidArgument('labels', `integers below ${shape[0]}`, bad);
  return { centroids: new Matrix(data, shape[0]!, width), labels: labels.data };
}

export function readHyperparameters(objective: Readonly<Record<string, unknown>>): Hyperparameters {
  const read = (name: string) =>
    objective[name] === undefined ? undefined : number(name, objective[name], { min: 0 });
  const { clusters } = objective;
  return {
    alpha: read('alpha'),
    alphaMax: read('alphaMax'),
    beta: read('beta'),
    clusters: clusters === undefined ? undefined : integer('clusters', clusters, { min: 1 }),
  };
}

const STOP_REASONS = ['converged', 'epochs', 'early-stopped', 'stopped'] as const;

function readResult(
  { result, history: columns }: Readonly<Record<string, unknown>>,
  history: History | undefined,
  inputs: number,
): Outcome | undefined {
  if (result === null) return undefined;
  const r = object('result', result);
  const count = (name: string, min = 0) => integer(`result.${name}`, r[name], { min });
  const weight = (name: string) => number(`result.${name}`, r[name], { min: 0 });
  return {
    stopReason: oneOf('result.stopReason', r.stopReason, STOP_REASONS),
    kktResidual: anyNumber('result.kktResidual', r.kktResidual),
    alpha: weight('alpha'),
    alphaMax: weight('alphaMax'),
    beta: weight('beta'),
    clusters: count('clusters', 1),
    ...(r.clusterChoice === undefined ? {} : { clusterChoice: readClusterChoice(r.clusterChoice) }),
    history: checkHistory(columns, history, inputs),
    steps: count('steps'),
    clusterings: count('clusterings'),
  };
}

function checkHistory(columns: unknown, history: History | undefined, inputs: number): History {
  const texts = (of: readonly unknown[]) => of.map((text) => string('history', text)).join();
  const all = array('history', columns).map((one) => object('history', one));
  const isKnown =
    texts(all.map(({ column }) => column)) === HISTORY_COLUMNS.join() &&
    texts(array('history', all[0]?.values)) === HISTORY_PHASES.join();
  if (!isKnown || history === undefined || history.mostSelected > inputs) {
    throw invalidArgument('history', `a table of ${HISTORY_COLUMNS.join(', ')}`, columns);
  }
  return history;
}
