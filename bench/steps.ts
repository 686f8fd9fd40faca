import {
  type ActivationName,
  type Matrix,
  Network,
  type Parameter,
  Trainer,
  type TrainerOptions,
} from '../src/index.js';
import { RawFiles } from './files.js';
import type { Work } from './floor.js';
import { type Contender, median, type Outcome, type Running, type Workload } from './harness.js';
import { Peer, PeerAbsent } from './peer.js';

/** Optimiser steps of one shape on one table. */
export interface StepShape {
  readonly name: string;
  readonly description: string;
  /** From inputs to outputs. */
  readonly widths: readonly number[];
  readonly activation: Extract<ActivationName, 'relu' | 'sigmoid' | 'tanh'>;
  /** The rows of a step; the table holds a whole number of them. */
  readonly batch: number;
  readonly epochs: number;
  /** With the distance term to fixed centroids, or without. */
  readonly joint: boolean;
  readonly clusters: number;
  readonly alpha: number;
  readonly beta: number;
  readonly distance: 'euclidean' | 'squared-euclidean';
  readonly learningRate: number;
  readonly rounds?: number;
  /** Also in bfloat16, ours and PyTorch's. */
  readonly bf16?: boolean;
  readonly data: () => { X: Matrix; y: Int32Array };
  readonly rows: number;
  readonly notes?: Workload['notes'];
}

/** The request to a peer; tables are names of raw files, `batches` the rows of every step. */
export interface StepRequest extends Omit<StepShape, 'data' | 'notes'> {
  readonly x: string;
  readonly y: string;
  readonly labels: string;
  readonly centroids: string;
  readonly parameters: string;
  readonly batches: string;
  readonly steps: number;
}

/** The table and the initial weights, equal for all contenders. */
interface Start {
  readonly shape: StepShape;
  readonly X: Matrix;
  readonly y: Int32Array;
  readonly initial: readonly Parameter[];
}

interface Setting extends Start {
  readonly request: () => Promise<StepRequest>;
}

/** Keeps glibc from giving large blocks back and has it ask for huge pages: half of PyTorch's time. */
export const MALLOC = {
  GLIBC_TUNABLES: [
    'glibc.malloc.hugetlb=1',
    'glibc.malloc.mmap_threshold=4294967296',
    'glibc.malloc.trim_threshold=8589934592',
  ].join(':'),
};
const FIRST_TOLERANCE = 1e-4;
const LAST_TOLERANCE = 1e-2;
const BFLOAT_TOLERANCE = 5e-2;

/** Ours through `Trainer` against loops of the same arithmetic in PyTorch and JAX. */
export function stepWorkload(shape: StepShape): Workload {
  const files = new RawFiles();
  let setting: Setting | undefined;
  const get = () => {
    setting ??= settle(shape, files);
    return setting;
  };
  const steps = (shape.epochs * shape.rows) / shape.batch;
  const counts = [1, 2];
  const halves = shape.bf16 ? counts : [];
  return {
    name: shape.name,
    description:
      `${shape.description} ${steps} steps of ${shape.batch} rows from equal weights in equal order, ` +
      'Adam on the subgradient of the L2,1 norm' +
      `${shape.joint ? ', with the distance to fixed centroids' : ''}; the tables lie in memory. ` +
      "'proximal' is our default solver instead; JAX has the whole loop under jit and lax.scan; 'malloc tuned' " +
      "is PyTorch with glibc's allocator kept from page faults.",
    per: { unit: 'a step', count: steps },
    work: stepWork(shape, steps),
    ...(shape.rounds !== undefined && { rounds: shape.rounds }),
    ...(shape.notes && { notes: shape.notes }),
    contenders: [
      ...counts.map((threads) => ours(get, { threads })),
      ...counts.map((threads) => ours(get, { threads, proximal: true })),
      ...halves.map((threads) => ours(get, { threads, precision: 'bf16' })),
      ...counts.map((threads) => peer(get, 'JAX', 'jax_steps.py', threads)),
      ...counts.map((threads) => torch(get, 'PyTorch', threads, {})),
      ...counts.map((threads) => torch(get, 'PyTorch, malloc tuned', threads, { tuned: true })),
      ...counts.map((threads) =>
        torch(get, 'PyTorch, malloc tuned, fused Adam', threads, { tuned: true, fused: true }),
      ),
      ...halves.map((threads) =>
        torch(get, 'PyTorch bf16, malloc tuned, fused Adam', threads, {
          tuned: true,
          fused: true,
          bf16: true,
        }),
      ),
    ],
    check: (facts) => check(facts, steps),
    close: () => files.remove(),
  };
}

/** Forward and weight gradient of every layer, and the inputs' gradient of all but the first. */
export function stepWork(
  { widths, batch }: Pick<StepShape, 'widths' | 'batch'>,
  steps: number,
): Work {
  const sizes = widths.slice(1).map((width, l) => width * widths[l]!);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return { flops: 2 * batch * steps * (3 * all - sizes[0]!) };
}

function settle(shape: StepShape, files: RawFiles): Setting {
  const { widths, clusters, batch, epochs, data: _, notes: __, ...rest } = shape;
  const { X, y } = shape.data();
  if (X.rows !== shape.rows || X.rows % batch !== 0)
    throw new Error('not a whole number of batches');
  const network = networkOf(shape, 1);
  const initial = network.parameters();
  network.dispose();
  const start = { shape, X, y, initial };
  let request: Promise<StepRequest> | undefined;
  const write = async (): Promise<StepRequest> => {
    const { centroids, labels } = await firstClusters(start);
    const order = Int32Array.from({ length: epochs * X.rows }, (_, i) => i % X.rows);
    return {
      ...rest,
      widths,
      clusters,
      batch,
      epochs,
      x: files.write('x', X.data),
      y: files.write('y', y),
      labels: files.write('labels', labels),
      centroids: files.write('centroids', centroids.data),
      parameters: files.write('parameters', flattened(initial)),
      batches: files.write('batches', order),
      steps: order.length / batch,
    };
  };
  const written = () => {
    request ??= write();
    return request;
  };
  return { ...start, request: written };
}

/** Of K-means on the initial representation, to which joint steps draw. */
async function firstClusters(start: Start) {
  const network = networkOf(start.shape, 2);
  const trainer = trainerOf(start, network, { threads: 2 });
  await joined(trainer, start, 0);
  const clusters = trainer.clusters(start.X);
  trainer.dispose();
  network.dispose();
  return clusters;
}

/** Of a new network, one after the other in PyTorch's layout. */
export function networkParameters(
  widths: readonly number[],
  activation: StepShape['activation'],
): Float32Array {
  const network = networkOf({ widths, activation }, 1);
  const flat = flattened(network.parameters());
  network.dispose();
  return flat;
}

function flattened(parameters: readonly Parameter[]): Float32Array {
  const flat = new Float32Array(parameters.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parameters) {
    flat.set(data, at);
    at += data.length;
  }
  return flat;
}

type Shape = Pick<StepShape, 'widths' | 'activation'>;

function networkOf({ widths, activation }: Shape, threads: number): Network {
  const [inputs, ...rest] = widths;
  return new Network({
    inputs: inputs!,
    hidden: rest.slice(0, -1),
    outputs: rest.at(-1)!,
    activation,
    threads,
    seed: 0,
  });
}

interface Variant {
  readonly threads: number;
  readonly proximal?: boolean;
  readonly precision?: string;
}

function ours(get: () => Setting, variant: Variant): Contender {
  const { threads, proximal = false, precision } = variant;
  const name = ['deeptype', precision, proximal && 'proximal'].filter(Boolean).join(' ');
  const open = async (): Promise<Running> => {
    const setting = get();
    const network = networkOf(setting.shape, threads);
    const trainer = trainerOf(setting, network, variant);
    await pretrained(trainer, setting, 0); // finds alpha_max, which is no part of a step
    return {
      run: () => timed(trainer, setting),
      close: () => {
        trainer.dispose();
        network.dispose();
      },
    };
  };
  return { name: `${name}, ${threads}T`, threads, open };
}

function trainerOf(
  { shape }: Start,
  network: Network,
  { threads, proximal = false, precision }: Variant,
): Trainer {
  const options: TrainerOptions = {
    network,
    clusters: shape.clusters,
    sparsity: { weight: shape.alpha, solver: proximal ? 'proximal' : 'subgradient' },
    distance: { metric: shape.distance, weight: shape.beta },
    pretrain: { sparsityScale: 1 },
    settle: { iterations: 0 },
    batchSize: shape.batch,
    shuffle: false,
    weightDecay: 0,
    activeSet: false,
    threads,
  };
  if (precision === undefined) return new Trainer(options);
  try {
    return new Trainer({ ...options, precision: precision as 'float32' });
  } catch {
    throw new PeerAbsent(`precision ${precision} is not in this build`);
  }
}

/**
 * The steps alone: the time without that of a call of no epochs, which checks and loads the table. It is the
 * median of three: the first finds the table out of the caches, where the others ran.
 */
async function timed(trainer: Trainer, setting: Setting): Promise<Outcome> {
  const { shape, initial } = setting;
  trainer.network.load(initial);
  const phase = shape.joint ? joined : pretrained;
  const loadings: number[] = [];
  while (loadings.length < 3) loadings.push((await phase(trainer, setting, 0)).seconds);
  const run = await phase(trainer, setting, shape.epochs);
  const weigh = (entry: { total: number } | undefined) => entry?.total ?? Number.NaN;
  return {
    seconds: run.seconds - median(loadings),
    facts: {
      steps: (run.history.length * shape.rows) / shape.batch,
      firstLoss: weigh(run.history[0]),
      lastLoss: weigh(run.history.at(-1)),
    },
  };
}

type Phase = (
  trainer: Trainer,
  start: Start,
  epochs: number,
) => Promise<{ seconds: number; history: { total: number }[] }>;

const pretrained: Phase = async (trainer, { shape, X, y }, epochs) => {
  const { learningRate } = shape;
  const began = performance.now();
  const options = { epochs, denseFraction: 0, sparsityScale: 1, learningRate };
  const { history } = await trainer.pretrain(X, y, options);
  return { seconds: (performance.now() - began) / 1000, history };
};

const joined: Phase = async (trainer, { shape, X, y }, epochs) => {
  const began = performance.now();
  const { history } = await trainer.joint(X, y, {
    epochs,
    learningRate: shape.learningRate,
    decay: 'constant',
    reclusterEvery: { steps: 2 ** 31 },
    tolerance: 0,
    hold: 0,
    restart: 'none',
  });
  return { seconds: (performance.now() - began) / 1000, history };
};

interface TorchVariant {
  readonly tuned?: boolean;
  readonly fused?: boolean;
  readonly bf16?: boolean;
}

function torch(
  get: () => Setting,
  name: string,
  threads: number,
  { tuned = false, fused = false, bf16 = false }: TorchVariant,
): Contender {
  return peer(get, name, 'torch_steps.py', threads, tuned ? MALLOC : {}, { fused, bf16 });
}

function peer(
  get: () => Setting,
  name: string,
  script: string,
  threads: number,
  environment: Readonly<Record<string, string>> = {},
  more: object = {},
): Contender {
  const open = async (): Promise<Running> => {
    const process = await Peer.start(script, threads, environment);
    return {
      versions: process.versions,
      run: async () => process.request({ ...(await get().request()), threads, ...more }),
      close: () => process.close(),
    };
  };
  return { name: `${name}, ${threads}T`, threads, open };
}

function check(facts: ReadonlyMap<string, Outcome['facts']>, steps: number): string[] {
  const complaints: string[] = [];
  const reference = [...facts].find(([name]) => /^deeptype, /.test(name))?.[1];
  for (const [name, one] of facts) {
    if (one.steps !== steps) complaints.push(`${name} took ${one.steps} steps, not ${steps}`);
    if (reference === undefined || name.includes('proximal')) continue; // another step, by design
    const isRounded = name.includes('bf16');
    for (const [loss, tolerance] of [
      ['firstLoss', isRounded ? BFLOAT_TOLERANCE : FIRST_TOLERANCE],
      ['lastLoss', isRounded ? BFLOAT_TOLERANCE : LAST_TOLERANCE],
    ] as const) {
      const [value = Number.NaN, expected = Number.NaN] = [one[loss], reference[loss]];
      if (!(Math.abs(value - expected) <= tolerance * Math.abs(expected))) {
        complaints.push(`${name}: ${loss} ${value}, ours ${expected}`);
      }
    }
  }
  return complaints;
}
