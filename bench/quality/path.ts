import { datasets, selection } from '../../src/index.js';
import { note, type Section, type Settings, spread } from './section.js';

interface Draw extends Readonly<Record<string, unknown>> {
  readonly seed: number;
  readonly points: number;
  /** Points whose features are exactly the informative ones. */
  readonly exact: number;
  /** Points that meet the tolerance of a fit: KKT residual below 0.01 alpha. */
  readonly certified: number;
  readonly features: readonly number[];
  readonly seconds: number;
}

const TOLERANCE = 0.01;
const WANTED = 0.95;

/** The path on the draws of `synthetic`: does it pass through the informative set? */
export async function path({ draws, options }: Settings): Promise<Section> {
  const records: Draw[] = [];
  for (let seed = 0; seed < draws; seed++) {
    note(`path: draw ${seed + 1} of ${draws}`);
    records.push(await draw(seed, options));
  }
  const found = records.filter(({ exact }) => exact > 0).length;
  const missed = records.filter(({ exact }) => exact === 0).map(({ seed }) => seed);
  const row = (name: string, pick: (draw: Draw) => number) => [
    name,
    spread(records.map(pick)),
    '-',
    '-',
  ];
  return {
    title: `Path: 1000 x 20, 5 informative, 4 clusters, ${draws} draws, default options`,
    header: ['quantity', 'mean (min to max)', 'wanted', 'met'],
    rows: [
      [
        'draws with a point of exactly the informative features',
        `${found} of ${draws}`,
        `>= ${Math.ceil(WANTED * draws)}`,
        found >= WANTED * draws ? 'yes' : '**no**',
      ],
      row('such points on a path', ({ exact }) => exact),
      row('points on a path', ({ points }) => points),
      row('points with a KKT residual below 0.01 alpha', ({ certified }) => certified),
      row('features at the first point, of 20', ({ features }) => features[0]!),
      row('features at the last point', ({ features }) => features.at(-1)!),
      row('seconds a path', ({ seconds }) => seconds),
    ],
    notes: [`Missed: ${missed.length === 0 ? 'none' : missed.join(', ')}.`],
    records,
  };
}

async function draw(seed: number, options: Settings['options']): Promise<Draw> {
  const { X, y, informative } = datasets.makeClusters({ centerScale: 5, seed });
  const began = performance.now();
  const points = await selection.path(X, y, { clusters: 4, seed, ...options });
  const seconds = (performance.now() - began) / 1000;
  const wanted = informative.join();
  return {
    seed,
    points: points.length,
    exact: points.filter(({ selected }) => selected.toSorted().join() === wanted).length,
    certified: points.filter(({ kktResidual, alpha }) => kktResidual < TOLERANCE * alpha).length,
    features: points.map(({ features }) => features),
    seconds,
  };
}
