import { survival } from 'deeptype';
import type { TopLevelSpec } from 'vega-lite';
import { PALETTE } from '../demo/svg.js';
import type { Cohort } from './tables.js';

interface Panel {
  readonly title: string;
  readonly groups: readonly string[];
}

/** Groups of fewer patients are left out of a picture: their steps say nothing. */
const FEWEST = 10;

/** Kaplan-Meier curves of each group, one panel beside the other. */
export function survivalChart(
  cohort: Cohort,
  text: string,
  subtitle: string,
  panels: readonly Panel[],
): TopLevelSpec {
  return {
    title: { text, subtitle, anchor: 'start', fontSize: 18, offset: 18 },
    bounds: 'flush',
    spacing: 170,
    resolve: { scale: { color: 'independent' } },
    hconcat: panels.map(({ title, groups }) => ({
      title: { text: title, anchor: 'start' as const },
      width: 360,
      height: 320,
      data: { values: steps(cohort, groups) },
      mark: { type: 'line' as const, interpolate: 'step-after' as const, strokeWidth: 2 },
      encoding: {
        x: { field: 'time', type: 'quantitative' as const, title: `Time, ${cohort.unit}` },
        y: {
          field: 'survival',
          type: 'quantitative' as const,
          title: 'Overall survival',
          scale: { domain: [0, 1] },
        },
        color: {
          field: 'group',
          type: 'nominal' as const,
          title: null,
          scale: { range: [...PALETTE] },
          legend: { labelLimit: 0 },
        },
      },
    })),
  };
}

function steps({ time, event }: Cohort, groups: readonly string[]) {
  return [...new Set(groups)].sort().flatMap((group) => {
    const rows = groups.flatMap((g, row) => (g === group ? [row] : []));
    if (rows.length < FEWEST) return [];
    const curve = survival.kaplanMeier(
      rows.map((row) => time[row]!),
      rows.map((row) => event[row]!),
    );
    const label = `${group} (${rows.length})`;
    const last = curve.time.length - 1;
    const points = Array.from(curve.time, (t, i) => ({ time: t, survival: curve.survival[i]! }))
      // Where the curve falls, and where it ends.
      .filter((_, i) => curve.events[i]! > 0 || i === last);
    return [{ time: 0, survival: 1 }, ...points].map((point) => ({ ...point, group: label }));
  });
}
