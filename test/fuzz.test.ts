import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  type DeepTypeOptions,
  datasets,
  KMeans,
  kmeans,
  kmeansGenerator,
  Matrix,
  metrics,
  mlKMeans,
  Network,
  pca,
  presets,
  Scaler,
  Trainer,
} from '../src/index.js';

// ---- arguments: valid ones, and junk in their place

const X = [
  [0, 1],
  [0.5, 1],
  [9, -1],
  [9, -2],
];
const Y = [0, 0, 1, 1];
const X32 = new Matrix(Float32Array.from(X.flat()), 4, 2);
const sparse = new Array<number>(4);

/**
 * Nothing here is a large size that would be granted: 2 ** 53 is beyond every integer option. No
 * function here throws, as what a caller's function throws is passed on as it is.
 */
const JUNK: unknown[] = [
  ...[undefined, null, true, false, '', 'relu', 'auto', 'cross-entropy', '2', 1n, Symbol('s')],
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0, 0.5, 1, 3, 7, 2 ** 53, -(2 ** 31), 1e300],
  ...[[], [[]], [[], []], [[1, 2], [3]], [null], [undefined], [[Number.NaN, 1]], ['a', 'b'], [1n]],
  ...[[[1, '2']], sparse, [sparse, sparse], [X], [Symbol('s')], [0, 1, 2], [0, 'a'], [1e300]],
  ...[
    [
      [1e300, 1],
      [-1e300, 1],
    ],
    [[1, 2]],
    [[1], [2], [3], [4]],
    X,
    Y,
    ['a', 'b', 'a', 'b'],
  ],
  ...[{}, Object.create(null), { data: [1, 2], rows: 1, columns: 3 }, { rows: 2, columns: 2 }],
  ...[
    { data: [1, Number.NaN], rows: 1, columns: 2 },
    { data: null, rows: 0, columns: 0 },
  ],
  ...[
    { rows: 2, columns: 2, get: () => 'x' },
    { rows: 2 ** 53, columns: 1, get: () => 1 },
  ],
  ...[{ data: new Float32Array(4), rows: -2, columns: -2 }, { length: 4 }, { clusters: 2 }],
  ...[new Float32Array(0), new Float32Array(4), Float32Array.of(Number.NaN), new Float64Array(2)],
  ...[new Int32Array(4), new Uint8Array(2), new Uint16Array(4), new BigInt64Array(4)],
  ...[new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), new Date(0), new Map(), new Set([1])],
  ...[/x/, new Error('e'), Promise.resolve(1), () => 1, X32, new Proxy({}, {})],
  ...[new Matrix(new Float32Array(0), 0, 2), Object.freeze([Object.freeze([1, 2])])],
];
const junk = fc.constantFrom(...JUNK);

function pick(weight: number, valid: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight, arbitrary: fc.constantFrom(...valid) }, { weight: 1, arbitrary: junk });
}

/** One of the valid values, or junk. */
const some = (...valid: unknown[]): fc.Arbitrary<unknown> => pick(4, valid);

/** The same with little junk: for the options of which there are dozens in one call. */
const mostly = (...valid: unknown[]): fc.Arbitrary<unknown> => pick(60, valid);

/** An object with some of the fields, seldom with one that is unknown; or junk. */
function options(
  fields: Record<string, fc.Arbitrary<unknown>>,
  required: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<unknown> {
  const optional = Object.entries(fields).map(([key, value]) => [
    key,
    fc.option(value, { nil: undefined, freq: 2 }),
  ]);
  const known = fc.record({ ...Object.fromEntries(optional), ...required });
  const unknown = fc
    .tuple(known, fc.constantFrom('clusterz', 'seeds', '__proto__', 'toString', '0'), junk)
    .map(([object, key, value]) => ({ ...object, [key]: value }));
  return fc.oneof(
    { weight: 40, arbitrary: known },
    { weight: 1, arbitrary: unknown },
    { weight: 1, arbitrary: junk },
  );
}

const table = some(X, X, X32, { data: new Float64Array(8), rows: 4, columns: 2 });
const labels = some(Y, Y, Int32Array.from(Y), ['a', 'b', 'a', 'b'], [5, 2 ** 40, 5, 5]);
const values = some(Y, Float32Array.from(Y), X, [0.1, 0.2, 0.3, 1e30]);
const targets = fc.oneof(labels, values);
const vector = some(Y, Float64Array.from(Y), [0.5, 1, 2, 3]);
const size = some(1, 2, 3);
const seed = mostly(0, 1, 2 ** 52);
const threads = mostly('auto', 1, 2);
const flag = mostly(true, false);
const share = mostly(0, 0.5, 1);
const rate = mostly(1e-3, 1, 1e6, 1e30);
const out = options({
  out: some(new Int32Array(4), new Float32Array(4), new Float32Array(12), []),
});
/** Functions whose result is junk, or what they should return. */
const returning = (...valid: unknown[]) => mostly(...valid).map((value) => () => value);
const gradient = mostly(new Float32Array(4), new Float32Array(8), new Float64Array(4));
const evaluate = fc.oneof(
  fc.record({ loss: mostly(1, 0.5), gradient }).map((value) => () => value),
  returning(undefined),
);
const loss = mostly('cross-entropy', 'cross-entropy', 'bce', 'mse', 'mae', 'huber', {
  evaluate: (o: Matrix) => ({ loss: 1, gradient: o.data }),
});
const anyLoss = fc.oneof(
  { weight: 4, arbitrary: loss },
  {
    weight: 1,
    arbitrary: options({ evaluate, targets: mostly('classes', 'values'), outputs: size }),
  },
);
const centroids = mostly(
  [
    [0, 0, 0],
    [1, 1, 1],
  ],
  new Matrix(new Float32Array(6), 2, 3),
);
const clusterer = fc.oneof(
  mostly(mlKMeans),
  fc.record({ labels: mostly(Int32Array.from(Y), Y), centroids }).map((value) => () => value),
);
const epochs = mostly(0, 1).map((n) => (n === 3 || n === 7 ? 1 : n)); // valid ones stay cheap
const pretrain = options(
  { denseFraction: share, learningRate: rate, warmupSteps: mostly(0, 3) },
  { epochs },
);
const joint = options(
  {
    learningRate: rate,
    decay: mostly('cosine', 'constant'),
    reclusterEvery: fc.oneof(mostly('epoch', 'batch'), options({ steps: size })),
    stepsPerBatch: size,
    tolerance: mostly(0, 1),
    hold: share,
    restart: mostly('isometric', 'none'),
  },
  { epochs },
);
const training = {
  loss: anyLoss,
  sparsity: options({
    penalty: mostly('group-lasso', 'l1', 'l2', 'elastic-net'),
    weight: mostly(undefined, undefined, undefined, 0, 0.1, 1e30),
    relativeWeight: mostly(undefined, undefined, undefined, 0, 0.5),
    solver: mostly('proximal', 'subgradient'),
    l1Ratio: mostly(0.5, 1),
  }),
  distance: options({
    metric: mostly('squared-euclidean', 'euclidean'),
    weight: mostly(0, 1, 'auto', 1e30),
  }),
  optimizer: options({
    name: mostly('adam', 'sgd'),
    learningRate: rate,
    beta1: mostly(0, 0.5),
    momentum: mostly(0, 0.5),
    nesterov: flag,
    epsilon: mostly(1e-8),
  }),
  batchSize: size,
  shuffle: flag,
  weightDecay: mostly(0, 0.01, 1e30),
  clusterer,
  seed,
  threads,
  backend: mostly('auto', 'auto', 'cpu', 'cpu', 'cpu', 'cuda'),
  precision: mostly('float32'),
  activeSet: flag,
};
const cheap = {
  pretrain,
  joint,
  settle: options({ tolerance: mostly(0.1) }, { iterations: size }),
};
const estimator = options(
  {
    ...training,
    hidden: mostly([3], [4, 3], [1]),
    activation: mostly('relu', 'tanh', 'gelu'),
    init: fc.oneof(mostly('uniform'), options({ normal: mostly(0.1) })),
    standardize: flag,
  },
  { ...cheap, clusters: mostly(2, 2, 1, 4) },
);
const fitOptions = options({
  signal: some(new AbortController().signal, AbortSignal.abort()),
  onProgress: some(() => {}),
  warmStart: flag,
});
const runOptions = fc.oneof(pretrain, joint, junk);

// ---- the calls

type Arguments = unknown[];
interface Callable {
  readonly args: fc.Arbitrary<unknown>[];
  call(...args: Arguments): unknown;
}

const TINY: DeepTypeOptions = {
  clusters: 2,
  hidden: [3],
  pretrain: { epochs: 1 },
  joint: { epochs: 1 },
  settle: { iterations: 2 },
};
const models: DeepType[] = [];
beforeAll(async () => {
  const [fitted, regression, unfitted, disposed] = [
    new DeepType(TINY),
    new DeepType({ ...TINY, loss: 'mse' }),
    new DeepType(TINY),
    new DeepType(TINY),
  ];
  await fitted.fit(X, Y);
  await regression.fit(X, Float32Array.from(Y));
  disposed.dispose();
  models.push(fitted, fitted, regression, unfitted, disposed);
});
const model = fc.constantFrom(0, 1, 2, 3, 4);

/** A function of anything; the addon must bear what the types forbid. */
type Loose = (...args: unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;
const construct = (type: unknown, ...args: unknown[]): Record<string, Loose> =>
  Reflect.construct(type as new () => object, args) as Record<string, Loose>;

/** A method of one of the models. */
function ofModel(method: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [model, ...args],
    call: (k, ...rest) => {
      const subject = models[k as number] as unknown as Record<string, Loose>;
      return subject[method]!(...rest);
    },
  };
}

/** A method of a new trainer with mostly valid options. */
function ofTrainer(method: string, ...args: fc.Arbitrary<unknown>[]): Callable {
  return {
    args: [some('cross-entropy', 'cross-entropy', 'mse', 'bce'), ...args],
    call: (name, ...rest) => {
      const network = new Network({ inputs: 2, hidden: [3], outputs: name === 'bce' ? 1 : 2 });
      const trainer = construct(Trainer, { network, clusters: 2, loss: name });
      return trainer[method]!(...rest);
    },
  };
}

const networkOptions = options(
  {
    activation: some('relu', 'sigmoid'),
    init: some('uniform'),
    seed,
    threads,
    hidden: some([3], [2, 2]),
  },
  { inputs: some(2), outputs: size },
);
const kmeansOptions = options(
  {
    init: fc.oneof(some('k-means++', 'random'), table),
    nInit: size,
    maxIterations: size,
    tolerance: share,
    seed,
    threads,
  },
  { clusters: size },
);
const mlOptions = options({
  maxIterations: size,
  tolerance: share,
  distanceFunction: some((p: number[], q: number[]) => Math.abs(p[0]! - q[0]!)),
  initialization: fc.oneof(some('kmeans++', 'random', 'mostDistant'), table),
  seed,
});
const parameters = fc.array(
  options({
    name: some('layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'),
    shape: some([3, 2]),
    data: some(new Float32Array(6), new Float32Array(3), [1, 2, 3]),
  }),
  { maxLength: 5 },
);
const shapes = {
  samples: some(4, 10),
  features: some(2, 3),
  informative: some(1, 2),
  noise: share,
  seed,
};

const pairs = { args: [vector, vector] };
const labelPairs = { args: [labels, labels] };

const CALLS: Record<string, Callable> = {
  'new DeepType': { args: [estimator], call: (o) => construct(DeepType, o) },
  'new DeepType().fit': {
    args: [estimator, table, targets, fitOptions],
    call: (o, x, y, f) => construct(DeepType, o).fit!(x, y, f),
  },
  fit: {
    args: [some('cross-entropy', 'bce', 'mse', 'huber'), cheap.joint, table, targets, fitOptions],
    call: (name, j, x, y, f) =>
      construct(DeepType, { ...TINY, loss: name, joint: j }).fit!(x, y, f),
  },
  'fit with a loss': {
    args: [anyLoss, clusterer, table, targets],
    call: (l, c, x, y) => construct(DeepType, { ...TINY, loss: l, clusterer: c }).fit!(x, y),
  },
  'fit of presets': {
    args: [some('torchDeeptype', 'chen2020'), cheap.joint, table, labels],
    call: (name, j, x, y) => {
      const preset = name === 'chen2020' ? presets.chen2020 : presets.torchDeeptype;
      return construct(DeepType, { ...preset, ...TINY, joint: j }).fit!(x, y);
    },
  },
  predict: ofModel('predict', table, out),
  predictProba: ofModel('predictProba', table),
  transform: ofModel('transform', table, out),
  assign: ofModel('assign', table, out),
  predictAsync: ofModel('predictAsync', table, out),
  transformAsync: ofModel('transformAsync', table, out),
  assignAsync: ofModel('assignAsync', table, out),
  score: ofModel('score', table, targets),
  'new Network': { args: [networkOptions], call: (o) => construct(Network, o) },
  'Network.forward': {
    args: [networkOptions, table],
    call: (o, x) => construct(Network, o).forward!(x),
  },
  'Network.representation': {
    args: [networkOptions, table],
    call: (o, x) => construct(Network, o).representation!(x),
  },
  'Network.load': {
    args: [fc.oneof(parameters, junk)],
    call: (p) => construct(Network, { inputs: 2, hidden: [3], outputs: 1 }).load!(p),
  },
  'new Trainer': {
    args: [some('network'), options({ ...training, ...cheap }, { clusters: size })],
    call: (n, o) => {
      const network = n === 'network' ? new Network({ inputs: 2, hidden: [3], outputs: 2 }) : n;
      return construct(Trainer, typeof o === 'object' ? { network, ...o } : o);
    },
  },
  'Trainer.computeLosses': ofTrainer('computeLosses', table, targets, centroids),
  'Trainer.gradients': ofTrainer('gradients', table, targets, centroids),
  'Trainer.step': ofTrainer('step', table, targets, centroids),
  'Trainer.clusters': ofTrainer('clusters', table),
  'Trainer.pretrain': ofTrainer('pretrain', table, targets, runOptions),
  'Trainer.joint': ofTrainer('joint', table, targets, runOptions),
  'new Matrix': {
    args: [some(new Float32Array(4)), size, size],
    call: (...a) => construct(Matrix, ...a),
  },
  'Matrix.from': { args: [table], call: loose(Matrix.from) },
  'Matrix.get': { args: [size, size], call: (i, j) => X32.get(i as number, j as number) },
  'Matrix.row': { args: [size], call: (i) => X32.row(i as number) },
  'new KMeans': { args: [kmeansOptions], call: (o) => construct(KMeans, o) },
  'KMeans.fit': { args: [kmeansOptions, table], call: (o, x) => construct(KMeans, o).fit!(x) },
  'KMeans.fitAsync': {
    args: [kmeansOptions, table],
    call: (o, x) => construct(KMeans, o).fitAsync!(x),
  },
  'KMeans.predict': {
    args: [table],
    call: (x) => new KMeans({ clusters: 2 }).fit(X).predict(x as number[][]),
  },
  kmeans: { args: [table, size, mlOptions], call: loose(kmeans) },
  kmeansGenerator: {
    args: [table, size, mlOptions],
    call: (...a) => [...(loose(kmeansGenerator)(...a) as Iterable<unknown>)],
  },
  'kmeans().nearest': {
    args: [table],
    call: (x) => kmeans(X, 2).nearest(x as number[][]),
  },
  'kmeans().computeInformation': {
    args: [table],
    call: (x) => kmeans(X, 2).computeInformation(x as number[][]),
  },
  pca: { args: [table, size], call: loose(pca) },
  'Scaler.fitTransform': { args: [table], call: (x) => construct(Scaler).fitTransform!(x) },
  'Scaler.transform': {
    args: [table],
    call: (x) => new Scaler().fit(X).transform(x as number[][]),
  },
  'Scaler.fromJSON': {
    args: [options({ mean: some([1, 2]), scale: some([1, 2], [0, -1]) })],
    call: loose(Scaler.fromJSON),
  },
  makeClusters: {
    args: [options({ ...shapes, clusters: size, centerScale: share })],
    call: loose(datasets.makeClusters),
  },
  makeRegression: { args: [options(shapes)], call: loose(datasets.makeRegression) },
  trainTestSplit: {
    args: [table, targets, options({ testFraction: share, stratify: flag, groups: labels, seed })],
    call: loose(datasets.trainTestSplit),
  },
  stratifiedFolds: { args: [labels, size, seed], call: loose(datasets.stratifiedFolds) },
  accuracy: { ...labelPairs, call: loose(metrics.accuracy) },
  balancedAccuracy: { ...labelPairs, call: loose(metrics.balancedAccuracy) },
  confusionMatrix: { ...labelPairs, call: loose(metrics.confusionMatrix) },
  adjustedRandIndex: { ...labelPairs, call: loose(metrics.adjustedRandIndex) },
  normalizedMutualInformation: { ...labelPairs, call: loose(metrics.normalizedMutualInformation) },
  clusterAccuracy: { ...labelPairs, call: loose(metrics.clusterAccuracy) },
  purity: { ...labelPairs, call: loose(metrics.purity) },
  rSquared: { ...pairs, call: loose(metrics.rSquared) },
  meanSquaredError: { ...pairs, call: loose(metrics.meanSquaredError) },
  meanAbsoluteError: { ...pairs, call: loose(metrics.meanAbsoluteError) },
  maxError: { ...pairs, call: loose(metrics.maxError) },
  concordanceIndex: { args: [vector, labels, vector], call: loose(metrics.concordanceIndex) },
  silhouetteScore: { args: [table, labels], call: loose(metrics.silhouetteScore) },
  silhouetteSamples: { args: [table, labels], call: loose(metrics.silhouetteSamples) },
  mlKMeans: {
    args: [
      table,
      size,
      some(undefined, [
        [0, 0],
        [1, 1],
      ]),
    ],
    call: loose(mlKMeans),
  },
};

/** A call by name, with its arguments. */
const calls = fc.oneof(
  ...Object.entries(CALLS).map(([name, { args }]) =>
    fc.tuple(fc.constant(name), fc.tuple(...args)),
  ),
);

describe('thousands of random malformed calls', () => {
  it('throw a DeepTypeError or succeed; none crashes, hangs or throws a bare error', async () => {
    const counts = { coded: 0, succeeded: 0 };
    const seen = new Set<string>();
    const runs = Number(process.env.FUZZ_RUNS ?? 5000);
    await fc.assert(
      fc.asyncProperty(calls, async ([name, args]) => {
        seen.add(name);
        let timer: NodeJS.Timeout | undefined;
        const hangs = new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`${name} hangs`)), 10_000);
        });
        try {
          await Promise.race([Promise.resolve(CALLS[name]!.call(...args)), hangs]);
          counts.succeeded++;
        } catch (error) {
          if (!(error instanceof DeepTypeError)) throw error;
          expect(error.message.length).toBeGreaterThan(5);
          counts.coded++;
        } finally {
          clearTimeout(timer);
        }
      }),
      { numRuns: runs, seed: Number(process.env.FUZZ_SEED ?? 20260), endOnFailure: false },
    );
    expect(seen.size).toBe(Object.keys(CALLS).length);
    expect(counts.coded).toBeGreaterThan(0.3 * runs);
    expect(counts.succeeded).toBeGreaterThan(0.1 * runs);
  });
});
