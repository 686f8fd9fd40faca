import { DeepType, datasets, metrics } from '../../src/index.js';
import { mean, note, reasons, type Section, type Settings, spread } from './section.js';

interface Draw extends Readonly<Record<string, unknown>> {
  readonly seed: number;
  readonly noiseKept: number;
  readonly informativeKept: number;
  readonly ari: number;
  /** KKT residual of the first layer over alpha. */
  readonly kkt: number;
  readonly seconds: number;
  readonly stopReason: string;
}

/** 1000 x 20, 5 columns matter, 4 clusters: the estimator's defaults on draws 0 .. N - 1. */
export async function synthetic({ draws, options }: Settings): Promise<Section> {
  const records: Draw[] = [];
  for (let seed = 0; seed < draws; seed++) {
    note(`synthetic: draw ${seed + 1} of ${draws}`);
    records.push(await draw(seed, options));
  }
  const column = (pick: (draw: Draw) => number) => records.map(pick);
  return {
    title: `Synthetic: 1000 x 20, 5 informative, 4 clusters, ${draws} draws, default options`,
    header: ['quantity', 'mean (min to max)', 'wanted', 'met'],
    rows: [
      row(
        'noise features not exactly zero, of 15',
        column((d) => d.noiseKept),
        '<=',
        0.5,
      ),
      row(
        'informative features kept, of 5',
        column((d) => d.informativeKept),
        '>=',
        4.6,
      ),
      row(
        'ARI',
        column((d) => d.ari),
        '>=',
        0.99,
      ),
      row(
        'KKT residual / alpha',
        column((d) => d.kkt),
        '<',
        0.02,
      ),
      ['seconds a fit', spread(column((d) => d.seconds)), '-', '-'],
    ],
    notes: [`Worst draws by ARI: ${worst(records)}.`, `Stopped: ${reasons(records)}.`],
    records,
  };
}

async function draw(seed: number, options: Settings['options']): Promise<Draw> {
  const { X, y, informative } = datasets.makeClusters({ centerScale: 5, seed });
  const began = performance.now();
  const model = new DeepType({ clusters: 4, seed, ...options });
  const result = await model.fit(X, y);
  const seconds = (performance.now() - began) / 1000;
  const kept = Array.from(model.selectedFeatures);
  const informativeKept = kept.filter((j) => informative.includes(j)).length;
  const ari = metrics.adjustedRandIndex(y, model.labels);
  model.dispose();
  return {
    seed,
    noiseKept: kept.length - informativeKept,
    informativeKept,
    ari,
    kkt: result.kktResidual / result.alpha,
    seconds,
    stopReason: result.stopReason,
  };
}

function row(
  name: string,
  values: readonly number[],
  relation: '<=' | '>=' | '<',
  bound: number,
): string[] {
  const value = mean(values);
  const met =
    relation === '>=' ? value >= bound : relation === '<=' ? value <= bound : value < bound;
  return [name, spread(values), `${relation} ${bound}`, met ? 'yes' : '**no**'];
}

function worst(records: readonly Draw[]): string {
  const sorted = records.toSorted((a, b) => a.ari - b.ari).slice(0, 3);
  return sorted.map(({ seed, ari }) => `${seed} (${ari.toFixed(3)})`).join(', ');
}
