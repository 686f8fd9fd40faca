import { DeepType, datasets } from '../../src/index.js';
import { mean, note, reasons, type Section, type Settings, spread } from './section.js';
import { load, type Source, type Table, take } from './tables.js';

const FOLDS = 5;

interface Fold extends Readonly<Record<string, unknown>> {
  readonly seed: number;
  readonly fold: number;
  readonly accuracy: number;
  readonly trainAccuracy: number;
  readonly selected: readonly number[];
  readonly kkt: number;
  readonly seconds: number;
  readonly stopReason: string;
}

/** Stratified five-fold accuracy of a real table over several seeds; standardised inside the fold. */
export async function folds(source: Source, { seeds, options }: Settings): Promise<Section> {
  const table = load(source);
  if (!table) return absent(source);
  const records: Fold[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const foldOf = datasets.stratifiedFolds([...table.y], FOLDS, seed);
    for (let fold = 0; fold < FOLDS; fold++) {
      note(`${source.name}: seed ${seed + 1} of ${seeds}, fold ${fold + 1} of ${FOLDS}`);
      records.push(await one(table, foldOf, fold, seed, options));
    }
  }
  const { rows, columns } = table.X;
  const classes = new Set(table.y).size;
  return {
    title: `${source.name}: ${rows} x ${columns}, ${classes} classes, ${FOLDS} folds, ${seeds} seeds`,
    header: ['quantity', 'mean (min to max)', 'wanted', 'met'],
    rows: rowsOf(source, records),
    notes: [
      `Kept, by fold: ${records.map(({ selected }) => selected.length).join(' ')}.`,
      `Stopped: ${reasons(records)}.`,
    ],
    records,
  };
}

async function one(
  table: Table,
  foldOf: Int32Array,
  fold: number,
  seed: number,
  options: Settings['options'],
): Promise<Fold> {
  const all = Array.from(foldOf.keys());
  const train = take(
    table,
    all.filter((i) => foldOf[i] !== fold),
  );
  const test = take(
    table,
    all.filter((i) => foldOf[i] === fold),
  );
  const clusters = new Set(table.y).size;
  const began = performance.now();
  const model = new DeepType({ clusters, standardize: true, seed, ...options });
  const result = await model.fit(train.X, train.y);
  const seconds = (performance.now() - began) / 1000;
  const record = {
    seed,
    fold,
    accuracy: model.score(test.X, test.y),
    trainAccuracy: model.score(train.X, train.y),
    selected: Array.from(model.selectedFeatures),
    kkt: result.kktResidual / result.alpha,
    seconds,
    stopReason: result.stopReason,
  };
  model.dispose();
  return record;
}

function rowsOf(source: Source, records: readonly Fold[]): string[][] {
  const accuracies = records.map(({ accuracy }) => accuracy);
  const kept = records.map(({ selected }) => selected.length);
  const { maxFeatures } = source;
  return [
    [
      'accuracy',
      spread(accuracies),
      `>= ${source.accuracy}`,
      met(mean(accuracies) >= source.accuracy),
    ],
    ['accuracy on the training folds', spread(records.map((r) => r.trainAccuracy)), '-', '-'],
    maxFeatures === undefined
      ? ['features kept', spread(kept), '-', '-']
      : ['features kept', spread(kept), `<= ${maxFeatures}`, met(mean(kept) <= maxFeatures)],
    ['overlap of two folds (Jaccard)', spread(overlaps(records)), '-', '-'],
    ['KKT residual / alpha', spread(records.map(({ kkt }) => kkt)), '-', '-'],
    ['seconds a fit', spread(records.map(({ seconds }) => seconds)), '-', '-'],
  ];
}

function met(yes: boolean): string {
  return yes ? 'yes' : '**no**';
}

/** Of every pair of folds of one seed. */
function overlaps(records: readonly Fold[]): number[] {
  return records.flatMap((a) =>
    records
      .filter((b) => b.seed === a.seed && b.fold > a.fold)
      .map((b) => jaccard(new Set(a.selected), new Set(b.selected))),
  );
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const both = [...a].filter((j) => b.has(j)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 1 : both / either;
}

function absent(source: Source): Section {
  const notes = [`**Skipped:** ${source.path} is absent.`];
  return { title: source.name, header: ['quantity'], rows: [], notes, records: [] };
}
