// Clusters of the representation H (N,R): centroids (K,R), and the one that each row is drawn to.
import { checkClustering } from '../clustering/index.js';
import { Matrix } from '../data/matrix.js';
import type { ClusterPlan } from '../native/session.js';
import { call, type TrainingContext } from './context.js';

/** K-means from the last centroids, or from the best of ten k-means++ starts. */
export function clusterPlan(clusters: number, warm: boolean, hold: number): ClusterPlan {
  return { clusters, warm, restarts: warm ? 1 : 10, maxIterations: 300, tolerance: 1e-4, hold };
}

/**
 * K-means on the whole representation.
 *
 * @param hold the share of rows that must change cluster for the new centroids to be taken
 * @returns how many rows changed cluster
 */
export async function cluster(t: TrainingContext, warm: boolean, hold: number): Promise<number> {
  t.state.clusterings += 1;
  if (t.options.clusterer !== undefined) return clusterByCaller(t, warm, hold);
  const plan = clusterPlan(t.hyperparameters.clusters!, warm, hold);
  const outcome = await call(t, (session) => session.cluster(plan));
  if (!outcome.stopped) t.state.isClustered = true;
  return outcome.changed;
}

/** Every row in the cluster of its nearest centroid, after K-means where there are none yet. */
export async function label(t: TrainingContext): Promise<void> {
  if (!t.state.isClustered) {
    await cluster(t, false, 0);
    t.state.clusterings -= 1; // it labels the rows; no step was taken on it
  }
  await call(t, (session) => session.relabel());
}

/** The same by the `clusterer` option. */
async function clusterByCaller(t: TrainingContext, warm: boolean, hold: number): Promise<number> {
  const { session, rows, width } = t;
  const clusters = t.hyperparameters.clusters!;
  const representation = new Matrix(await call(t, (s) => s.represent()), rows, width);
  if (t.run.isCut) return 0;
  const before = session.clusters();
  const isWarm = warm && before.labels.length === rows;
  const init = isWarm ? new Matrix(before.centroids, clusters, width) : undefined;
  const result = t.options.clusterer!(representation, clusters, init);
  t.run.check(); // it may have aborted the fit or disposed of the model
  const { labels, centroids } = checkClustering(result, rows, clusters, width);
  const changed = isWarm
    ? labels.reduce((count, label, i) => count + (label === before.labels[i] ? 0 : 1), 0)
    : rows;
  if (!isWarm || hold === 0 || changed > hold * rows) session.setClusters(centroids, labels);
  t.state.isClustered = true;
  return changed;
}
