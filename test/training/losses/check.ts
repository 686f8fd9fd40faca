import { expect } from 'vitest';
import {
  type Losses,
  type MatrixLike,
  Network,
  type Targets,
  Trainer,
  type TrainerOptions,
} from '../../../src/index.js';
import { drawTable, drawTensors, type generator } from '../../reference/draw.js';
import { numericalGradient } from '../../reference/gradients.js';
import type { Batch, Loss, Objective } from '../../reference/objective.js';
import { layersOf, type Tensor } from '../../reference/tensors.js';
import { evaluate } from '../../reference/terms.js';
import { difference, norm } from '../../reference/vectors.js';

/** A network with given parameters under one objective, by the package and by the reference. */
export interface Case {
  readonly objective: Objective;
  readonly tensors: Tensor[];
  readonly batch: Batch;
  readonly loss: TrainerOptions['loss'];
}

export function objectiveOf(loss: Loss): Objective {
  return {
    activation: 'tanh',
    loss,
    penalty: 'group-lasso',
    metric: 'squared-euclidean',
    l1Ratio: 0.5,
    alpha: 0,
    beta: 0,
  };
}

export function tensorsOf(draw: ReturnType<typeof generator>, widths: readonly number[]): Tensor[] {
  return drawTensors(draw, widths, 1.7);
}

export function withTrainer<T>(
  { objective, tensors, loss }: Pick<Case, 'objective' | 'tensors' | 'loss'>,
  body: (trainer: Trainer, network: Network) => T,
  options: Partial<TrainerOptions> = {},
): T {
  const shapes = tensors.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape);
  const network = new Network({
    inputs: shapes[0]![1]!,
    hidden: shapes.slice(0, -1).map(([out]) => out!),
    outputs: shapes.at(-1)![0]!,
    activation: objective.activation,
  });
  network.load(tensors);
  const { alpha, beta, metric } = objective;
  const trainer = new Trainer({
    network,
    clusters: 2,
    ...(loss === undefined ? {} : { loss }),
    sparsity: { weight: alpha },
    distance: { metric, weight: beta },
    ...options,
  });
  const release = () => {
    trainer.dispose();
    network.dispose();
  };
  const result = body(trainer, network);
  if (result instanceof Promise) result.then(release, release);
  else release();
  return result;
}

export const rowsOf = (table: Batch['x']): number[][] => table.map((row) => [...row]);

/** `y` as the package takes it. */
export function targetsOf({ objective: { loss }, batch: { y } }: Case): Targets {
  if (loss === 'cross-entropy') return y.map((row) => row[0]!);
  if (loss !== 'cox') return y.map((row) => [...row]);
  return { time: y.map(([time]) => time!), event: y.map(([, event]) => event!) };
}

export function drawTargets(draw: () => number, loss: Loss, rows: number, outputs: number) {
  const bit = () => Number(draw() < 0.5);
  const table = (value: () => number, columns = outputs) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, value));
  if (loss === 'cross-entropy') return table(() => Math.floor(draw() * outputs), 1);
  if (loss === 'bce') return table(bit);
  if (loss === 'cox') return table(() => 0).map(() => [Math.floor(6 * draw()) / 4, bit()]);
  return drawTable(draw, rows, outputs, 2.5);
}

/** Expects the losses and the gradient to be those of the float64 reference. */
export function expectReference(c: Case, options: Partial<TrainerOptions> = {}): void {
  const { objective, tensors, batch } = c;
  const layers = layersOf(tensors);
  const { primary } = evaluate(objective, layers, batch, []);
  const gradient = numericalGradient(objective, layers, batch, [], 1e-5);
  const given = batch.weights === undefined ? {} : { sampleWeight: [...batch.weights] };
  withTrainer(
    c,
    (trainer) => {
      const args = [rowsOf(batch.x), targetsOf(c), undefined, given] as [
        MatrixLike,
        Targets,
        undefined,
        object,
      ];
      const losses: Losses = trainer.computeLosses(...args);
      expect(Math.abs(losses.primary - primary)).toBeLessThan(2e-6 * Math.max(1, primary));
      const whole = Math.max(1, Math.hypot(...gradient.map(norm)));
      trainer.gradients(...args).forEach(({ name, data }, k) => {
        const bound = 1e-4 * norm(gradient[k]!) + 1e-6 * whole;
        expect(difference(data, gradient[k]!), name).toBeLessThanOrEqual(bound);
      });
    },
    options,
  );
}
