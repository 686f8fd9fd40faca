// Runs with failing.cc preloaded: lets each allocation of the addon fail in turn, in each of the calls below, and prints
// how many failures there were by call. A call must be done or say ERR_OUT_OF_MEMORY, and what is kept must answer
// as before.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  KMeans,
  Lasso,
  lassoPath,
  type Matrix,
  metrics,
  Network,
  pca,
  prox,
  Ridge,
  Scaler,
  Trainer,
} from '../../../src/index.js';
import { digest } from '../bits/digest.js';

/** Failures tried one by one; after so many only every tenth, then every hundredth. */
const EACH = Number(process.argv[2] ?? 120);

const file = openSync(process.env.DEEPTYPE_FAILING!, 'r+');
const numbers = new BigInt64Array(2);

function arm(left: number): void {
  numbers.set([BigInt(left), 0n]);
  writeSync(file, new Uint8Array(numbers.buffer), 0, 16, 0);
}

/** Whether the failure came; none will come from here on. */
function disarm(): boolean {
  readSync(file, new Uint8Array(numbers.buffer), 0, 16, 0);
  const hasFailed = numbers[0]! <= 0n;
  arm(0);
  return hasFailed;
}

const { X, y } = datasets.makeClusters({ samples: 40, features: 6, clusters: 2, seed: 1 });
const values = Float64Array.from(y, Number);
const OPTIONS: DeepTypeOptions = {
  clusters: 2,
  hidden: [4, 3],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 4 },
  threads: 1,
};
const ownLoss = {
  evaluate: (outputs: Matrix, targets: Int32Array | Matrix) => {
    const { data } = targets as Matrix;
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]!) / data.length) };
  },
};

async function fitted(options: DeepTypeOptions, targets: typeof y | Float64Array = y) {
  const model = new DeepType(options);
  try {
    await model.fit(X, targets);
    return [model.labels, model.centroids.data, model.predict(X)];
  } finally {
    model.dispose();
  }
}

const model = new DeepType(OPTIONS);
await model.fit(X, y);
const bytes = model.toBytes();
const network = new Network({ inputs: 6, hidden: [4, 3], outputs: 2 });
const trainer = new Trainer({ network, clusters: 2, threads: 1 });
const kmeans = new KMeans({ clusters: 2, threads: 2 }).fit(X);

/** Each gives the same value every time. */
const CALLS: Record<string, () => unknown> = {
  'new Network': () => new Network({ inputs: 6, hidden: [4, 3], outputs: 2 }).parameters(),
  'a large Network': () =>
    new Network({ inputs: 6, hidden: [600, 600], outputs: 2 }).forward(X).data,
  forward: () => network.forward(X).data,
  load: () => network.load(network.parameters()),
  predict: () => model.predict(X),
  transform: () => model.transform(X).data,
  assign: () => model.assign(X),
  predictAsync: () => model.predictAsync(X),
  transformAsync: async () => (await model.transformAsync(X)).data,
  assignAsync: () => model.assignAsync(X),
  'many at once': () => Promise.all(Array.from({ length: 5 }, () => model.predictAsync(X))),
  toBytes: () => model.toBytes().length,
  fromBytes: () => DeepType.fromBytes(bytes).predict(X),
  gradients: () => trainer.gradients(X, y).map(({ data }) => data),
  computeLosses: () => trainer.computeLosses(X, y),
  fit: () => fitted(OPTIONS),
  'fit with rows held out': () => fitted({ ...OPTIONS, validation: { fraction: 0.25 } }),
  'fit with a loss of the caller': () => fitted({ ...OPTIONS, loss: ownLoss }, values),
  'KMeans.fit': () => new KMeans({ clusters: 3, threads: 2 }).fit(X).centroids.data,
  'KMeans.fitAsync': async () => (await new KMeans({ clusters: 3 }).fitAsync(X)).centroids.data,
  'KMeans.predict': () => kmeans.predict(X),
  silhouettes: () => metrics.silhouetteSamples(X, y),
  silhouettesAsync: () => metrics.silhouetteSamplesAsync(X, y),
  Lasso: () => new Lasso({ alpha: 0.01 }).fit(X, values).coefficients,
  lassoPath: () => lassoPath(X, values, { steps: 5 }).map(({ coefficients }) => coefficients),
  Ridge: () => new Ridge({ alpha: 0.5 }).fit(X, values).coefficients,
  Scaler: () => new Scaler().fitTransform(X).data,
  pca: () => pca(X, 2),
  prox: () => prox.groupL2(X, 0.1).data,
};

/** How many failures of one call were met. */
async function starve(name: string, call: () => unknown): Promise<number> {
  const expected = digest(await call());
  let failures = 0;
  for (let n = 1; ; n += n < EACH ? 1 : n < 10 * EACH ? 10 : 100) {
    arm(n);
    let outcome: string;
    try {
      outcome = digest(await call());
    } catch (error) {
      outcome = (error as { code?: string }).code ?? String((error as Error).stack);
    }
    const hasFailed = disarm();
    if (outcome !== expected && (outcome !== 'ERR_OUT_OF_MEMORY' || !hasFailed)) {
      throw new Error(`${name}, allocation ${n}: ${outcome}`);
    }
    if (digest(await call()) !== expected) throw new Error(`${name}: another result after ${n}`);
    if (!hasFailed) return failures;
    failures++;
  }
}

const met: Record<string, number> = {};
for (const [name, call] of Object.entries(CALLS)) met[name] = await starve(name, call);
closeSync(file);
console.log(JSON.stringify(met));
