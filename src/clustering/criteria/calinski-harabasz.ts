import { runSliced } from '../../common/time-slices.js';
import { slicedCalinskiHarabasz as index } from '../../metrics/scatter.js';
import { byGreatest, type Criterion, isProper } from './criterion.js';

/** The variance ratio (Calinski and Harabasz 1974). */
export const calinskiHarabasz: Criterion = {
  tasks: 1,
  async evaluate({ study, table, scores, partitions }) {
    await study.each(scores, async (score, i) => {
      const { labels } = partitions[i]!;
      score.calinskiHarabasz = isProper(labels) ? await runSliced(index(table, labels)) : 0;
    });
  },
  rank: byGreatest(({ calinskiHarabasz = 0 }) => calinskiHarabasz),
};
