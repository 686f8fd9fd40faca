import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Matrix, Network, Trainer } from '../../src/index.js';
import type { Penalty } from '../reference/objective.js';
import type { Parameter, Parts } from './torch.js';

interface Case {
  name: string;
  penalty: Penalty | 'hierarchical';
  skip: boolean;
  alpha: number;
  l1Ratio?: number;
  M?: number;
  optimizer: { name: 'adam' | 'sgd'; learningRate: number };
  removed: number;
  losses: Parts[];
  gradients: Parameter[];
  final: Parameter[];
}
/** Written by torch_penalties.py: PyTorch in float64, from float32 numbers. */
interface Fixture {
  torch: string;
  sizes: number[];
  x: number[][];
  labels: number[];
  centers: number[][];
  parameters: Parameter[];
  batches: number[][];
  cases: Case[];
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/torch-penalties.json', import.meta.url), 'utf8'),
) as Fixture;

function build(c: Case): { network: Network; trainer: Trainer } {
  const { sizes, parameters } = fixture;
  const network = new Network({
    inputs: sizes[0]!,
    hidden: sizes.slice(1, -1),
    outputs: sizes.at(-1)!,
    activation: 'tanh',
    skip: c.skip,
  });
  network.load(parameters.map((p) => ({ ...p, data: Float32Array.from(p.data) })));
  const { penalty, alpha: weight, l1Ratio = 0.5, M = 10, optimizer } = c;
  const solver = penalty === 'hierarchical' ? 'proximal' : 'subgradient';
  const trainer = new Trainer({
    network,
    sparsity: { penalty, weight, l1Ratio, M, solver },
    distance: { weight: 0.3 },
    optimizer,
    clusters: fixture.centers.length,
    weightDecay: 0,
  });
  return { network, trainer };
}

/** Errors relative to the largest value of each tensor. */
function expectTensors(ours: readonly { name: string; data: Float32Array }[], theirs: Parameter[]) {
  expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
  theirs.forEach(({ name, data }, k) => {
    const scale = Math.max(...data.map(Math.abs));
    const worst = Math.max(...data.map((v, i) => Math.abs(v - ours[k]!.data[i]!)));
    expect(worst, name).toBeLessThanOrEqual(1e-4 * scale);
  });
}

describe(`penalties and LassoNet's network against PyTorch ${fixture.torch}`, () => {
  it.each(fixture.cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const { network, trainer } = build(c);
    const centers = Matrix.from(fixture.centers);
    const rows = (batch: number[]) => ({
      x: batch.map((i) => fixture.x[i]!),
      y: batch.map((i) => fixture.labels[i]!),
    });
    const first = rows(fixture.batches[0]!);
    expectTensors(trainer.gradients(first.x, first.y, centers), c.gradients);
    fixture.batches.forEach((batch, step) => {
      const { x, y } = rows(batch);
      const parts = trainer.step(x, y, centers);
      for (const part of ['primary', 'sparsity', 'distance', 'total'] as const) {
        const theirs = c.losses[step]![part];
        const error = Math.abs(parts[part]! - theirs) / Math.abs(theirs);
        expect(error, `${part} before step ${step}`).toBeLessThan(1e-4);
      }
    });
    expectTensors(network.parameters(), c.final);
    const removed = network.inputImportance().filter((size) => size === 0).length;
    expect(removed).toBe(c.removed);
    trainer.dispose();
    network.dispose();
  });
});
