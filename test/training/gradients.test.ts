import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Losses, type Matrix, Network, type PrimaryLoss, Trainer } from '../../src/index.js';
import { assertProperty } from '../properties/assert-property.js';
import { drawTable, drawTensors, generator } from '../reference/draw.js';
import { forward } from '../reference/forward.js';
import { numericalGradient, smoothGradient } from '../reference/gradients.js';
import {
  ACTIVATIONS,
  type Batch,
  LOSSES,
  type Loss,
  METRICS,
  type Objective,
  PENALTIES,
} from '../reference/objective.js';
import { type Layer, layersOf, outgoing, type Tensor, tensorsOf } from '../reference/tensors.js';
import { evaluate, labelsOf } from '../reference/terms.js';
import { difference, norm } from '../reference/vectors.js';

/** Of a tensor's gradient in the L2 norm; 1e-3 would do, float32 is better than that. */
const RELATIVE = 1e-4;
/**
 * Of the whole gradient, or of 1 where that is smaller. A float32 number carries 6e-8 of itself, and
 * what a tensor's gradient sums is of the size of the slopes that flow through the network, not of
 * the sum: a tensor whose terms cancel, or whose slopes come from 1 - p, is known to this only.
 */
const FLOOR = 3e-7;
/** Of the central differences; their own error is about STEP^2 and 1e-16 / STEP. */
const STEP = 1e-5;
/** A step moves no pre-activation, residual or distance by as much. */
const MARGIN = 3e-4;

interface Shape {
  rows: number;
  inputs: number;
  hidden: number[];
  outputs: number;
  clusters: number;
  seed: number;
}

interface Case {
  objective: Objective;
  tensors: Tensor[];
  batch: Batch;
}

const width = fc.integer({ min: 1, max: 13 });
const shapes: fc.Arbitrary<Shape> = fc.record({
  rows: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 19 })),
  inputs: width,
  hidden: fc.array(width, { minLength: 1, maxLength: 3 }),
  outputs: fc.integer({ min: 1, max: 5 }),
  clusters: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(),
});

const objectives: fc.Arbitrary<Objective> = fc.record({
  activation: fc.constantFrom(...ACTIVATIONS),
  loss: fc.constantFrom(...LOSSES),
  penalty: fc.constantFrom(...PENALTIES),
  metric: fc.constantFrom(...METRICS),
  l1Ratio: fc.constantFrom(0.1, 0.5, 0.9, 1),
  alpha: fc.constantFrom(0, 0.01, 0.3, 2),
  beta: fc.constantFrom(0, 0.03, 0.5, 1.5),
});

const combinations = LOSSES.flatMap((loss) =>
  ACTIVATIONS.flatMap((activation) =>
    METRICS.flatMap((metric) =>
      PENALTIES.map((penalty) => ({ loss, activation, metric, penalty })),
    ),
  ),
);

function drawCase(objective: Objective, s: Shape): Case {
  const draw = generator(s.seed);
  const tensors = drawTensors(draw, [s.inputs, ...s.hidden, s.outputs], 1.7);
  const x = drawTable(draw, s.rows, s.inputs, 2);
  const y = drawTargets(draw, objective.loss, s.rows, s.outputs);
  const centers = drawTable(draw, s.clusters, s.hidden.at(-1)!, 1);
  return { objective, tensors, batch: { x, y, centers } };
}

function drawTargets(draw: () => number, loss: Loss, rows: number, outputs: number): number[][] {
  if (loss === 'cross-entropy') {
    return Array.from({ length: rows }, () => [Math.floor(draw() * outputs)]);
  }
  const values = drawTable(draw, rows, outputs, 2.5);
  if (loss !== 'bce') return values;
  return values.map((row) => row.map((v) => (draw() < 0.5 ? Number(v > 0) : Math.fround(draw()))));
}

/** Whether a step of the central differences, or float32, could land on the other side of a kink. */
function isOnKink({ objective, batch }: Case, layers: readonly Layer[]): boolean {
  const { activation, loss, penalty, metric } = objective;
  const { z, h } = forward(layers, activation, batch.x);
  if (activation === 'relu' || activation === 'leaky-relu') {
    if (
      z
        .slice(0, -1)
        .flat(2)
        .some((v) => Math.abs(v) < MARGIN)
    )
      return true;
  }
  const kink = loss === 'mae' ? 0 : loss === 'huber' ? 1 : undefined;
  const residuals = z.at(-1)!.flatMap((row, i) => row.map((v, c) => v - (batch.y[i]![c] ?? 0)));
  if (kink !== undefined && residuals.some((e) => Math.abs(Math.abs(e) - kink) < MARGIN))
    return true;
  for (let j = 0; j < layers[0]!.inputs; j++) {
    const w = outgoing(layers[0]!, j);
    if (penalty === 'group-lasso' && norm(w) < 100 * MARGIN) return true;
    if (penalty === 'l-infinity') {
      const [first = 0, second = -1] = w.map(Math.abs).sort((a, b) => b - a);
      if (first < 2 * STEP || first - second < 2 * STEP) return true;
    }
    if (penalty === 'l1' || penalty === 'elastic-net') {
      if (w.some((v) => Math.abs(v) < 2 * STEP)) return true;
    }
  }
  return h.at(-1)!.some((row) => {
    const distances = batch.centers!.map((c) => difference(row, c)).sort((a, b) => a - b);
    if (metric === 'euclidean' && distances[0]! < 100 * MARGIN) return true;
    return distances.length > 1 && distances[1]! - distances[0]! < MARGIN;
  });
}

function withTrainer<T>(
  { objective, tensors }: Case,
  body: (trainer: Trainer, network: Network) => T,
  loss: Loss | PrimaryLoss = objective.loss,
): T {
  const network = new Network({
    inputs: tensors[0]!.shape[1]!,
    hidden: tensors
      .filter(({ shape }) => shape.length === 1)
      .map(({ shape }) => shape[0]!)
      .slice(0, -1),
    outputs: tensors.at(-1)!.shape[0]!,
    activation: objective.activation,
  });
  network.load(tensors);
  const { penalty, alpha, l1Ratio, metric, beta } = objective;
  const trainer = new Trainer({
    network,
    clusters: 2,
    loss,
    sparsity: { penalty, weight: alpha, l1Ratio },
    distance: { metric, weight: beta },
    weightDecay: 0.5, // belongs to the step: neither losses nor gradients may show it
  });
  try {
    return body(trainer, network);
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

/** `y` as the loss wants it. */
function targets({ objective, batch }: Case): number[] | number[][] {
  if (objective.loss === 'cross-entropy') return batch.y.map((row) => row[0]!);
  return batch.y.map((row) => [...row]);
}

const rowsOf = (table: Batch['x']): number[][] => table.map((row) => [...row]);

function expectGradients(ours: readonly Tensor[], theirs: readonly Float64Array[]): void {
  const whole = Math.max(1, Math.hypot(...theirs.map(norm)));
  ours.forEach(({ name, data }, k) => {
    const error = difference(data, theirs[k]!);
    const bound = RELATIVE * norm(theirs[k]!) + FLOOR * whole;
    expect(error, `${name}, of norm ${norm(theirs[k]!)}`).toBeLessThanOrEqual(bound);
  });
}

function checkGradients(objective: Objective, shape: Shape): void {
  const c = drawCase(objective, shape);
  const layers = layersOf(c.tensors);
  fc.pre(!isOnKink(c, layers));
  const labels = labelsOf(objective, layers, c.batch);
  const numerical = numericalGradient(objective, layers, c.batch, labels, STEP);
  const { x, centers } = c.batch;
  withTrainer(c, (trainer, network) => {
    const gradients = trainer.gradients(rowsOf(x), targets(c), rowsOf(centers!));
    expect(gradients.map(({ name, shape }) => [name, shape])).toEqual(
      network.parameters().map(({ name, shape }) => [name, shape]),
    );
    expectGradients(gradients, numerical);
  });
}

function expectLosses(ours: Losses, theirs: ReturnType<typeof evaluate>, scale: number): void {
  for (const part of ['primary', 'sparsity', 'distance', 'total'] as const) {
    // A loss is a difference of outputs, which float32 knows to 1e-7 of themselves.
    const bound = 1e-5 * Math.abs(theirs[part]) + 1e-6 * scale;
    expect(Math.abs(ours[part]! - theirs[part]), `${part}, ${theirs[part]}`).toBeLessThanOrEqual(
      bound,
    );
  }
}

describe('gradients against central differences of a float64 reference', () => {
  it.each(LOSSES)('%s: every activation x distance x penalty', (loss) => {
    const all = combinations.filter((c) => c.loss === loss);
    expect(all.length).toBe(6 * 2 * PENALTIES.length);
    all.forEach((combination, k) => {
      const objective = { ...combination, l1Ratio: 0.5, alpha: 0.3, beta: 0.5 };
      const property = fc.property(shapes, (shape) => checkGradients(objective, shape));
      assertProperty(property, { numRuns: 2, seed: k, maxSkipsPerRun: 1000 });
    });
  });

  it('200 random shapes, objectives and weights of the terms', () => {
    const property = fc.property(objectives, shapes, checkGradients);
    assertProperty(property, { numRuns: 200, maxSkipsPerRun: 1000 });
  });

  it('without centers there is no distance term', () => {
    const objective = { ...base, beta: 2 };
    const c = drawCase(objective, { ...shape, seed: 7 });
    const { centers: _, ...batch } = c.batch;
    const numerical = numericalGradient(objective, layersOf(c.tensors), batch, [], STEP);
    withTrainer(c, (trainer) => {
      expectGradients(trainer.gradients(rowsOf(batch.x), targets(c)), numerical);
      expect(trainer.computeLosses(rowsOf(batch.x), targets(c))).not.toHaveProperty('distance');
    });
  });

  it('the chain rule of the reference agrees with its own central differences', () => {
    const property = fc.property(objectives, shapes, (o, s) => {
      const objective = { ...o, alpha: 0 };
      const c = drawCase(objective, s);
      const layers = layersOf(c.tensors);
      fc.pre(!isOnKink(c, layers));
      const labels = labelsOf(objective, layers, c.batch);
      const numerical = numericalGradient(objective, layers, c.batch, labels, STEP);
      const analytic = tensorsOf(smoothGradient(objective, layers, c.batch, labels));
      const whole = Math.hypot(...numerical.map(norm));
      analytic.forEach((tensor, k) => {
        expect(difference(tensor, numerical[k]!)).toBeLessThan(1e-7 * (1 + whole));
      });
    });
    assertProperty(property, { numRuns: 60, maxSkipsPerRun: 1000 });
  });
});

const base: Objective = {
  activation: 'tanh',
  loss: 'mse',
  penalty: 'group-lasso',
  metric: 'squared-euclidean',
  l1Ratio: 0.5,
  alpha: 0.2,
  beta: 0.7,
};
const shape: Shape = { rows: 9, inputs: 5, hidden: [7, 3], outputs: 2, clusters: 3, seed: 0 };

describe('computeLosses', () => {
  it('equals the reference within 1e-5', () => {
    const property = fc.property(objectives, shapes, (objective, s) => {
      const c = drawCase(objective, s);
      const layers = layersOf(c.tensors);
      const expected = evaluate(objective, layers, c.batch, labelsOf(objective, layers, c.batch));
      const outputs = forward(layers, objective.activation, c.batch.x).z.at(-1)!;
      const scale = Math.max(1, ...outputs.flat().map(Math.abs));
      withTrainer(c, (trainer) => {
        const { x, centers } = c.batch;
        expectLosses(
          trainer.computeLosses(rowsOf(x), targets(c), rowsOf(centers!)),
          expected,
          scale,
        );
      });
    });
    assertProperty(property, { numRuns: 200 });
  });

  it.each([511, 512, 513, 1537])('of %i rows, more than one chunk of the table', (rows) => {
    for (const loss of LOSSES) {
      const objective = { ...base, loss };
      const c = drawCase(objective, { ...shape, rows, seed: rows });
      const layers = layersOf(c.tensors);
      const labels = labelsOf(objective, layers, c.batch);
      const expected = evaluate(objective, layers, c.batch, labels);
      withTrainer(c, (trainer) => {
        const [x, centers] = [rowsOf(c.batch.x), rowsOf(c.batch.centers!)];
        expectLosses(trainer.computeLosses(x, targets(c), centers), expected, 1);
        const analytic = smoothGradient(objective, layers, c.batch, labels);
        const ours = trainer.gradients(x, targets(c), centers).slice(1);
        expectGradients(ours, tensorsOf(analytic).slice(1));
      });
    }
  });
});

describe("a caller's PrimaryLoss", () => {
  const meanSquaredError: PrimaryLoss = {
    evaluate(outputs, given) {
      const y = given as Matrix;
      const e = Float64Array.from(outputs.data, (v, k) => v - y.data[k]!);
      return {
        loss: e.reduce((sum, v) => sum + v * v, 0) / e.length,
        gradient: e.map((v) => (2 * v) / e.length),
      };
    },
  };

  it('gives the losses and gradients of the built-in mse', () => {
    const property = fc.property(objectives, shapes, (o, s) => {
      const c = drawCase({ ...o, loss: 'mse' }, s);
      const args = [rowsOf(c.batch.x), targets(c), rowsOf(c.batch.centers!)] as const;
      const results = [meanSquaredError, 'mse' as const].map((loss) =>
        withTrainer(
          c,
          (t) => ({ losses: t.computeLosses(...args), gradients: t.gradients(...args) }),
          loss,
        ),
      );
      const [own, builtIn] = results as [(typeof results)[0], (typeof results)[0]];
      expect(own.losses.total).toBeCloseTo(builtIn.losses.total, 10);
      const whole = Math.hypot(...builtIn.gradients.map(({ data }) => norm(data)));
      builtIn.gradients.forEach(({ name, data }, k) => {
        const bound = 1e-6 * norm(data) + FLOOR * whole;
        expect(difference(own.gradients[k]!.data, data), name).toBeLessThanOrEqual(bound);
      });
    });
    assertProperty(property, { numRuns: 50 });
  });
});
