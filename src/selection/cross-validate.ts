import { boolean, checkKeys, integer, oneOf, SEED } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import type { Labels } from '../data/labels.js';
import type { MatrixLike } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';
import { stratifiedFolds } from '../datasets/folds.js';
import { DeepType } from '../estimator/deeptype.js';
import { adjustedRandIndex } from '../metrics/index.js';
import { resolveThreads } from '../network/architecture.js';
import { optionsWithin } from '../options/knowledge-graph.js';
import { type DeepTypeOptions, resolveEstimator } from '../options/options.js';
import { resolveRun } from '../training/progress.js';
import { type Candidate, candidates, type Grid, type Parameters } from './grid.js';
import { inParallel, type SelectionRun } from './parallel.js';
import { choose, RULES, type Rule } from './rule.js';
import {
  type ErrorMeasure,
  holdsClasses,
  isSurvival,
  resolveScoring,
  type Scoring,
} from './scoring.js';
import { type Impute, Table } from './table.js';

export interface CrossValidationOptions extends SelectionRun {
  /** Number of folds; default 5. */
  folds?: number;
  /** Whether classes (for { time, event } the events) are spread evenly; default: where y holds them. */
  stratify?: boolean;
  /** N labels; rows with one label all go to the same fold. */
  groups?: Labels;
  /** How the best row is chosen; default 'one-standard-error'. */
  rule?: Name<Rule>;
  /** How errors are measured; default by loss: accuracy, concordance, squared or absolute error. */
  scoring?: Scoring;
  /** Fills missing values (NaN) by what the training rows of a fold say; without it they are refused. */
  impute?: Name<Impute>;
  /** Of the folds; models take theirs from the estimator's options. Default 0. */
  seed?: number;
}

/** One combination of the grid. */
export interface CrossValidationRow {
  readonly parameters: Parameters;
  /** Mean of `foldErrors`. */
  readonly error: number;
  /** Standard deviation of `foldErrors` (n - 1) over sqrt(folds). */
  readonly standardError: number;
  /** Error of each fold on its held-out rows. */
  readonly foldErrors: readonly number[];
  /** Mean number of features selected. */
  readonly features: number;
  /** Mean adjusted Rand index of the clusters that two folds' models give all rows of X. */
  readonly agreement: number;
}

export interface CrossValidation {
  /** The chosen row, and the estimator's options with its parameters: `new DeepType(best.options)`. */
  readonly best: CrossValidationRow & { readonly options: DeepTypeOptions };
  /** One row a combination, in the order of the grid, the last name varying fastest. */
  readonly table: readonly CrossValidationRow[];
}

interface Fit {
  readonly error: number;
  readonly features: number;
  readonly clusters: Int32Array;
}

const KEYS = [
  'folds',
  'stratify',
  'groups',
  'rule',
  'scoring',
  'impute',
  'seed',
  'signal',
  'onProgress',
] as const;

/**
 * Chooses alpha, beta and other options by k-fold cross-validation on X (N x D), y. Whatever is learned
 * from a table (standardisation, fill of missing values, alpha_max) is learned from a fold's training
 * rows. Fits run side by side, each on one thread, as many as `options.threads`; the result does not
 * depend on it.
 *
 * @throws (rejects) as `DeepType.fit`; `ERR_ABORTED` once all fits have ended
 */
export async function crossValidate(
  X: MatrixLike,
  y: Targets,
  options: DeepTypeOptions,
  grid: Grid,
  settings: CrossValidationOptions = {},
): Promise<CrossValidation> {
  const o = checkKeys('settings', settings, KEYS);
  const run = resolveRun(o) as SelectionRun;
  const list = candidates(options, grid);
  const rule = oneOf('rule', o.rule ?? 'one-standard-error', RULES);
  const table = new Table(X, y, o.impute);
  const foldOf = dealFolds(table, list[0]!, o);
  const folds = foldOf.reduce((a, b) => Math.max(a, b), 0) + 1;
  const measures = list.map((one) =>
    resolveScoring(o.scoring, resolveEstimator(one.options).training.loss, y),
  );
  const total = list.length * folds;
  const fits = await inParallel(total, resolveThreads(options.threads), run, (index, signal) => {
    const [row, fold] = [Math.floor(index / folds), index % folds];
    return fitFold(table, foldOf, fold, list[row]!.options, measures[row]!, signal);
  });
  const rows = list.map(({ parameters }, k) =>
    summary(parameters, fits.slice(k * folds, (k + 1) * folds)),
  );
  const best = choose(rows, rule);
  return { best: { ...best, options: list[rows.indexOf(best)]!.options }, table: rows };
}

/** Int32Array[N]: the fold of each row. */
function dealFolds(
  { X, y }: Table,
  { options }: Candidate,
  o: Partial<Record<(typeof KEYS)[number], unknown>>,
): Int32Array {
  const { loss } = resolveEstimator(options).training;
  const hasClasses = holdsClasses(loss, y) || isSurvival(y);
  const stratify = boolean('stratify', o.stratify ?? hasClasses);
  if (stratify && !hasClasses) throw invalidArgument('stratify', 'false for values', stratify);
  const strata = isSurvival(y) ? Array.from(y.event, Number) : (y as Labels);
  const folds = integer('folds', o.folds ?? 5, { min: 2, max: X.rows });
  const seed = integer('seed', o.seed ?? 0, SEED);
  const deal = o.groups === undefined ? { seed } : { seed, groups: o.groups as Labels };
  return stratifiedFolds(stratify ? strata : new Int32Array(X.rows), folds, deal);
}

async function fitFold(
  table: Table,
  foldOf: Int32Array,
  fold: number,
  options: DeepTypeOptions,
  measure: ErrorMeasure,
  signal: AbortSignal,
): Promise<Fit> {
  const all = table.all();
  const trained = all.filter((i) => foldOf[i] !== fold);
  const held = all.filter((i) => foldOf[i] === fold);
  const { train, rows } = table.part(trained);
  const test = rows(held);
  const model = new DeepType({ ...optionsWithin(options, trained), threads: 1 });
  try {
    await model.fit(train.X, train.y, { signal });
    return {
      error: measure(test.y, await DeepType.exactly(model, test.X)),
      features: model.selectedFeatures.length,
      clusters: await model.assignAsync(rows(all).X),
    };
  } finally {
    model.dispose();
  }
}

function summary(parameters: Parameters, fits: readonly Fit[]): CrossValidationRow {
  const foldErrors = fits.map(({ error }) => error);
  const error = mean(foldErrors);
  const variance = foldErrors.reduce((sum, e) => sum + (e - error) ** 2, 0) / (fits.length - 1);
  const agreements = fits.flatMap((a, i) =>
    fits.slice(i + 1).map((b) => adjustedRandIndex(a.clusters, b.clusters)),
  );
  return {
    parameters,
    error,
    standardError: Math.sqrt(variance / fits.length),
    foldErrors,
    features: mean(fits.map(({ features }) => features)),
    agreement: mean(agreements),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
