import type { LassoPathPoint } from 'deeptype';
import type { TopLevelSpec } from 'vega-lite';
import { INK, MUTED, PALETTE } from '../demo/svg.js';

/** One line a feature: its coefficient at each alpha, the largest alpha at the left. */
export function pathChart(
  title: string,
  path: readonly LassoPathPoint[],
  matters: readonly boolean[],
  marked: readonly number[],
): TopLevelSpec {
  const kinds = ['matters in truth', 'noise'];
  const values = path.flatMap(({ alpha, coefficients }) =>
    Array.from(coefficients, (coefficient, feature) => ({
      alpha,
      coefficient,
      feature,
      kind: matters[feature] ? kinds[0] : kinds[1],
    })),
  );
  const used = path.map(({ coefficients }) => coefficients.filter((w) => w !== 0).length);
  const x = {
    field: 'alpha',
    type: 'quantitative' as const,
    title: 'alpha, the weight of the L1 norm',
    scale: { type: 'log' as const, reverse: true, nice: false },
    axis: { format: '~g', grid: false },
  };
  return {
    title: {
      text: title,
      subtitle: `from ${used[0]} to ${used.at(-1)} of ${matters.length} features as alpha falls`,
      anchor: 'start',
      fontSize: 18,
      offset: 18,
    },
    width: 560,
    height: 340,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6, clip: true },
        encoding: {
          x,
          y: { field: 'coefficient', type: 'quantitative', title: 'coefficient' },
          detail: { field: 'feature' },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: kinds, range: [PALETTE[0], MUTED] },
          },
        },
      },
      {
        data: { values: marked.map((alpha) => ({ alpha, label: `alpha ${alpha}` })) },
        mark: { type: 'rule', strokeDash: [4, 4], color: INK },
        encoding: { x },
      },
    ],
  };
}
