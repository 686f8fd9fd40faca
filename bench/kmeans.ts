import { kmeans as mlKmeans } from 'ml-kmeans';
import { datasets, KMeans, Matrix } from '../src/index.js';
import { RawFiles } from './files.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';
import { Peer } from './peer.js';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly clusters: number;
  readonly iterations: number;
  /** Fits in one run, so that a run is long enough to time. */
  readonly repeats: number;
}

const SIZES: readonly Size[] = [
  { rows: 1000, columns: 32, clusters: 4, iterations: 10, repeats: 100 },
  { rows: 10_000, columns: 64, clusters: 10, iterations: 10, repeats: 5 },
  { rows: 100_000, columns: 64, clusters: 32, iterations: 5, repeats: 1 },
];
const INERTIA_TOLERANCE = 1e-4;

/** Lloyd from the same start, a fixed number of iterations on overlapping clusters. */
export function kmeansWorkloads(): Workload[] {
  return SIZES.map(workload);
}

function workload(size: Size): Workload {
  const { rows, columns, clusters, iterations } = size;
  const { X } = datasets.makeClusters({
    samples: rows,
    features: columns,
    informative: columns,
    clusters,
    centerScale: 0.3,
    noise: 1,
    seed: 0,
  });
  const start = new Matrix(X.data.slice(0, clusters * columns), clusters, columns);
  return {
    name: `kmeans ${rows} x ${columns}, K ${clusters}`,
    description: `${iterations} Lloyd iterations from the first ${clusters} rows, in float32.`,
    per: { unit: 'an iteration', count: iterations },
    contenders: [
      ours(X, start, size, 1),
      ours(X, start, size, 2),
      scikitLearn(X, start, size, 1),
      scikitLearn(X, start, size, 2),
      inJavaScript(X, start, size),
    ],
    check: (facts) => check(facts, iterations),
  };
}

function ours(X: Matrix, start: Matrix, size: Size, threads: number): Contender {
  const { clusters, iterations: maxIterations, repeats } = size;
  const run = async (): Promise<Outcome> => {
    const began = performance.now();
    let facts: Outcome['facts'] = {};
    for (let i = 0; i < repeats; i++) {
      const model = new KMeans({ clusters, init: start, maxIterations, tolerance: 0, threads });
      model.fit(X);
      facts = { iterations: model.iterations, inertia: model.inertia };
      model.dispose();
    }
    return { seconds: (performance.now() - began) / 1000 / repeats, facts };
  };
  return { name: `deeptype, ${threads}T`, threads, open: async () => ({ run, close: () => {} }) };
}

function scikitLearn(X: Matrix, start: Matrix, size: Size, threads: number): Contender {
  const open = async (): Promise<Running> => {
    const peer = await Peer.start('sklearn_kmeans.py', threads);
    const files = new RawFiles();
    const request = {
      ...size,
      x: files.write('x', X.data),
      start: files.write('start', start.data),
    };
    return {
      versions: peer.versions,
      run: () => peer.request(request),
      close: () => {
        peer.close();
        files.remove();
      },
    };
  };
  return { name: `scikit-learn, ${threads}T`, threads, open };
}

function inJavaScript(X: Matrix, start: Matrix, size: Size): Contender {
  const { clusters, iterations: maxIterations } = size;
  const repeats = Math.max(1, Math.round(size.repeats / 10));
  const open = async (): Promise<Running> => {
    const rows = X.toArray();
    const run = async (): Promise<Outcome> => {
      const options = { initialization: start.toArray(), maxIterations, tolerance: 0 };
      const began = performance.now();
      let result = mlKmeans(rows, clusters, options);
      for (let i = 1; i < repeats; i++) result = mlKmeans(rows, clusters, options);
      const seconds = (performance.now() - began) / 1000 / repeats;
      return {
        seconds,
        facts: { iterations: result.iterations, inertia: inertiaOf(result, rows) },
      };
    };
    return { run, close: () => {} };
  };
  return { name: 'ml-kmeans', threads: 1, open };
}

/** Of each row to its nearest final centroid, as the others report it. */
function inertiaOf({ centroids }: { centroids: number[][] }, rows: readonly number[][]): number {
  let sum = 0;
  for (const row of rows) {
    let nearest = Infinity;
    for (const center of centroids) {
      let squared = 0;
      for (let j = 0; j < row.length; j++) squared += (row[j]! - center[j]!) ** 2;
      nearest = Math.min(nearest, squared);
    }
    sum += nearest;
  }
  return sum;
}

function check(facts: ReadonlyMap<string, Outcome['facts']>, iterations: number): string[] {
  const [reference] = facts.values();
  const complaints: string[] = [];
  for (const [name, { iterations: done, inertia = NaN }] of facts) {
    if (done !== iterations) complaints.push(`${name} took ${done} iterations, not ${iterations}`);
    const base = reference?.inertia ?? NaN;
    if (!(Math.abs(inertia - base) <= INERTIA_TOLERANCE * base)) {
      complaints.push(`${name} ended at inertia ${inertia}, the first at ${base}`);
    }
  }
  return complaints;
}
