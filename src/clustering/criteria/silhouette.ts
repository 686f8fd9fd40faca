import { silhouetteScoreAsync } from '../../metrics/silhouette.js';
import { byGreatest, type Criterion, isProper } from './criterion.js';

/** Sample of rows of larger tables whose silhouettes are averaged, each against all rows. */
export const SILHOUETTE_ROWS = 2000;

/** Mean silhouette width (Rousseeuw 1987). */
export const silhouette: Criterion = {
  tasks: 1,
  async evaluate({ study, table, scores, partitions }) {
    await study.each(scores, async (score, i) => {
      const { labels } = partitions[i]!;
      const options = { sample: SILHOUETTE_ROWS, seed: study.seed };
      score.silhouette = isProper(labels) ? await silhouetteScoreAsync(table, labels, options) : -1;
    });
  },
  rank: byGreatest(({ silhouette = -1 }) => silhouette),
};
