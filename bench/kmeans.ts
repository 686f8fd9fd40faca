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

const WHOLE = { rows: 100_000, columns: 64, clusters: 32, iterations: 300, repeats: 1 };
const SEEDS = 5;
const PEERS: readonly (readonly [name: string, script: string])[] = [
  ['scikit-learn', 'sklearn_kmeans.py'],
  ['faiss', 'faiss_kmeans.py'],
  ['JAX', 'jax_kmeans.py'],
];

/**
 * Lloyd from the same start, a fixed number of iterations on overlapping clusters; and k-means++
 * from its draws to the end.
 */
export function kmeansWorkloads(): Workload[] {
  return [...SIZES.map(workload), wholeFit()];
}

function tableOf({ rows, columns, clusters }: Size): Matrix {
  return datasets.makeClusters({
    samples: rows,
    features: columns,
    informative: columns,
    clusters,
    centerScale: 0.3,
    noise: 1,
    seed: 0,
  }).X;
}

function workload(size: Size): Workload {
  const { rows, columns, clusters, iterations } = size;
  const X = tableOf(size);
  const start = new Matrix(X.data.slice(0, clusters * columns), clusters, columns);
  return {
    name: `kmeans ${rows} x ${columns}, K ${clusters}`,
    description: `${iterations} Lloyd iterations from the first ${clusters} rows, in float32.`,
    per: { unit: 'an iteration', count: iterations },
    contenders: [
      ours(X, start, size, 1),
      ours(X, start, size, 2),
      ...PEERS.flatMap(([name, script]) =>
        [1, 2].map((threads) => inPython(`${name}, ${threads}T`, script, threads, X, size, start)),
      ),
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

function inPython(
  name: string,
  script: string,
  threads: number,
  X: Matrix,
  size: Size,
  start?: Matrix,
): Contender {
  const open = async (): Promise<Running> => {
    const peer = await Peer.start(script, threads);
    const files = new RawFiles();
    const fixed = {
      ...size,
      x: files.write('x', X.data),
      ...(start && { start: files.write('start', start.data) }),
    };
    let seed = 0;
    return {
      versions: peer.versions,
      run: () => peer.request({ ...fixed, seed: seed++ % SEEDS }),
      close: () => {
        peer.close();
        files.remove();
      },
    };
  };
  return { name, threads, open };
}

/** Each run uses the next seed, so that no single draw decides; the inertia is the mean. */
function wholeFit(): Workload {
  const X = tableOf(WHOLE);
  const { clusters, rows, columns, iterations: maxIterations } = WHOLE;
  const whole = (threads: number): Contender => {
    let seed = 0;
    const run = async (): Promise<Outcome> => {
      const began = performance.now();
      const options = { clusters, nInit: 1, maxIterations, seed: seed++ % SEEDS, threads };
      const { iterations, inertia } = new KMeans(options).fit(X);
      return { seconds: (performance.now() - began) / 1000, facts: { iterations, inertia } };
    };
    return {
      name: `deeptype, ${threads}T`,
      threads,
      open: async () => averaged({ run, close: () => {} }),
    };
  };
  const theirs = (threads: number): Contender => {
    const peer = inPython(`scikit-learn, ${threads}T`, 'sklearn_kmeans.py', threads, X, WHOLE);
    return { ...peer, open: async () => averaged(await peer.open()) };
  };
  return {
    name: `kmeans++ ${rows} x ${columns}, K ${clusters}, start to finish`,
    description: `One k-means++ start and Lloyd to the end, tolerance 1e-4, seeds 0 to ${SEEDS - 1} in turn. ml-kmeans runs once, with its own tolerance.`,
    contenders: [whole(1), whole(2), theirs(1), theirs(2), oneFitInJavaScript(X)],
    check: (facts) => {
      const [ours] = facts.values();
      return [...facts]
        .filter(([name, { inertia = NaN }]) => {
          return name !== 'ml-kmeans' && !((ours?.inertia ?? NaN) <= inertia * 1.001);
        })
        .map(([name, { inertia }]) => `${name} reached inertia ${inertia}, lower than ours`);
    },
  };
}

/** Facts averaged over the runs so far. */
function averaged(running: Running): Running {
  const sums: Record<string, number> = {};
  let count = 0;
  const run = async (): Promise<Outcome> => {
    const { seconds, facts } = await running.run();
    count++;
    for (const [name, value] of Object.entries(facts)) sums[name] = (sums[name] ?? 0) + value;
    const means = Object.entries(sums).map(([name, sum]) => [name, sum / count]);
    return { seconds, facts: Object.fromEntries(means) };
  };
  return { ...running, run };
}

/** It takes a minute or so: the first run stands for all. */
function oneFitInJavaScript(X: Matrix): Contender {
  let outcome: Outcome | undefined;
  const open = async (): Promise<Running> => {
    const rows = X.toArray();
    const run = async (): Promise<Outcome> => {
      if (outcome) return outcome;
      const began = performance.now();
      const options = { initialization: 'kmeans++' as const, seed: 0, maxIterations: 300 };
      const result = mlKmeans(rows, WHOLE.clusters, options);
      const seconds = (performance.now() - began) / 1000;
      const facts = { iterations: result.iterations, inertia: inertiaOf(result, rows) };
      outcome = { seconds, facts };
      return outcome;
    };
    return { run, close: () => {} };
  };
  return { name: 'ml-kmeans', threads: 1, open };
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
