// What people write, as a program of its own: each line must pass strict TypeScript, see usages.test.ts.
import { Worker } from 'node:worker_threads';
import {
  DeepType,
  DeepTypeError,
  datasets,
  Imputer,
  KMeans,
  Lasso,
  Matrix,
  metrics,
  Network,
  type Predictions,
  Trainer,
} from 'deeptype';

const { X, y } = datasets.makeClusters({ samples: 60, features: 5, clusters: 3 });
const names = Array.from(y, (k) => `class ${k}`);
const values = Float64Array.from(y, (k) => 2 * k);

export async function numbers(): Promise<void> {
  const model = new DeepType({ clusters: 3 });
  await model.fit(X, y);
  const share: number = metrics.accuracy(y, model.predict(X));
  metrics.accuracy(Array.from(y), await model.predictAsync(X));
  metrics.balancedAccuracy(model.predict(X), y);
  metrics.confusionMatrix(y, model.predict(X));
  metrics.adjustedRandIndex(model.assign(X), model.predict(X));
  const list: number[] = Array.from(model.predict(X));
  const twice = model.predict(X).map((k) => 2 * k);
  const first: number | undefined = twice[0];
  const text: string[] = Array.from(model.predict(X), (k) => `class ${k}`);
  const sum = model.predict(X).reduce((a, b) => a + b, 0);
  const largest = Math.max(...model.predict(X));
  for (const k of model.predict(X)) list.push(k);
  const right = model.predict(X).filter((k, i) => k === y[i]).length;
  const classes: number[] | undefined = model.classes;
  const filled: Int32Array = model.predict(X, { out: new Int32Array(60) });
  const again: Float32Array = await model.predictAsync(X, { out: new Float32Array(60) });
  model.score(X, model.predict(X));
  await new DeepType({ clusters: 3 }).fit(X, model.predict(X)); // labels of another model
  console.log(share, first, text, sum, largest, right, classes, filled, again);
}

export async function strings(): Promise<void> {
  const model = new DeepType<string>({ clusters: 3 });
  await model.fit(X, names);
  metrics.accuracy(names, model.predict(X));
  const list: string[] = Array.from(model.predict(X));
  const upper: Predictions<string> = model.predict(X).map((name) => name.toUpperCase());
  const classes: string[] | undefined = model.classes;
  const loaded = await DeepType.load<string>('model');
  metrics.accuracy(names, loaded.predict(X));
  const resumed = await DeepType.resume('fit.checkpoint', X, names);
  const name: string | undefined = resumed.predict(X)[0];
  console.log(list, upper, classes, name);
  // @ts-expect-error the labels are strings
  const wrong: number[] = Array.from(model.predict(X));
  console.log(wrong);
  // Without the parameter they may be compared and copied.
  const untyped = new DeepType({ clusters: 3 });
  await untyped.fit(X, names);
  metrics.accuracy(names, untyped.predict(X));
}

export async function regression(): Promise<void> {
  const model = new DeepType({ clusters: 3, loss: 'mse' });
  await model.fit(X, values);
  metrics.rSquared(values, model.predict(X));
  metrics.meanSquaredError(values, model.predict(X));
  const list: number[] = Array.from(model.predict(X));
  const shifted = model.predict(X).map((value, i) => value - values[i]!);
  const scored = metrics.concordanceIndex(values, values, model.predict(X));
  console.log(list, shifted, scored);
}

/** Options kept in variables, whose names TypeScript widens to string. */
export function options(): void {
  const o = { clusters: 4, loss: 'mse' };
  new DeepType(o);
  const more = {
    clusters: 'auto',
    loss: 'cross-entropy',
    activation: 'relu',
    init: 'uniform',
    classWeight: 'balanced',
    sparsity: { penalty: 'group-lasso', solver: 'proximal', constraint: { norm: 'l2', radius: 1 } },
    distance: { metric: 'euclidean', weight: 'auto' },
    optimizer: { name: 'adam' },
    joint: { reclusterEvery: 'epoch', decay: 'cosine', restart: 'none' },
    threads: 'auto',
    backend: 'cpu',
    precision: 'float32',
  };
  new DeepType(more);
  const range = { clusters: { min: 2, max: 5, criterion: 'silhouette', scores: ['gap'] } };
  new DeepType(range);
  const kmeans = { clusters: 3, init: 'random', threads: 'auto' };
  new KMeans(kmeans).fit(X);
  const imputer = { strategy: 'mean' };
  new Imputer(imputer);
  const network = new Network({ inputs: 5, outputs: 3 });
  new Trainer({ network, ...more });
  const shape = { inputs: 5, outputs: 3, activation: 'tanh', init: 'zeros' };
  new Network(shape);
}

export async function bytes(): Promise<Blob[]> {
  const model = DeepType.fromBytes(new Uint8Array(8));
  const loaded = await DeepType.load('model');
  const resumed = await DeepType.resume('fit.checkpoint', X, y);
  for (const m of [model, loaded, resumed]) {
    metrics.accuracy(y, m.predict(X));
    Array.from(m.predict(X)).map((k) => `class ${k}`);
    JSON.stringify(Array.from(m.predict(X)));
  }
  const other = new Worker('./other.js');
  other.postMessage(model.toBytes(), [model.toBytes().buffer]);
  return [new Blob([model.toBytes()]), new Blob([loaded.toONNX()])];
}

export function others(error: unknown): void {
  const lasso = new Lasso({ alpha: 0.1 }).fit(X, values);
  metrics.rSquared(values, lasso.predict(X));
  const labels = new KMeans({ clusters: 3 }).fit(X).labels;
  metrics.adjustedRandIndex(y, labels);
  Matrix.from(X).toArray();
  const code: string | undefined = DeepTypeError.from(error)?.code;
  console.log(code);
}
