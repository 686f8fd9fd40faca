import { type Matrix, metrics } from 'deeptype';
import type { Clusters } from './methods.js';
import { type Cohort, pick, pickRows } from './tables.js';

/** What one method says of patients that its models have not seen. */
export interface OutOfFold {
  readonly method: string;
  /** K, by fold. */
  readonly counts: readonly number[];
  /** Genes kept, by fold, where the method selects. */
  readonly selected: readonly (readonly number[])[];
  /** Cluster of each patient by the model of the fold it is in, with the name it has in that model. */
  readonly own: readonly number[];
  /** The same with the names of the first fold's model. */
  readonly matched: readonly string[];
  /** Means over the folds, of their test rows. */
  readonly ari: number;
  readonly nmi: number;
  readonly silhouette: number;
  readonly accuracy: number | undefined;
}

export type Learn = (X: Matrix, subtype: readonly string[], fold: number) => Promise<Clusters>;

/**
 * Fits on all folds but one, clusters that one. Scaling, K, genes and centroids come from the training
 * rows alone. The clusters of a fold are matched to those of the first by the patients that both
 * models were trained on (Hungarian); one without a partner keeps a name of its own.
 */
export async function outOfFold(
  method: string,
  cohort: Cohort,
  foldOf: Int32Array,
  learn: Learn,
): Promise<OutOfFold> {
  const { X, subtype } = cohort;
  const folds = Math.max(...foldOf) + 1;
  const rows = Array.from(foldOf.keys());
  const own: number[] = [];
  const matched: string[] = [];
  const facts = { counts: [] as number[], selected: [] as (readonly number[])[] };
  const sums = { ari: 0, nmi: 0, silhouette: 0, accuracy: 0 };
  let first: Int32Array | undefined;
  for (let fold = 0; fold < folds; fold++) {
    const train = rows.filter((row) => foldOf[row] !== fold);
    const test = rows.filter((row) => foldOf[row] === fold);
    const model = await learn(pickRows(X, train), pick(subtype, train), fold);
    const unseen = pickRows(X, test);
    const found = model.assign(unseen);
    const everyone = model.assign(X);
    first ??= everyone;
    const shared = rows.filter((row) => foldOf[row] !== fold && foldOf[row] !== 0);
    const names = metrics.matchClusters(
      shared.map((row) => first![row]!),
      shared.map((row) => everyone[row]!),
    );
    test.forEach((row, i) => {
      const cluster = found[i]!;
      own[row] = cluster;
      matched[row] = names.has(cluster)
        ? `${names.get(cluster)! + 1}`
        : `${cluster + 1} of fold ${fold + 1}`;
    });
    const truth = pick(subtype, test);
    sums.ari += metrics.adjustedRandIndex(truth, found) / folds;
    sums.nmi += metrics.normalizedMutualInformation(truth, found) / folds;
    sums.silhouette += metrics.silhouetteScore(model.place(unseen), found) / folds;
    sums.accuracy += (model.score?.(unseen, truth) ?? Number.NaN) / folds;
    facts.counts.push(model.k);
    if (model.selected !== undefined) facts.selected.push(model.selected);
    model.dispose?.();
  }
  const accuracy = Number.isNaN(sums.accuracy) ? undefined : sums.accuracy;
  return { method, ...facts, own, matched, ...sums, accuracy };
}
