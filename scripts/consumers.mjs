// Small programs that use the installed package, for check-pack.mjs.

const PROGRAM = `
  const model = new KMeans({ clusters: 2, seed: 0 }).fit([[0, 0], [0, 1], [9, 9], [9, 8]]);
  const [a, b, c, d] = model.labels;
  if (a !== b || c !== d || a === c) throw new Error('labels ' + model.labels);
  const { X, y } = datasets.makeClusters({ samples: 60, seed: 1 });
  if (metrics.silhouetteScore(X, y) < 0) throw new Error('silhouette');
  const network = new Network({ inputs: 2, hidden: [3], outputs: 1 });
  if (network.toONNX().length < 100) throw new Error('ONNX');
  model.dispose();
  if (!(survival.logRank([1, 2, 3], [1, 1, 1], [0, 1, 1]).pValue < 1)) throw new Error('survival');
  console.log(kind + ' consumer: works');
`;
const NAMES = '{ datasets, KMeans, metrics, Network, survival }';

const KMEANS = `
  const { clusters } = kmeans([[0], [1], [9]], 2, { seed: 0 });
  if (clusters[0] !== clusters[1] || clusters[0] === clusters[2]) throw new Error('clusters ' + clusters);
  const steps = [...kmeansGenerator([[0], [1], [9]], 2, { initialization: [[0], [9]] })];
  if (!steps.at(-1).converged) throw new Error('the generator did not converge');
  console.log(kind + ' consumer of deeptype/kmeans: works');
`;

const WORKERS = `
  import { once } from 'node:events';
  import { isMainThread, parentPort, Worker } from 'node:worker_threads';
  import { DeepType, datasets } from 'deeptype';
  const { X, y } = datasets.makeClusters({ samples: 120, seed: 1 });
  const options = { clusters: 4, seed: 0, pretrain: { epochs: 2 }, joint: { epochs: 2 } };
  const model = new DeepType(options);
  if (isMainThread) {
    const workers = [0, 1].map(() => new Worker(new URL(import.meta.url)));
    const theirs = Promise.all(workers.map((worker) => once(worker, 'message')));
    await model.fit(X, y);
    for (const [labels] of await theirs) {
      if (String(labels) !== String(model.labels)) throw new Error('a worker found other labels');
    }
    console.log('worker_threads consumer: works');
  } else {
    await model.fit(X, y);
    parentPort.postMessage(model.labels);
  }
`;

const TYPES = `
  import { DeepType, type DeepTypeOptions, type FitResult, KMeans } from 'deeptype';
  import { kmeans, type KMeansResult, type Options } from 'deeptype/kmeans';
  const options: DeepTypeOptions = { clusters: 2, loss: 'cross-entropy' };
  const fit = (model: DeepType, X: number[][], y: string[]): Promise<FitResult> => model.fit(X, y);
  // @ts-expect-error: clusters is asked for
  const wrong: DeepTypeOptions = { loss: 'mse' };
  const labels: Int32Array = new KMeans({ clusters: 2 }).fit([[0], [1], [9]]).labels;
  const given: Options = { seed: 1, initialization: 'mostDistant' };
  const result: KMeansResult = kmeans([[0], [1], [9]], 2, given);
  const cluster: number | undefined = result.clusters[0];
  if (labels.length !== 3 || cluster === undefined || !wrong || !options || !fit) throw new Error('types');
  console.log('TypeScript consumer: works');
`;

/** Files by name. */
export const SOURCES = {
  'consumer.mjs': `import ${NAMES} from 'deeptype'; const kind = 'ESM';${PROGRAM}`,
  'consumer.cjs': `const ${NAMES} = require('deeptype'); const kind = 'CommonJS';${PROGRAM}`,
  'kmeans.mjs': `import { kmeans, kmeansGenerator } from 'deeptype/kmeans'; const kind = 'ESM';${KMEANS}`,
  'workers.mjs': WORKERS,
  'typed.mts': TYPES,
  'typed.cts': TYPES,
};

/** Those to be run as they are. */
export const CONSUMERS = ['consumer.mjs', 'consumer.cjs', 'kmeans.mjs', 'workers.mjs'];

/** Those to be compiled. */
export const TYPED = ['typed.mts', 'typed.cts'];
