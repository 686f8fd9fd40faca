import { boolean, checkKeys, integer, number, object, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { runSync } from '../common/time-slices.js';
import type { Labels } from '../data/labels.js';
import { acceptFloat32, type Matrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import type { EncodedTargets, Targets } from '../data/targets.js';
import { DeepType } from '../estimator/deeptype.js';
import { predictExactly } from '../estimator/predict.js';
import type { Network } from '../network/network.js';
import { optionsWithin } from '../options/knowledge-graph.js';
import { lossWithin } from '../options/losses.js';
import {
  type DeepTypeOptions,
  type ResolvedEstimator,
  resolveEstimator,
} from '../options/options.js';
import { traitsOf } from '../options/penalties.js';
import { Scaler } from '../preprocessing/scaler.js';
import { learnTargets, type TargetScaler } from '../preprocessing/target-scaler.js';
import { resolveRun } from '../training/progress.js';
import { encodeTargets, standardized } from '../training/targets.js';
import { inParallel, Reporter, type SelectionRun } from './parallel.js';
import { refit, takeColumns } from './refit.js';
import { type ErrorMeasure, holdsClasses, resolveScoring, type Scoring } from './scoring.js';
import { type Impute, type Part, type Rows, Table } from './table.js';
import { type TracePoint, trace } from './trace.js';

/** Rows that judge: a share held out at random, or a table. */
export type PathValidation =
  | { fraction: number; groups?: Labels; seed?: number }
  | { X: MatrixLike; y: Targets };

export interface PathOptions extends SelectionRun {
  /** Number of points; default 50. */
  steps?: number;
  /** Smallest alpha over the largest; default 1e-5. */
  ratio?: number;
  /** Most iterations of settling at a point, each a pass over the table; default 50. */
  iterations?: number;
  /** Rows on which the error of each point is measured; they are not trained on. */
  validation?: PathValidation;
  /** Whether the error of a model refitted to a point's features is measured too; default false. */
  refit?: boolean;
  /** How errors are measured; default by loss, as in `crossValidate`. */
  scoring?: Scoring;
  /** Fills missing values (NaN) by what the training rows say; without it they are refused. */
  impute?: Name<Impute>;
}

export interface PathPoint extends TracePoint {
  /** On the validation rows, the error of the network of the path, and of a model refitted. */
  readonly validation?: { readonly error: number; readonly refitError?: number };
}

/** What the path is trained on, and what judges it. */
interface Task {
  readonly x: Matrix;
  readonly targets: EncodedTargets;
  readonly targetScaler: TargetScaler | undefined;
  /** Which rows of the table these are. */
  readonly indices: Int32Array;
  /** The same rows before they were standardised. */
  readonly train: Rows;
  readonly test: (Rows & { readonly x: Matrix }) | undefined;
  readonly measure: ErrorMeasure;
}

const KEYS = [
  'steps',
  'ratio',
  'iterations',
  'validation',
  'refit',
  'scoring',
  'impute',
  'signal',
  'onProgress',
] as const;
type Given = Partial<Record<(typeof KEYS)[number], unknown>>;

/**
 * The path of primary loss + alpha sparsity from dense to empty: alpha rises geometrically, and each
 * point starts from the network of the last one (the idea of LassoNet; Lemhadri et al. 2021, JMLR
 * 22:127). The distance term has no part in it: the path asks which inputs the task needs. The largest alpha is found by a coarse run ahead, that starts below alpha_max of the dense
 * network and ends when the layer is empty. Should it not be empty at the last of the `steps` points, more follow at the same rate.
 *
 * @throws (rejects) as `DeepType.fit`; `ERR_INVALID_ARGUMENT` also for a penalty that gives no zeros
 */
export async function path(
  X: MatrixLike,
  y: Targets,
  options: DeepTypeOptions,
  settings: PathOptions = {},
): Promise<PathPoint[]> {
  const o = checkKeys('settings', settings, KEYS);
  const run = resolveRun(o) as SelectionRun;
  const steps = integer('steps', o.steps ?? 50, { min: 2, max: 1_000_000 });
  const ratio = number('ratio', o.ratio ?? 1e-5, { exclusiveMin: 0, exclusiveMax: 1 });
  const iterations = integer('iterations', o.iterations ?? 50, { min: 1 });
  const isRefitted = boolean('refit', o.refit ?? false);
  if (isRefitted && o.validation === undefined) {
    throw invalidArgument('validation', 'rows that judge a refit', o.validation);
  }
  const estimator = resolveEstimator({ ...object('options', options), clusters: 1 });
  const { penalty, solver } = estimator.training.sparsity;
  if (traitsOf(penalty).isSmooth || solver !== 'proximal') {
    throw invalidArgument('sparsity', 'a penalty and a solver that give zeros', penalty);
  }
  const task = prepare(X, y, o, estimator);
  const reporter = new Reporter(run.onProgress, steps);
  const schedule = { steps, ratio, iterations };
  const points = await trace(task, estimator, schedule, run.signal, (point, network): PathPoint => {
    const { test } = task;
    const judged = test && { validation: { error: errorOf(network, task, estimator, test) } };
    reporter.tick();
    return { ...point, ...judged };
  });
  if (task.test === undefined || !isRefitted) return points;
  const within = optionsWithin(options, task.indices);
  return withRefits(points, task, task.test, within, estimator.training.threads, run.signal);
}

function prepare(X: MatrixLike, y: Targets, o: Given, estimator: ResolvedEstimator): Task {
  const { loss, classWeight } = estimator.training;
  const table = new Table(X, y, o.impute);
  const { part, test } = acceptValidation(o.validation, table, holdsClasses(loss, y));
  const { train, indices } = part;
  const scaler = estimator.standardize ? new Scaler().fit(train.X) : undefined;
  const scaled = (raw: RawMatrix): Matrix => scaler?.transform(raw) ?? acceptFloat32(raw, 'X');
  const given = encodeTargets(train.y, train.X.rows, lossWithin(loss, indices), { classWeight });
  const targetScaler = estimator.standardizeTargets
    ? runSync(learnTargets(given, loss))
    : undefined;
  return {
    x: scaled(train.X),
    targets: runSync(standardized(given, targetScaler, 'y')),
    targetScaler,
    indices,
    train,
    test: test && { ...test, x: scaled(test.X) },
    measure: resolveScoring(o.scoring, loss, y),
  };
}

/** The rows to train on, and those that judge. */
function acceptValidation(
  validation: unknown,
  table: Table,
  stratify: boolean,
): { part: Part; test?: Rows } {
  if (validation === undefined) return { part: table.part(table.all()) };
  const v = checkKeys('validation', validation, ['fraction', 'groups', 'seed', 'X', 'y']);
  if (v.X !== undefined && v.y !== undefined) {
    const part = table.part(table.all());
    return { part, test: { X: part.fill(v.X as MatrixLike, 'validation.X'), y: v.y as Targets } };
  }
  const { train, held } = table.hold({
    testFraction: number('validation.fraction', v.fraction, { exclusiveMin: 0, exclusiveMax: 1 }),
    stratify,
    groups: v.groups as Labels | undefined,
    seed: integer('validation.seed', v.seed ?? 0, SEED),
  });
  const part = table.part(train);
  return { part, test: part.rows(held) };
}

function errorOf(
  network: Network,
  { targets, targetScaler, measure }: Task,
  { training }: ResolvedEstimator,
  test: Rows & { readonly x: Matrix },
): number {
  const { classValues: classes } = targets;
  const predicting = { scaler: undefined, network, classes, targetScaler, training };
  return measure(test.y, predictExactly(predicting, test.x));
}

/** The points with the errors of models refitted to their features, one a set of features. */
async function withRefits(
  points: readonly PathPoint[],
  { train, measure }: Task,
  test: Rows,
  options: DeepTypeOptions,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<PathPoint[]> {
  const keyOf = ({ selected }: TracePoint): string => selected.toSorted().join();
  const sets = new Map(points.map((point) => [keyOf(point), point.selected.toSorted()]));
  sets.delete('');
  const keys = [...sets.keys()];
  const errors = await inParallel(keys.length, threads, { signal }, async (k, inner) => {
    const features = sets.get(keys[k]!)!;
    const one = { ...options, threads: 1 };
    const model = await refit(train.X, train.y, one, features, { signal: inner });
    try {
      return measure(test.y, await DeepType.exactly(model, takeColumns(test.X, features)));
    } finally {
      model.dispose();
    }
  });
  return points.map((point) => {
    const refitError = errors[keys.indexOf(keyOf(point))];
    if (refitError === undefined) return point;
    return { ...point, validation: { error: point.validation!.error, refitError } };
  });
}
