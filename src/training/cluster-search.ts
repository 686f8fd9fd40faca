import { scoreClusters, taskCount } from '../clustering/choice.js';
import { isProper } from '../clustering/criteria/criterion.js';
import { SILHOUETTE_ROWS } from '../clustering/criteria/silhouette.js';
import { newStudy } from '../clustering/study.js';
import { isLargeShape } from '../common/time-slices.js';
import { Matrix } from '../data/matrix.js';
import { silhouetteScoreAsync } from '../metrics/silhouette.js';
import { newSharedFloat32 } from '../native/memory.js';
import { clusterCounts, type ResolvedRange } from '../options/cluster-range.js';
import type { ResolvedTraining } from '../options/options.js';
import { SCHEDULE } from '../options/schedules.js';
import type { Run } from './progress.js';
import { disposeSearch, type Search, type Trained, type Weights } from './run-snapshot.js';
import type { Steps, Subject } from './steps.js';
import { copyState } from './training-state.js';

/** Chooses K from a range; what it knows is in `Steps.choice` and `Steps.search`. */
export class ClusterSearch {
  readonly #subject: Subject;
  readonly #options: ResolvedTraining;
  readonly #weights: Weights;
  readonly #run: Run;
  readonly #steps: Steps;

  constructor(
    subject: Subject,
    options: ResolvedTraining,
    weights: Weights,
    run: Run,
    steps: Steps,
  ) {
    this.#subject = subject;
    this.#options = options;
    this.#weights = weights;
    this.#run = run;
    this.#steps = steps;
  }

  /**
   * Trains each of the best K of the range by `train`, and keeps the one whose clusters have the greatest
   * mean silhouette in their own trained representation. A search that is under way goes on.
   */
  async run(range: ResolvedRange, isRestarted: boolean, train: () => Promise<void>): Promise<void> {
    const steps = this.#steps;
    if (steps.search === undefined) {
      steps.search = await this.#begin(range, isRestarted);
      if (steps.search === undefined) return; // stopped
      await this.#beginCandidate(steps.search);
    }
    const { search } = steps;
    for (let isOver = false; !isOver && steps.goesOn; ) {
      await train();
      if (steps.goesOn) await this.#judge(search);
      // Where it is stopped: with what it has, if no other was trained to its end.
      isOver = steps.choice!.candidates.length === search.candidates.length;
      if (!isOver && steps.goesOn) await this.#beginCandidate(search);
    }
    const { best } = search;
    steps.search = undefined;
    if (best !== undefined && best.trained.clusters !== this.#weights.clusters) {
      await this.#goBackTo(best.trained);
    }
    disposeSearch(search);
  }

  /** Asks the criteria which K suit the representation as it is; the best becomes K for now. */
  async choose(range: ResolvedRange): Promise<void> {
    const { clusterer, seed, threads } = this.#options;
    const { rows } = this.#subject;
    const table = await this.#represented(clusterer === undefined);
    if (this.#run.isCut) return; // the end of the run does it
    const counts = clusterCounts(range, rows);
    const tasks = taskCount(range.scores, counts.length);
    const study = newStudy({
      seed,
      threads,
      clusterer,
      check: () => this.#run.check(),
      advance: (epoch) =>
        this.#steps.report({ phase: 'choose', epoch, epochs: tasks }, Math.min(1, epoch / tasks)),
    });
    this.#steps.choice = await scoreClusters(study, table, counts, range.scores);
    this.#steps.report({ phase: 'choose', epoch: tasks, epochs: tasks }, 1, true);
    this.#weights.clusters = this.#steps.choice.ranking[0]!;
  }

  /** Ranks the K by the representation as it will be restarted; undefined where the run was stopped. */
  async #begin(range: ResolvedRange, isRestarted: boolean): Promise<Search | undefined> {
    const steps = this.#steps;
    const pretrained = await this.#trained();
    if (isRestarted) await steps.call((s) => s.restart(SCHEDULE.restartScale));
    await this.choose(range);
    if (steps.goesOn && steps.choice !== undefined) {
      // The favourite last: where it wins, which is most often, nothing need be restored.
      const candidates = steps.choice.ranking.slice(0, range.candidates).reverse();
      return { pretrained, candidates, best: undefined };
    }
    pretrained.session.dispose();
    return undefined;
  }

  async #beginCandidate({ pretrained, candidates }: Search): Promise<void> {
    const clusters = candidates[this.#steps.choice!.candidates.length]!;
    await this.#goBackTo({ ...pretrained, clusters });
    await this.#steps.checkpoint();
  }

  /** Enters the candidate that is trained into the choice, and keeps it where it is the best. */
  async #judge(search: Search): Promise<void> {
    const silhouette = await this.#trainedSilhouette();
    if (this.#run.isCut) return;
    this.#steps.choice!.candidates.unshift({ clusters: this.#weights.clusters!, silhouette });
    if (search.best !== undefined && silhouette < search.best.silhouette) return;
    search.best?.trained.session.dispose();
    search.best = { silhouette, trained: await this.#trained() };
  }

  /** Mean silhouette of the clusters in the representation that was trained with them. */
  async #trainedSilhouette(): Promise<number> {
    const { session } = this.#subject;
    await this.#steps.label();
    const { labels } = session.clusters();
    if (!isProper(labels)) return -1;
    const table = await this.#represented(true);
    const options = { sample: SILHOUETTE_ROWS, seed: this.#options.seed };
    return this.#steps.call(() => silhouetteScoreAsync(table, labels, options));
  }

  /** The representation of the table; a large one that no caller sees in shared memory, which threads read in place. */
  async #represented(isOwn: boolean): Promise<Matrix> {
    const { rows, width } = this.#subject;
    if (!isOwn || !isLargeShape(rows, width)) {
      return new Matrix(await this.#steps.call((s) => s.represent()), rows, width);
    }
    const out = newSharedFloat32(rows * width, 'representation');
    await this.#steps.call((s) => s.represent(out));
    return new Matrix(out, rows, width);
  }

  async #trained(): Promise<Trained> {
    const { beta, clusters } = this.#weights;
    const state = copyState(this.#steps.state);
    return { beta, clusters, state, session: await this.#steps.capture() };
  }

  async #goBackTo({ beta, clusters, state, session }: Trained): Promise<void> {
    await this.#steps.call((s) => s.restore(session));
    Object.assign(this.#weights, { beta, clusters });
    Object.assign(this.#steps.state, copyState(state));
  }
}
