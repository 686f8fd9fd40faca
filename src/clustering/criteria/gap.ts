import { Random } from '../../common/random.js';
import { runSliced } from '../../common/time-slices.js';
import { Matrix } from '../../data/matrix.js';
import { pca } from '../../preprocessing/pca.js';
import { sampleRows } from '../sample.js';
import type { Study } from '../study.js';
import { byGreatest, type Criterion, withFirst } from './criterion.js';

/** The gap statistic of one number of clusters. */
export interface Gap {
  readonly clusters: number;
  /** Gap(k) = mean_b log W*_kb - log W_k */
  readonly gap: number;
  /** s_k = sd_b(log W*_kb) sqrt(1 + 1/B) */
  readonly error: number;
  /** log W_k, W_k the within-cluster sum of squares. */
  readonly logInertia: number;
}

/** Rows sampled from larger tables, and reference tables for each. */
const ROWS = 2000;
export const REFERENCES = 10;

/** Smaller than any sum of squares of a float32 table; keeps logarithms finite. */
const TINY = 1e-300;

/** The gap statistic, ranked first by its rule of one standard error, then by its value. */
export const gap: Criterion = {
  tasks: REFERENCES,
  async evaluate({ study, table, scores, partitions }) {
    const rows = await runSliced(sampleRows(table, ROWS, study.seed));
    const inertias = scores.map(({ clusters }, i) => ({
      clusters,
      inertia: partitions[i]!.inertia,
    }));
    if (rows.table !== table) {
      await study.each(inertias, async (entry) => {
        entry.inertia = (await study.cluster(rows.table, entry.clusters, 0)).inertia;
      });
    }
    const found = await gaps(study, rows.table, inertias, REFERENCES);
    found.forEach(({ gap, error }, i) => {
      Object.assign(scores[i]!, { gap, gapError: error });
    });
  },
  rank(scores) {
    const values = scores.map(({ clusters, gap = 0, gapError = 0 }) => ({
      clusters,
      gap,
      error: gapError,
    }));
    return withFirst(byGreatest(({ gap = 0 }) => gap)(scores), oneStandardError(values));
  },
};

/**
 * The gap statistic (Tibshirani, Walther and Hastie 2001): the difference of log W_k from its mean in
 * reference tables without clusters, drawn uniformly from the bounding box of X in its principal axes
 * (their choice b). K-means is invariant under rotation, so the draws stay in that basis.
 */
export async function gaps(
  study: Study,
  table: Matrix,
  inertias: readonly { clusters: number; inertia: number }[],
  references: number,
): Promise<Gap[]> {
  const draws = drawReferences(table, references, study.seed);
  const logs = inertias.map(() => new Float64Array(references));
  const tasks = inertias.flatMap((_, a) => draws.map((_, b) => [a, b] as const));
  await study.each(tasks, async ([a, b], index) => {
    const { inertia } = await study.cluster(draws[b]!, inertias[a]!.clusters, index + 1);
    logs[a]![b] = Math.log(Math.max(inertia, TINY));
  });
  return inertias.map(({ clusters, inertia }, a) => {
    const mean = logs[a]!.reduce((sum, log) => sum + log, 0) / references;
    const variance = logs[a]!.reduce((sum, log) => sum + (log - mean) ** 2, 0) / references;
    const logInertia = Math.log(Math.max(inertia, TINY));
    const error = Math.sqrt(variance * (1 + 1 / references));
    return { clusters, gap: mean - logInertia, error, logInertia };
  });
}

/** The smallest k with Gap(k) >= Gap(k + 1) - s_{k+1}, for consecutive k; the last if there is none. */
export function oneStandardError(scores: readonly Omit<Gap, 'logInertia'>[]): number {
  const found = scores.find(({ gap }, i) => {
    const next = scores[i + 1];
    return next === undefined || gap >= next.gap - next.error;
  });
  return found!.clusters;
}

/** B reference tables of the shape of X, uniform on its bounding box in principal axes. */
function drawReferences(table: Matrix, references: number, seed: number): Matrix[] {
  const { rows } = table;
  const components = Math.min(rows, table.columns);
  const { transformed } = pca(table, components);
  const low = new Float64Array(components).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(components).fill(Number.NEGATIVE_INFINITY);
  transformed.data.forEach((x, k) => {
    const j = k % components;
    low[j] = Math.min(low[j]!, x);
    high[j] = Math.max(high[j]!, x);
  });
  return Array.from({ length: references }, (_, b) => {
    const random = new Random(seed, b + 1);
    const data = Float32Array.from(transformed.data, (_, k) => {
      const j = k % components;
      return low[j]! + (high[j]! - low[j]!) * random.uniform();
    });
    return new Matrix(data, rows, components);
  });
}
