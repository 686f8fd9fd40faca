import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type KnowledgeGraph,
  Matrix,
  Network,
  type SampleWeightOptions,
  Trainer,
} from '../../src/index.js';
import type { Parameter, Parts } from './torch.js';

/** Written by torch_trajectory.py: PyTorch in float64, from float32 numbers. */
interface Fixture {
  torch: string;
  sizes: number[];
  clusters: number;
  x: number[][];
  labels: number[];
  bits: number[][];
  values: number[][];
  centers: number[][];
  weights: number[];
  classWeights: number[];
  pairs: [i: number, j: number, weight: number][];
  parameters: Parameter[];
  batches: number[][];
  cases: Case[];
}
interface Case {
  name: string;
  steps: number;
  loss: 'cross-entropy' | 'bce' | 'mse' | 'mae' | 'huber';
  activation: 'relu' | 'leaky-relu' | 'sigmoid' | 'tanh' | 'gelu' | 'identity';
  metric: 'euclidean' | 'squared-euclidean';
  alpha: number;
  beta: number;
  optimizer:
    | { name: 'adam'; learningRate: number }
    | { name: 'sgd'; learningRate: number; momentum?: number; nesterov?: boolean };
  weighted: 'sample' | 'class' | null;
  gamma: number;
  clip: number | null;
  losses: Parts[];
  gradients: Parameter[];
  final: Parameter[];
}

const TOLERANCE = 1e-4;
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/torch-trajectory.json', import.meta.url), 'utf8'),
) as Fixture;

describe(`PyTorch ${fixture.torch}, from equal weights and an equal batch order`, () => {
  it.each(fixture.cases.map((c) => [`${c.name}, ${c.steps} steps`, c] as const))('%s', (_, c) => {
    const { network, trainer } = build(c);
    try {
      const x = pick(fixture.x, fixture.batches[0]!);
      const y = targets(c, fixture.batches[0]!);
      const centers = Matrix.from(fixture.centers);
      const weights = weighting(c, fixture.batches[0]!);
      const parts = trainer.computeLosses(x, y, centers, weights);
      expectClose('loss before any step', parts, c.losses[0]!);
      expectTensors('gradient', trainer.gradients(x, y, centers, weights), c.gradients);
      replay(c, trainer, centers);
      expectTensors('final', network.parameters(), c.final);
    } finally {
      trainer.dispose();
      network.dispose();
    }
  });
});

function build(c: Case): { network: Network; trainer: Trainer } {
  const hidden = fixture.sizes.slice(1, -1);
  const network = new Network({
    inputs: fixture.sizes[0]!,
    hidden,
    outputs: fixture.sizes.at(-1)!,
    activation: c.activation,
    seed: 0,
  });
  network.load(fixture.parameters.map((p) => ({ ...p, data: Float32Array.from(p.data) })));
  const trainer = new Trainer({
    network,
    loss: c.gamma === 0 ? c.loss : knowledgeGraph(c),
    ...(c.weighted === 'class'
      ? { classWeight: Object.fromEntries(fixture.classWeights.entries()) }
      : {}),
    sparsity: { penalty: 'group-lasso', weight: c.alpha, solver: 'subgradient' },
    distance: { metric: c.metric, weight: c.beta },
    optimizer: { ...c.optimizer, ...(c.clip === null ? {} : { maxGradientNorm: c.clip }) },
    clusters: fixture.clusters,
    weightDecay: 0,
    seed: 0,
  });
  return { network, trainer };
}

function knowledgeGraph(c: Case): KnowledgeGraph {
  const pairs = fixture.pairs.map(([i, j, weight]) => ({ i, j, weight }));
  return { name: 'knowledge-graph', base: c.loss, pairs, weight: c.gamma };
}

function weighting(c: Case, rows: readonly number[]): SampleWeightOptions {
  return c.weighted === 'sample' ? { sampleWeight: pick(fixture.weights, rows) } : {};
}

function replay(c: Case, trainer: Trainer, centers: Matrix): void {
  fixture.batches.slice(0, c.steps).forEach((batch, step) => {
    const x = pick(fixture.x, batch);
    const parts = trainer.step(x, targets(c, batch), centers, weighting(c, batch));
    expectClose(`loss before step ${step}`, parts, c.losses[step]!);
  });
}

function pick<T>(all: readonly T[], rows: readonly number[]): T[] {
  return rows.map((i) => all[i]!);
}

function targets(c: Case, rows: readonly number[]): number[] | number[][] {
  if (c.loss === 'cross-entropy') return pick(fixture.labels, rows);
  return pick(c.loss === 'bce' ? fixture.bits : fixture.values, rows);
}

function expectClose(what: string, ours: Partial<Parts>, theirs: Parts): void {
  for (const part of ['primary', 'sparsity', 'distance', 'total'] as const) {
    const error = Math.abs(ours[part]! - theirs[part]) / Math.abs(theirs[part]);
    expect(error, `${what}: ${part} ${ours[part]}, PyTorch ${theirs[part]}`).toBeLessThan(
      TOLERANCE,
    );
  }
}

/** Errors relative to the largest value of each tensor. */
function expectTensors(
  what: string,
  ours: readonly { name: string; shape: readonly number[]; data: Float32Array }[],
  theirs: readonly Parameter[],
): void {
  expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
  theirs.forEach((reference, k) => {
    const { shape, data } = ours[k]!;
    expect([...shape], `${what}: shape of ${reference.name}`).toEqual(reference.shape);
    const scale = Math.max(...reference.data.map(Math.abs));
    const worst = Math.max(...reference.data.map((v, i) => Math.abs(v - data[i]!)));
    expect(worst / scale, `${what}: ${reference.name}`).toBeLessThan(TOLERANCE);
  });
}
