import { DeepType, datasets, type Matrix, metrics, presets } from '../src/index.js';
import { RawFiles } from './files.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';
import { Peer } from './peer.js';
import { stepWorkload } from './steps.js';

const SEED = 0;
const HIDDEN = [64, 64, 32];
const CLUSTERS = 5;
const BATCH = 64;
const ALPHA = 0.01;
const BETA = 0.5;
const PRETRAIN = { epochs: 10, learningRate: 1e-3 };
const JOINT = { epochs: 15, learningRate: 1e-4, stepsPerBatch: 8 };
const STEPS = 2080;
const CLUSTERINGS = 240;

interface Data {
  readonly X: Matrix;
  readonly y: Int32Array;
}

/** torch-deeptype's whole schedule on 1000 x 20: ours through the public API against PyTorch. */
export function seedWorkload(): Workload {
  const { X, y } = datasets.makeClusters({
    samples: 1000,
    features: 20,
    informative: 5,
    clusters: CLUSTERS,
    centerScale: 5,
    noise: 1,
    seed: SEED,
  });
  const data = { X, y: Int32Array.from(y) };
  return {
    name: 'seed',
    description:
      `1000 x 20, network 20-64-64-32-5 ReLU, cross-entropy, Adam, batch 64; ${PRETRAIN.epochs} epochs ` +
      `of pretraining, ${JOINT.epochs} joint with ${JOINT.stepsPerBatch} steps a batch, K-means in ` +
      `every batch: ${STEPS} steps, ${CLUSTERINGS} clusterings and one of all rows at the end. ` +
      'torch-deeptype: its schedule as published; plain loop: the same arithmetic without its detours.',
    per: { unit: 'a step', count: STEPS },
    contenders: [
      ours(data, 1),
      ours(data, 2),
      theirs('torch-deeptype', data, 1, true),
      theirs('torch-deeptype', data, 2, true),
      theirs('PyTorch plain loop', data, 1, false),
      theirs('PyTorch plain loop', data, 2, false),
    ],
    check,
  };
}

const STEP_ROWS = 1024;

/** The step alone, without and with the distance term. */
export function seedStepWorkloads(): Workload[] {
  return [false, true].map((joint) =>
    stepWorkload({
      name: `seed step, ${joint ? 'joint' : 'pretraining'}`,
      description: `${STEP_ROWS} x 20, network 20-64-64-32-5 ReLU.`,
      widths: [20, ...HIDDEN, CLUSTERS],
      activation: 'relu',
      batch: BATCH,
      epochs: 50,
      joint,
      clusters: CLUSTERS,
      alpha: ALPHA,
      beta: BETA,
      distance: 'euclidean',
      learningRate: 1e-3,
      rows: STEP_ROWS,
      data: () => {
        const options = { features: 20, informative: 5, clusters: CLUSTERS, seed: SEED };
        const { X, y } = datasets.makeClusters({ samples: STEP_ROWS, ...options });
        return { X, y };
      },
    }),
  );
}

function ours(data: Data, threads: number): Contender {
  const open = async (): Promise<Running> => ({
    run: () => fitted(data, threads),
    close: () => {},
  });
  return { name: `deeptype, ${threads}T`, threads, open };
}

async function fitted({ X, y }: Data, threads: number): Promise<Outcome> {
  const began = performance.now();
  const model = new DeepType({
    ...presets.torchDeeptype,
    clusters: CLUSTERS,
    hidden: HIDDEN,
    sparsity: { ...presets.torchDeeptype.sparsity, weight: ALPHA },
    distance: { ...presets.torchDeeptype.distance, weight: BETA },
    pretrain: { ...presets.torchDeeptype.pretrain, ...PRETRAIN },
    joint: { ...presets.torchDeeptype.joint, ...JOINT },
    batchSize: BATCH,
    seed: SEED,
    threads,
  });
  const result = await model.fit(X, y);
  const seconds = (performance.now() - began) / 1000;
  const facts = {
    steps: result.steps,
    clusterings: result.clusterings,
    accuracy: model.score(X, y),
    ari: metrics.adjustedRandIndex(y, model.labels),
  };
  model.dispose();
  return { seconds, facts };
}

function theirs(name: string, data: Data, threads: number, asPublished: boolean): Contender {
  const open = async (): Promise<Running> => {
    const peer = await Peer.start('torch_deeptype.py', threads);
    const files = new RawFiles();
    const request = {
      x: files.write('x', data.X.data),
      y: files.write('y', data.y),
      rows: data.X.rows,
      columns: data.X.columns,
      classes: CLUSTERS,
      hidden: HIDDEN,
      clusters: CLUSTERS,
      batchSize: BATCH,
      alpha: ALPHA,
      beta: BETA,
      pretrain: PRETRAIN,
      joint: JOINT,
      seed: SEED,
      threads,
      asPublished,
    };
    return {
      versions: peer.versions,
      run: async () => {
        const { seconds, facts, labels } = await peer.request(request);
        const ari = metrics.adjustedRandIndex(data.y, Int32Array.from(labels ?? []));
        return { seconds, facts: { ...facts, ari } };
      },
      close: () => {
        peer.close();
        files.remove();
      },
    };
  };
  return { name: `${name}, ${threads}T`, threads, open };
}

function check(facts: ReadonlyMap<string, Outcome['facts']>): string[] {
  const complaints: string[] = [];
  for (const [name, { steps, clusterings, accuracy, ari }] of facts) {
    if (steps !== STEPS) complaints.push(`${name} took ${steps} steps, not ${STEPS}`);
    if (clusterings !== CLUSTERINGS) {
      complaints.push(`${name} clustered ${clusterings} times, not ${CLUSTERINGS}`);
    }
    if ((accuracy ?? 0) < 0.98) complaints.push(`${name} reached accuracy ${accuracy} only`);
    if ((ari ?? 0) < 0.9) complaints.push(`${name} reached an ARI of ${ari} only`);
  }
  return complaints;
}
