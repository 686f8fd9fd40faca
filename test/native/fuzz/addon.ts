// The addon's own functions, called by bytes: objects in any order, arguments right and wrong. Whatever
// comes, a call returns or throws an error, its promise settles, and no memory is touched that is not its own.
import { type NetworkHandle, native } from '../../../src/native/addon.js';
import type { SessionHandle, SnapshotHandle } from '../../../src/native/session.js';
import { Choices } from './bytes.js';
import {
  doubles,
  few,
  flag,
  floats,
  hostile,
  matrix,
  numeric,
  object,
  real,
  size,
  threads,
  whole,
} from './values.js';

const [D, R, C] = [2, 3, 2]; // inputs, representation, outputs of the networks
const WIDTHS = { widths: [D, R, C], activation: 'relu', initDeviation: 0, skip: false, seed: 0 };
const SESSION = {
  ...{ loss: 'cross-entropy', lossTargets: 'classes', coupled: false, pairWeight: 0 },
  ...{ penalty: 'group-lasso', l1Ratio: 0.5, M: 10, constraint: null },
  ...{ distance: 'squared-euclidean', optimizer: 'adam', beta1: 0.9, beta2: 0.999 },
  ...{ epsilon: 1e-8, momentum: 0, nesterov: false, proximal: true, activeSet: true },
  ...{ precision: 'float32', weightDecay: 0, seed: 0, threads: 1 },
  maxGradientNorm: Number.POSITIVE_INFINITY,
};
const LOSSES = [
  ...['cross-entropy', 'bce', 'mse', 'mae', 'huber', 'cox', 'none', 'knowledge-graph'],
];
const PENALTIES = ['group-lasso', 'l1', 'l2', 'elastic-net', 'l-infinity', 'hierarchical', 'none'];
const OPERATORS = [
  ...['l1', 'l2-squared', 'group-l2', 'l-infinity', 'elastic-net', 'l1-ball', 'l2-ball'],
  ...['l-infinity-ball', 'simplex', 'none'],
];
// Nothing that would be granted and is large: what takes too much memory ends an instrumented process.
const ANY_WIDTH = [1, 2, 3, 17, 0, -1, 0.5, 2 ** 25, 2 ** 31, 2 ** 53, Number.NaN];
const INITS = ['k-means++', 'random', 'given'];

class World {
  readonly c: Choices;
  readonly networks: NetworkHandle[] = [];
  readonly sessions: SessionHandle[] = [];
  readonly snapshots: SnapshotHandle[] = [];
  readonly running: Promise<unknown>[] = [];
  constructor(c: Choices) {
    this.c = c;
    this.networks.push(new (native().NetworkHandle)(WIDTHS));
    this.sessions.push(new (native().SessionHandle)(this.networks[0]!, SESSION as never));
    this.snapshots.push(new (native().SnapshotHandle)());
  }
  get network(): NetworkHandle {
    return this.c.pick(this.networks);
  }
  get session(): SessionHandle {
    return this.c.pick(this.sessions);
  }
  get snapshot(): SnapshotHandle {
    return this.c.pick(this.snapshots);
  }
}

/** The N of the tables of a call. */
const rows = (c: Choices): number => 1 + c.below(5);

function targets(c: Choices, n: number): object {
  const graph = flag(c) ? { i: whole(c, 2, n), j: whole(c, 2, n), weights: floats(c, 2) } : null;
  return object(c, {
    classes: whole(c, n, C),
    values: c.below(3) === 2 ? null : matrix(c, n, c.pick([C, 1, 2]), 'Float32Array'),
    weights: flag(c) ? floats(c, n) : null,
    graph: graph && object(c, graph),
  });
}

function clusterPlan(c: Choices): object {
  return object(c, {
    ...{ clusters: size(c), warm: flag(c), restarts: few(c), maxIterations: few(c) },
    ...{ tolerance: real(c), hold: real(c) },
  });
}

function epochPlan(c: Choices): object {
  return object(c, {
    ...{ joint: flag(c), learningRate: real(c), alpha: real(c), beta: real(c) },
    ...{ alphaWarmup: real(c), batchSize: size(c), shuffle: flag(c), stepsPerBatch: few(c) },
    ...{ clusterEveryBatch: flag(c), clusterEverySteps: few(c), checkInputs: flag(c) },
    cluster: clusterPlan(c),
  });
}

const epochPlans = (c: Choices): unknown =>
  c.mostly(
    Array.from({ length: few(c) }, () => epochPlan(c)),
    () => hostile(c),
  );

const settlePlan = (c: Choices): object =>
  object(c, {
    ...{ joint: flag(c), firstLayerOnly: flag(c), alpha: real(c), beta: real(c) },
    ...{ iterations: few(c), tolerance: real(c) },
  });

const FIELDS = ['parameters', 'firstMoments', 'labels', 'centroids', 'steps', 'lipschitz', ''];

// Refused at once; what would be granted and is large ends an instrumented process.
const TOO_LONG = [-1, Number.NaN, 2 ** 53];

/** Writes a snapshot as a reader of checkpoints would: an array said to be so long, then bytes of it. */
function fill(c: Choices, snapshot: SnapshotHandle): void {
  const name = c.pick(FIELDS);
  const length = c.mostly(c.below(20), () => c.pick(TOO_LONG));
  snapshot.reserve(name, length);
  snapshot.append(name, c.mostly(new Uint8Array(c.below(9) * 8), () => hostile(c)) as never);
}

function peek(c: Choices, snapshot: SnapshotHandle): void {
  const arrays = snapshot.arrays();
  const [name, begin] = [arrays.length > 0 ? c.pick(arrays).name : c.pick(FIELDS), size(c)];
  snapshot.read(
    name,
    c.mostly(0, () => begin),
    new Uint8Array(c.below(64)),
  );
}

const moments = (c: Choices): object =>
  object(c, { mean: doubles(c, D), remainder: doubles(c, D), deviation: doubles(c, D) });

function parameters(c: Choices): unknown[] {
  const arrays = [D * R, R, R * C, C].map((length) => floats(c, length));
  if (c.below(8) !== 7) return arrays;
  const [at, array] = [c.below(4), arrays[0]];
  return Object.defineProperty(arrays, at, {
    get: () => {
      c.reenter();
      return array;
    },
  });
}
const centroids = (c: Choices): object | null =>
  flag(c) ? matrix(c, rows(c), R, 'Float32Array') : null;

function kmeans(c: Choices): unknown[] {
  const [n, d] = [rows(c), 1 + c.below(3)];
  const clusters = c.mostly(1 + c.below(n), () => size(c));
  const start = flag(c) ? matrix(c, clusters < 9 ? clusters : 1, d, 'Float64Array') : null;
  const options = {
    ...{ clusters, init: c.pick(INITS), start, restarts: few(c), maxIterations: few(c) },
    ...{ tolerance: real(c), seed: size(c), threads: threads(c) },
    ...{ mlKMeansRules: flag(c), inertias: flag(c) },
  };
  return [matrix(c, n, d), object(c, options)];
}

function silhouette(c: Choices): unknown[] {
  const n = rows(c);
  const [x, labels] = [matrix(c, n, 2), whole(c, n, 3)];
  const chosen = flag(c) ? whole(c, c.below(4), n) : null;
  return [x, labels, numeric(c, 3, [x, labels]), numeric(c, threads(c), [x]), chosen];
}

function linear(c: Choices): unknown[] {
  const n = rows(c);
  const alphas = doubles(c, 1 + c.below(3));
  const options = {
    ...{ alphas, l1Ratio: real(c), tolerance: real(c), maxIterations: few(c) },
    ...{ alpha: real(c), intercept: flag(c), threads: threads(c) },
  };
  return [matrix(c, n, D), doubles(c, n * (1 + c.below(2))), object(c, options)];
}

/** Of inference: values, the column of each row's largest one, or none. */
const outputs = (c: Choices, n: number): unknown =>
  c.pick<() => unknown>([() => null, () => floats(c, n * C), () => whole(c, n, C)])();

function raw(c: Choices): unknown[] {
  const n = rows(c);
  const x = c.pick([floats, doubles])(c, n * D);
  const [h, o] = [flag(c) ? floats(c, n * R) : null, outputs(c, n)];
  return [x, c.mostly(n, () => size(c)), h, o, numeric(c, threads(c), [x, h, o])];
}

function batch(c: Choices): unknown[] {
  const n = rows(c);
  return [matrix(c, n, D, 'Float32Array'), targets(c, n), centroids(c)];
}

function callback(c: Choices): unknown {
  const value = c.pick([1, Number.NaN, -1]);
  return c.mostly<unknown>(
    (_: unknown, gradient: Float32Array) => {
      gradient.fill(0.5);
      return value;
    },
    () => (_: unknown, gradient: Float32Array) => {
      detach(gradient);
      return value;
    },
  );
}
function detach(array: Float32Array): void {
  const buffer = array.buffer as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
}

const SHORT: readonly string[] = [
  ...['forget', 'resetOptimizer', 'clusters', 'relabel', 'separation', 'alphaMax'],
  ...['represent', 'clearStop', 'stop', 'dispose'],
];

type Call = (world: World) => unknown;
/** Calls of a method of the session. */
const ask = (method: keyof SessionHandle, args: (c: Choices) => unknown[]): Call => {
  return ({ c, session }) => Reflect.apply(Reflect.get(session, method), session, args(c));
};
const call = (name: string, args: (c: Choices) => unknown[]): Call => {
  return ({ c }) => Reflect.apply(Reflect.get(native(), name), undefined, args(c));
};

const CALLS: readonly Call[] = [
  // Sessions, from the load of a table to the use of what was learned.
  ask('load', (c) => batch(c).slice(0, 2)),
  ask('epochs', (c) => [epochPlans(c), flag(c) ? () => {} : hostile(c)]),
  ask('settle', (c) => [settlePlan(c)]),
  ask('cluster', (c) => [clusterPlan(c)]),
  ask('setClusters', (c) => [matrix(c, rows(c), R, 'Float32Array'), whole(c, rows(c), 3)]),
  ({ c, snapshots, snapshot }) => {
    const other = flag(c) ? snapshot : undefined;
    snapshots.push(new (native().SnapshotHandle)(c.mostly(other, () => hostile(c)) as never));
  },
  ({ c, snapshot }) => fill(c, snapshot),
  ({ c, snapshot }) => peek(c, snapshot),
  ({ c, snapshot }) => c.mostly(undefined, () => snapshot.dispose()),
  ask('holdOut', (c) => batch(c).slice(0, 2)),
  ask('validate', (c) => [flag(c)]),
  ({ c, session, snapshot }) => session.capture(c.mostly(snapshot, () => hostile(c)) as never),
  ({ c, session, snapshot }) => session.restore(c.mostly(snapshot, () => hostile(c)) as never),
  ask('restart', (c) => [real(c)]),
  ask('kktResidual', (c) => [flag(c), real(c), real(c)]),
  ask('losses', batch),
  ask('gradients', (c) => {
    const given = batch(c);
    return [...given, numeric(c, real(c), given), real(c), parameters(c)];
  }),
  ask('step', (c) => [...batch(c), epochPlan(c)]),
  ({ c, session }) => Reflect.get(session, c.pick(SHORT)).call(session),
  ({ running }) => Promise.allSettled(running),
  ({ c, networks, sessions }) => {
    const options = object(c, {
      ...SESSION,
      ...{ loss: c.pick(LOSSES), penalty: c.pick(PENALTIES), pairWeight: c.pick([0, 1]) },
      ...{ optimizer: c.pick(['adam', 'sgd']), proximal: flag(c), activeSet: flag(c) },
      ...{ lossTargets: c.pick(['classes', 'values']), coupled: flag(c), threads: threads(c) },
      maxGradientNorm: c.pick([Number.POSITIVE_INFINITY, 1, 0, real(c)]),
      evaluate: flag(c) ? callback(c) : undefined,
      constraint: flag(c)
        ? object(c, {
            norm: c.pick(['l1', 'l2', '']),
            axis: c.pick(['input', '']),
            radius: real(c),
          })
        : null,
    });
    const network = c.mostly(c.pick(networks), () => c.pick([hostile(c), sessions[0]]));
    sessions.push(new (native().SessionHandle)(network, options as never));
  },
  // Networks.
  ({ c, networks }) => {
    const widths = c.mostly([D, R, C], () => c.array(c.below(5), () => c.pick(ANY_WIDTH)));
    const activation = c.pick(['relu', 'tanh', 'gelu', 'sigmoid', 'leaky-relu', 'identity', '']);
    const given = { ...WIDTHS, widths, activation, skip: flag(c), initDeviation: real(c) };
    networks.push(new (native().NetworkHandle)(object(c, given) as never));
  },
  ({ c, network }) => {
    const n = rows(c);
    const args = [matrix(c, n, D, 'Float32Array'), floats(c, n * R), outputs(c, n)];
    return Reflect.apply(network.infer, network, [...args, numeric(c, threads(c), args)]);
  },
  ({ c, network }) => network.setScaler(moments(c) as never),
  ({ c, network }) => Reflect.apply(network.inferRaw, network, raw(c)),
  ({ c, network }) =>
    network.inferAsync(
      c.pick([floats, doubles])(c, rows(c) * D) as never,
      c.pick([
        ...['outputs', 'representation', 'winners', ''],
        matrix(c, rows(c), R, 'Float64Array'),
      ]) as never,
      threads(c),
      c.mostly(undefined, () => hostile(c)) as never,
    ),
  ({ c, network }) => network.readParameters(parameters(c) as never),
  ({ c, network }) => network.writeParameters(parameters(c) as never),
  ({ c, network }) => network.inputNorms(floats(c, D) as never),
  ({ c, network }) => c.mostly(undefined, () => network.dispose()),
  ({ c, network, session }) => Reflect.apply(network.dispose, c.pick([session, {}, 1]), []),
  // Functions.
  ...['kmeans', 'kmeansAsync'].map((name) => call(name, kmeans)),
  ...['silhouette', 'silhouetteAsync'].map((name) => call(name, silhouette)),
  ...['elasticNet', 'ridge', 'linearAlphaMax'].map((name) => call(name, linear)),
  ({ c }) => {
    const stop = new (native().StopHandle)();
    const given = linear(c) as [never, never, never];
    const task = native().elasticNetAsync(
      ...given,
      c.mostly(stop, () => hostile(c) as never),
    );
    if (flag(c)) stop.stop();
    return task;
  },
  call('ridgeAsync', linear),
  call('assign', (c) => {
    const n = rows(c);
    const args = [matrix(c, n, D), matrix(c, rows(c), D, 'Float64Array'), whole(c, n, 9)];
    return [...args, numeric(c, threads(c), args)];
  }),
  call('allFinite', (c) => [c.pick([floats, doubles])(c, c.below(40)), threads(c)]),
  call('columnMoments', (c) => [matrix(c, rows(c), D)]),
  call('standardize', (c) => {
    const n = rows(c);
    return [matrix(c, n, D), moments(c), floats(c, n * D)];
  }),
  call('proximal', (c) => [
    c.pick(OPERATORS),
    matrix(c, rows(c), 1 + c.below(4)),
    real(c),
    real(c),
  ]),
  call('hierarchical', (c) => {
    const n = rows(c);
    return [matrix(c, n, D), matrix(c, n, C), real(c), real(c), real(c)];
  }),
];

const MOST_CALLS = 24;

/** The target. */
export async function addon(bytes: Uint8Array): Promise<void> {
  const world = new World(new Choices(bytes));
  const { c, running, sessions, networks, snapshots } = world;
  let depth = 0;
  c.reenter = () => {
    if (depth++ < 3) running.push(attempt(() => c.pick(CALLS)(world)));
    depth--;
  };
  for (let k = 0; k < MOST_CALLS && !c.isOver; k++) {
    const done = attempt(() => c.pick(CALLS)(world));
    running.push(done);
    if (flag(c)) await done;
  }
  for (const session of sessions) session.stop();
  await Promise.all(running);
  if (c.below(2) === 0)
    for (const handle of [...sessions, ...networks, ...snapshots]) handle.dispose();
}

/** Whatever is thrown is an Error. */
async function attempt(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Error)) throw new Error(`thrown: ${String(error)}`);
  }
}
