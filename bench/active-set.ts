import { DeepType, datasets, type Matrix } from '../src/index.js';
import { RawFiles } from './files.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';
import { Peer } from './peer.js';
import { inSharedMemory } from './shared.js';
import { MALLOC, networkParameters, type StepRequest } from './steps.js';

interface Size {
  readonly name: string;
  readonly rows: number;
  readonly hidden: readonly number[];
  readonly pretrain: number;
  readonly joint: number;
  readonly settle: number;
}

const CLASSES = 6;
const INPUTS = 20_000;
const INFORMATIVE = 20;
const RELATIVE_WEIGHT = 0.3;
const BATCH = 256;
const KKT_TOLERANCE = 0.01;
const PEER_STEPS = 8;
const THREADS = 2;

/** A table as wide as the paper's, and a network that leaves the dense fit within a minute. */
const SHORT: Size = {
  name: 'active set',
  rows: 1024,
  hidden: [64, 32],
  pretrain: 15,
  joint: 10,
  settle: 600,
};
/** The paper's network on all of its rows; some minutes where the fit is dense. */
const FULL: Size = {
  name: 'active set, paper network',
  rows: 2133,
  hidden: [1024, 512],
  pretrain: 25,
  joint: 20,
  settle: 150,
};

export function activeSetWorkloads(): Workload[] {
  return [workload(SHORT)];
}

export function activeSetPaperWorkloads(): Workload[] {
  return [workload(FULL)];
}

function table(rows: number): { X: Matrix; y: Int32Array } {
  const { X, y } = datasets.makeClusters({
    samples: rows,
    features: INPUTS,
    informative: INFORMATIVE,
    clusters: CLASSES,
    centerScale: 3,
    seed: 0,
  });
  return { X: inSharedMemory(X), y };
}

/** The same fit to the end with the active set and without, and dense steps of the peers. */
function workload(size: Size): Workload {
  const { rows, hidden } = size;
  const { X, y } = table(rows);
  const files = new RawFiles();
  const widths = [X.columns, ...hidden, CLASSES];
  // Steps of the dense fit, which runs first; the peers are charged for as many.
  const dense = { steps: Number.NaN };
  let request: StepRequest | undefined;
  const written = () => {
    request ??= peerRequest(X, y, widths, files);
    return request;
  };
  return {
    name: size.name,
    description:
      `${rows} x ${X.columns}, ${INFORMATIVE} informative columns, network ${widths.join('-')} sigmoid, batch ` +
      `${BATCH}, alpha ${RELATIVE_WEIGHT} of alpha_max; ` +
      `${size.pretrain} epochs of pretraining, ${size.joint} joint, at most ${size.settle} iterations of ` +
      `settling to a KKT residual of ${KKT_TOLERANCE} alpha, ${THREADS} threads. An iteration of settling passes ` +
      'over the whole table, and counts as so many steps. Peers: the time of a dense step, measured over ' +
      `${PEER_STEPS} of them, times the steps of our dense fit.`,
    rounds: 1,
    warmUp: false,
    contenders: [
      ours('deeptype, dense', false, X, y, size, dense),
      ours('deeptype, active set', true, X, y, size, dense),
      theirs('JAX, dense', 'jax_steps.py', written, dense),
      theirs('PyTorch, malloc tuned, dense', 'torch_steps.py', written, dense, MALLOC, {
        fused: false,
        bf16: false,
      }),
      theirs('PyTorch, malloc tuned, fused Adam, dense', 'torch_steps.py', written, dense, MALLOC, {
        fused: true,
        bf16: false,
      }),
    ],
    check,
    close: () => files.remove(),
  };
}

function ours(
  name: string,
  activeSet: boolean,
  X: Matrix,
  y: Int32Array,
  size: Size,
  dense: { steps: number },
): Contender {
  const run = async (): Promise<Outcome> => {
    const model = new DeepType({
      clusters: CLASSES,
      hidden: size.hidden,
      activation: 'sigmoid',
      sparsity: { relativeWeight: RELATIVE_WEIGHT },
      standardize: false,
      pretrain: { epochs: size.pretrain },
      joint: { epochs: size.joint },
      settle: { iterations: size.settle, tolerance: KKT_TOLERANCE },
      batchSize: BATCH,
      activeSet,
      threads: THREADS,
    });
    const began = performance.now();
    const result = await model.fit(X, y);
    const seconds = (performance.now() - began) / 1000;
    const stepsOfEpoch = Math.ceil(X.rows / BATCH);
    const inEpochs = stepsOfEpoch * result.history.filter(({ phase }) => phase !== 'settle').length;
    const passes = result.steps - inEpochs;
    const steps = inEpochs + (passes * X.rows) / BATCH;
    if (!activeSet) dense.steps = steps;
    const facts = {
      steps,
      settling: passes,
      features: model.selectedFeatures.length,
      relativeKkt: result.kktResidual / result.alpha,
      accuracy: model.score(X, y),
      converged: result.stopReason === 'converged' ? 1 : 0,
    };
    model.dispose();
    return { seconds, facts };
  };
  return { name, threads: THREADS, open: async () => ({ run, close: () => {} }) };
}

function theirs(
  name: string,
  script: string,
  request: () => StepRequest,
  dense: { readonly steps: number },
  environment: Readonly<Record<string, string>> = {},
  more: object = {},
): Contender {
  const open = async (): Promise<Running> => {
    const peer = await Peer.start(script, THREADS, environment);
    const ask = () => peer.request({ ...request(), threads: THREADS, ...more });
    return {
      versions: peer.versions,
      run: async () => {
        await ask(); // to compile and to touch the memory
        const { seconds } = await ask();
        const step = seconds / PEER_STEPS;
        return { seconds: step * dense.steps, facts: { steps: dense.steps, step } };
      },
      close: () => peer.close(),
    };
  };
  return { name, threads: THREADS, open };
}

/** Steps on the first rows, in order. */
function peerRequest(
  { data, columns }: Matrix,
  y: Int32Array,
  widths: readonly number[],
  files: RawFiles,
): StepRequest {
  const rows = Math.min(PEER_STEPS * BATCH, Math.floor(y.length / BATCH) * BATCH);
  const order = Int32Array.from({ length: PEER_STEPS * BATCH }, (_, i) => i % rows);
  return {
    name: 'active set',
    description: '',
    widths,
    activation: 'sigmoid',
    batch: BATCH,
    epochs: 1,
    joint: true,
    clusters: CLASSES,
    alpha: 0.01,
    beta: 1,
    distance: 'squared-euclidean',
    learningRate: 1e-3,
    rows,
    x: files.write('x', data.subarray(0, rows * columns)),
    y: files.write('y', y.subarray(0, rows)),
    labels: files.write('labels', y.subarray(0, rows)),
    centroids: files.write('centroids', new Float32Array(CLASSES * widths.at(-2)!).fill(0.5)),
    parameters: files.write('parameters', networkParameters(widths, 'sigmoid')),
    batches: files.write('batches', order),
    steps: PEER_STEPS,
  };
}

function check(facts: ReadonlyMap<string, Outcome['facts']>): string[] {
  const complaints: string[] = [];
  const dense = facts.get('deeptype, dense');
  for (const name of ['deeptype, dense', 'deeptype, active set']) {
    const one = facts.get(name);
    if (one === undefined) continue;
    if (!((one.relativeKkt ?? Number.NaN) <= KKT_TOLERANCE)) {
      complaints.push(`${name} ended at a KKT residual of ${one.relativeKkt} alpha`);
    }
    if (dense !== undefined && one.accuracy! < dense.accuracy! - 0.005) {
      complaints.push(`${name} reached accuracy ${one.accuracy}, the dense fit ${dense.accuracy}`);
    }
  }
  return complaints;
}
