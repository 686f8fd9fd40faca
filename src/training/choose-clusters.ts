// How K is chosen from a range: criteria rank the representation, the best K are trained, and the one whose clusters
// have the greatest mean silhouette in their own trained representation is kept.
import { scoreClusters, taskCount } from '../clustering/choice.js';
import { isProper } from '../clustering/criteria/criterion.js';
import { SILHOUETTE_ROWS } from '../clustering/criteria/silhouette.js';
import { newStudy } from '../clustering/study.js';
import { isLargeShape } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';
import { silhouetteScoreAsync } from '../metrics/silhouette.js';
import { newSharedFloat32 } from '../native/memory.js';
import { clusterCounts, type ResolvedRange } from '../options/cluster-range.js';
import type { ResolvedJoint } from '../options/schedules.js';
import { label } from './clusters.js';
import { call, goesOn, report, type TrainingContext } from './context.js';
import { isometric } from './initialise.js';
import { disposeSearch, type Search } from './run-snapshot.js';
import { checkpoint, goBackTo, trainedNow } from './snapshots.js';

/** Trains by `train` the K that was given or chosen before, or else each of the best of the range. */
export async function forEachCandidate(
  t: TrainingContext,
  { restart }: ResolvedJoint,
  train: () => Promise<void>,
): Promise<void> {
  const { clusters: range } = t.options;
  const isChosen = t.hyperparameters.clusters !== undefined && t.search === undefined;
  if (typeof range === 'number' || isChosen || !goesOn(t)) return train();
  await search(t, range, restart === 'isometric', train);
}

/** Continues a search that has begun. */
async function search(
  t: TrainingContext,
  range: ResolvedRange,
  isRestarted: boolean,
  train: () => Promise<void>,
): Promise<void> {
  if (t.search === undefined) {
    t.search = await beginSearch(t, range, isRestarted);
    if (t.search === undefined) return; // stopped
    await beginCandidate(t, t.search);
  }
  const { search } = t;
  for (let isOver = false; !isOver && goesOn(t); ) {
    await train();
    if (goesOn(t)) await judgeCandidate(t, search);
    // Where it is stopped: with what it has, if no other was trained to its end.
    isOver = t.choice!.candidates.length === search.candidates.length;
    if (!isOver && goesOn(t)) await beginCandidate(t, search);
  }
  const { best } = search;
  t.search = undefined;
  if (best !== undefined && best.trained.clusters !== t.hyperparameters.clusters) {
    await goBackTo(t, best.trained);
  }
  disposeSearch(search);
}

/** Asks the criteria which K suit the representation as it is; the best becomes K for now. */
export async function choose(t: TrainingContext, range: ResolvedRange): Promise<void> {
  const { clusterer, seed, threads } = t.options;
  const table = await represented(t, clusterer === undefined);
  if (t.run.isCut) return; // the end of the run does it
  const counts = clusterCounts(range, t.rows);
  const tasks = taskCount(range.scores, counts.length);
  const progress = (epoch: number, fraction: number, always = false) =>
    report(t, { phase: 'choose', epoch, epochs: tasks }, fraction, always);
  const study = newStudy({
    seed,
    threads,
    clusterer,
    check: () => t.run.check(),
    advance: (epoch) => progress(epoch, Math.min(1, epoch / tasks)),
  });
  t.choice = await scoreClusters(study, table, counts, range.scores);
  progress(tasks, 1, true);
  t.hyperparameters.clusters = t.choice.ranking[0]!;
}

/** Ranks the K by the representation as it will be initialised; undefined where the run was stopped. */
async function beginSearch(
  t: TrainingContext,
  range: ResolvedRange,
  isRestarted: boolean,
): Promise<Search | undefined> {
  const pretrained = await trainedNow(t);
  if (isRestarted) await isometric(t);
  await choose(t, range);
  if (goesOn(t) && t.choice !== undefined) {
    // The favourite last: where it wins, which is most often, nothing need be restored.
    const candidates = t.choice.ranking.slice(0, range.candidates).reverse();
    return { pretrained, candidates, best: undefined };
  }
  pretrained.session.dispose();
  return undefined;
}

async function beginCandidate(
  t: TrainingContext,
  { pretrained, candidates }: Search,
): Promise<void> {
  const clusters = candidates[t.choice!.candidates.length]!;
  await goBackTo(t, { ...pretrained, clusters });
  await checkpoint(t);
}

/** Enters the candidate that is trained into the choice, and keeps it where it is the best. */
async function judgeCandidate(t: TrainingContext, search: Search): Promise<void> {
  const silhouette = await trainedSilhouette(t);
  if (t.run.isCut) return;
  t.choice!.candidates.unshift({ clusters: t.hyperparameters.clusters!, silhouette });
  if (search.best !== undefined && silhouette < search.best.silhouette) return;
  search.best?.trained.session.dispose();
  search.best = { silhouette, trained: await trainedNow(t) };
}

/** Mean silhouette of the clusters in the representation that was trained with them. */
async function trainedSilhouette(t: TrainingContext): Promise<number> {
  await label(t);
  const { labels } = t.session.clusters();
  if (!isProper(labels)) return -1;
  const table = await represented(t, true);
  const options = { sample: SILHOUETTE_ROWS, seed: t.options.seed };
  return call(t, () => silhouetteScoreAsync(table, labels, options));
}

/** H (N,R); a large one that no caller sees in shared memory, which threads read in place. */
async function represented(t: TrainingContext, isOwn: boolean): Promise<Matrix> {
  const { rows, width } = t;
  if (!isOwn || !isLargeShape(rows, width)) {
    return new Matrix(await call(t, (session) => session.represent()), rows, width);
  }
  const out = newSharedFloat32(rows * width, 'representation');
  await call(t, (session) => session.represent(out));
  return new Matrix(out, rows, width);
}
