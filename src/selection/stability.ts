import { boolean, checkKeys, integer, number, object, SEED } from '../common/checks.js';
import type { Name } from '../common/name.js';
import { Random } from '../common/random.js';
import type { Labels } from '../data/labels.js';
import type { MatrixLike } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';
import { DeepType } from '../estimator/deeptype.js';
import { resolveThreads } from '../network/architecture.js';
import { optionsWithin } from '../options/knowledge-graph.js';
import { type DeepTypeOptions, resolveEstimator } from '../options/options.js';
import { resolveRun } from '../training/progress.js';
import { inParallel, type SelectionRun } from './parallel.js';
import { holdsClasses } from './scoring.js';
import { type Impute, Table } from './table.js';

export interface StabilityOptions extends SelectionRun {
  /** Number of subsamples, each without replacement; default 100. */
  resamples?: number;
  /** Share of the rows (with `groups`, of the groups) in a subsample; default 0.5, that of the bound. */
  fraction?: number;
  /** Selection probability from which a feature is selected, in (0.5, 1]; default 0.75. */
  threshold?: number;
  /** At most so many features of a subsample count, those of the largest norms; default all kept. */
  maxFeatures?: number;
  /** Whether subsamples keep the proportions of the classes; default: where y holds classes. */
  stratify?: boolean;
  /** N labels; rows with one label are all in a subsample, or none is. */
  groups?: Labels;
  /** Fills missing values (NaN) by what the rows of a subsample say; without it they are refused. */
  impute?: Name<Impute>;
  /** Of the subsamples; models take theirs from the estimator's options. Default 0. */
  seed?: number;
}

export interface Stability {
  /** Float64Array[D]: share of the subsamples in which a feature was selected. */
  readonly probability: Float64Array;
  /** The features whose probability is at least the threshold, by falling probability. */
  readonly selected: Int32Array;
  /** Upper bound on the expected number of falsely selected features, q^2 / ((2 threshold - 1) D). */
  readonly errorBound: number;
  /** q: mean number of features selected in a subsample. */
  readonly meanSelected: number;
}

const KEYS = [
  'resamples',
  'fraction',
  'threshold',
  'maxFeatures',
  'stratify',
  'groups',
  'impute',
  'seed',
  'signal',
  'onProgress',
] as const;

/**
 * Stability selection (Meinshausen and Bühlmann 2010, J. R. Stat. Soc. B 72:417): the estimator is
 * fitted to many subsamples of X (N x D), y; a feature counts that most of them select. By their
 * Theorem 1 the expected number of false ones is at most q^2 / ((2 threshold - 1) D) for halves of the
 * rows, if the false features are exchangeable in what is selected and selection is better than
 * guessing. Fits run side by side, each on one thread; the result does not depend on how many.
 *
 * @throws (rejects) as `DeepType.fit`; `ERR_ABORTED` once all fits have ended
 */
export async function stability(
  X: MatrixLike,
  y: Targets,
  options: DeepTypeOptions,
  settings: StabilityOptions = {},
): Promise<Stability> {
  const o = checkKeys('settings', settings, KEYS);
  const run = resolveRun(o) as SelectionRun;
  const estimator = resolveEstimator(object('options', options));
  const table = new Table(X, y, o.impute);
  const columns = table.X.columns;
  const resamples = integer('resamples', o.resamples ?? 100, { min: 1 });
  const fraction = number('fraction', o.fraction ?? 0.5, { exclusiveMin: 0, exclusiveMax: 1 });
  const threshold = number('threshold', o.threshold ?? 0.75, { exclusiveMin: 0.5, max: 1 });
  const most = integer('maxFeatures', o.maxFeatures ?? columns, { min: 1 });
  const stratify = boolean('stratify', o.stratify ?? holdsClasses(estimator.training.loss, y));
  const split = { testFraction: 1 - fraction, stratify, groups: o.groups as Labels | undefined };
  const random = new Random(integer('seed', o.seed ?? 0, SEED));
  const subsamples = Array.from(
    { length: resamples },
    () => table.hold({ ...split, seed: random.next() }).train,
  );
  const threads = resolveThreads(options.threads);
  const chosen = await inParallel(resamples, threads, run, async (index, signal) => {
    const rows = subsamples[index]!;
    const { train } = table.part(rows);
    const model = new DeepType({ ...optionsWithin(options, rows), threads: 1 });
    try {
      await model.fit(train.X, train.y, { signal });
      return model.selectedFeatures.slice(0, most);
    } finally {
      model.dispose();
    }
  });
  return summary(chosen, columns, threshold);
}

function summary(chosen: readonly Int32Array[], columns: number, threshold: number): Stability {
  const counts = new Int32Array(columns);
  for (const features of chosen) for (const j of features) counts[j]!++;
  const probability = Float64Array.from(counts, (count) => count / chosen.length);
  const meanSelected = probability.reduce((sum, p) => sum + p, 0);
  return {
    probability,
    selected: Int32Array.from(counts.keys())
      .filter((j) => probability[j]! >= threshold)
      .sort((a, b) => counts[b]! - counts[a]! || a - b),
    errorBound: meanSelected ** 2 / ((2 * threshold - 1) * columns),
    meanSelected,
  };
}
