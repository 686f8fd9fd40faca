import { runSliced } from '../../common/time-slices.js';
import { slicedDaviesBouldin as index } from '../../metrics/scatter.js';
import { byGreatest, type Criterion, isProper } from './criterion.js';

/** The index of Davies and Bouldin (1979). */
export const daviesBouldin: Criterion = {
  tasks: 1,
  async evaluate({ study, table, scores, partitions }) {
    await study.each(scores, async (score, i) => {
      const { labels } = partitions[i]!;
      score.daviesBouldin = isProper(labels)
        ? await runSliced(index(table, labels))
        : Number.POSITIVE_INFINITY;
    });
  },
  rank: byGreatest(({ daviesBouldin = Number.POSITIVE_INFINITY }) => -daviesBouldin),
};
