import {
  DeepType,
  datasets,
  KMeans,
  type Matrix,
  metrics,
  pca,
  presets,
  Scaler,
} from '../../src/index.js';
import { note, type Section, type Settings, spread } from './section.js';

const CLUSTERS = 4;
const INFORMATIVE = 5;
const NOISE = [15, 195];
const COMPONENTS = 5;

interface Method {
  readonly name: string;
  readonly run: (X: Matrix, label: Int32Array, seed: number) => Promise<Found>;
}
interface Found {
  readonly labels: Int32Array;
  /** Columns whose importance is not exactly zero, where the method selects. */
  readonly selected?: Int32Array;
}
interface Draw extends Readonly<Record<string, unknown>> {
  readonly method: string;
  readonly noise: number;
  readonly seed: number;
  readonly ari: number;
  readonly noiseKept: number | undefined;
  readonly informativeKept: number | undefined;
}

/** Four clusters under two labels (0, 1 against 2, 3): what labels alone cannot solve. */
export async function merged({ draws, options }: Settings): Promise<Section> {
  const methods = methodsFor(options);
  const records: Draw[] = [];
  for (const noise of NOISE) {
    for (let seed = 0; seed < draws; seed++) {
      for (const method of methods) {
        note(`merged: ${noise} noise features, draw ${seed + 1} of ${draws}, ${method.name}`);
        records.push(await one(method, noise, seed));
      }
    }
  }
  const cases = NOISE.flatMap((noise) => methods.map(({ name }) => ({ noise, name })));
  return {
    title: `Merged labels: ${CLUSTERS} clusters under 2 labels, ${draws} draws`,
    header: ['noise features', 'method', 'ARI', 'informative kept, of 5', 'noise kept'],
    rows: cases.map(({ noise, name }) => {
      const own = records.filter((r) => r.noise === noise && r.method === name);
      const ari = spread(own.map((r) => r.ari));
      return [String(noise), name, ari, shown(own, 'informativeKept'), shown(own, 'noiseKept')];
    }),
    notes: [],
    records,
  };
}

async function one(method: Method, noise: number, seed: number): Promise<Draw> {
  const features = INFORMATIVE + noise;
  const { X, y, informative } = datasets.makeClusters({ centerScale: 5, features, seed });
  const { labels, selected } = await method.run(
    X,
    y.map((cluster) => cluster >> 1),
    seed,
  );
  const kept = selected?.filter((j) => informative.includes(j)).length;
  return {
    method: method.name,
    noise,
    seed,
    ari: metrics.adjustedRandIndex(y, labels),
    informativeKept: kept,
    noiseKept: selected && selected.length - kept!,
  };
}

function methodsFor(options: Settings['options']): Method[] {
  const torchDeeptype = { ...presets.torchDeeptype, hidden: [64, 64, 32] };
  return [
    { name: 'deeptype', run: (X, label, seed) => fitted(X, label, seed, options) },
    {
      name: 'torch-deeptype schedule',
      run: (X, label, seed) => fitted(X, label, seed, torchDeeptype),
    },
    // Informative columns have the larger variance here, which standardising takes from them: both
    // ways are shown, so that neither method looks worse than it is.
    { name: 'K-means, raw columns', run: async (X, _, seed) => clustered(X, seed) },
    { name: 'K-means, standardised', run: async (X, _, seed) => clustered(scaled(X), seed) },
    {
      name: `PCA(${COMPONENTS}) + K-means, raw columns`,
      run: async (X, _, seed) => clustered(pca(X, COMPONENTS).transformed, seed),
    },
    {
      name: `PCA(${COMPONENTS}) + K-means, standardised`,
      run: async (X, _, seed) => clustered(pca(scaled(X), COMPONENTS).transformed, seed),
    },
  ];
}

async function fitted(
  X: Matrix,
  label: Int32Array,
  seed: number,
  options: Settings['options'],
): Promise<Found> {
  const model = new DeepType({ ...options, clusters: CLUSTERS, seed });
  await model.fit(X, label);
  const found = { labels: model.labels.slice(), selected: model.selectedFeatures.slice() };
  model.dispose();
  return found;
}

function scaled(X: Matrix): Matrix {
  return new Scaler().fit(X).transform(X);
}

function clustered(X: Matrix, seed: number): Found {
  const model = new KMeans({ clusters: CLUSTERS, nInit: 10, seed }).fit(X);
  const labels = model.labels.slice();
  model.dispose();
  return { labels };
}

function shown(records: readonly Draw[], key: 'noiseKept' | 'informativeKept'): string {
  const values = records.map((r) => r[key]).filter((value) => value !== undefined);
  return values.length > 0 ? spread(values) : '-';
}
