import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Network, type OptimizerOptions, Trainer } from '../../src/index.js';
import { assertProperty } from '../properties/assert-property.js';
import { drawTable, drawTensors, generator } from '../reference/draw.js';
import { smoothGradient } from '../reference/gradients.js';
import { type Objective, PENALTIES, type Penalty } from '../reference/objective.js';
import { largestResidual, prox, proxLayer } from '../reference/penalties.js';
import { type Layer, layersOf, outgoing, type Tensor } from '../reference/tensors.js';
import { difference, norm } from '../reference/vectors.js';

/** Of a float32 number, relative to it. */
const ULP = 2 ** -23;

interface Setup {
  tensors: Tensor[];
  penalty: Penalty;
  alpha: number;
  l1Ratio?: number;
  rate?: number;
  weightDecay?: number;
  optimizer?: OptimizerOptions;
  solver?: 'proximal' | 'subgradient';
}

/** A tanh network with the loss mse, its first-layer weights read as a float64 layer. */
class Subject {
  readonly network: Network;
  readonly trainer: Trainer;

  constructor(s: Setup) {
    const { tensors, penalty, alpha, l1Ratio = 0.5, rate = 0.1, solver = 'proximal' } = s;
    const widths = tensors.filter(({ shape }) => shape.length === 1).map(({ shape }) => shape[0]!);
    this.network = new Network({
      inputs: tensors[0]!.shape[1]!,
      hidden: widths.slice(0, -1),
      outputs: widths.at(-1)!,
      activation: 'tanh',
    });
    this.network.load(tensors);
    this.trainer = new Trainer({
      network: this.network,
      clusters: 1,
      loss: 'mse',
      sparsity: { penalty, weight: alpha, solver, l1Ratio },
      optimizer: { name: 'sgd', learningRate: rate, ...s.optimizer },
      weightDecay: s.weightDecay ?? 0,
    });
  }

  layers(): Layer[] {
    return layersOf(this.network.parameters());
  }

  first(): Layer {
    return this.layers()[0]!;
  }

  dispose(): void {
    this.trainer.dispose();
    this.network.dispose();
  }
}

function using<T>(setup: Setup, body: (subject: Subject) => T): T {
  const subject = new Subject(setup);
  try {
    return body(subject);
  } finally {
    subject.dispose();
  }
}

const objectiveOf = (penalty: Penalty, l1Ratio: number): Objective => ({
  activation: 'tanh',
  loss: 'mse',
  metric: 'euclidean',
  penalty,
  l1Ratio,
  alpha: 0,
  beta: 0,
});

const copy = (table: readonly (readonly number[])[]): number[][] => table.map((row) => [...row]);
const zeros = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
/** 0 and -0 alike. */
const zeroCount = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((count, v) => count + (v === 0 ? 1 : 0), 0);

const setups = fc.record({
  inputs: fc.integer({ min: 1, max: 11 }),
  width: fc.integer({ min: 1, max: 21 }),
  rows: fc.integer({ min: 1, max: 12 }),
  l1Ratio: fc.constantFrom(0.05, 0.5, 0.95, 1),
  rate: fc.constantFrom(0.01, 0.2, 1),
  // From thresholds that spare nearly every weight to some that take them all.
  threshold: fc.double({ min: 0.001, max: 1.5, noNaN: true }),
  seed: fc.nat(),
});

/** Largest violation of 0 in x - v + t d(penalty)(x). */
function optimalityGap(
  penalty: Penalty,
  l1Ratio: number,
  x: number[],
  v: number[],
  t: number,
): number {
  if (penalty === 'group-lasso') {
    const size = norm(x);
    if (size === 0) return Math.max(0, norm(v) - t);
    return Math.hypot(...x.map((u, r) => u - v[r]! + (t * u) / size));
  }
  if (penalty === 'l-infinity') {
    // v - x = t s, s in the subdifferential: |s|_1 <= 1, and s . x = |x|_inf where x is not 0.
    const s = v.map((u, r) => (u - x[r]!) / t);
    const excess = s.reduce((sum, u) => sum + Math.abs(u), 0) - 1;
    const slack = Math.max(...x.map(Math.abs)) - s.reduce((sum, u, r) => sum + u * x[r]!, 0);
    return t * Math.max(0, excess) + t * Math.abs(slack);
  }
  const ratio = penalty === 'l1' ? 1 : penalty === 'l2' ? 0 : l1Ratio;
  const gaps = x.map((u, r) => {
    const smooth = u - v[r]! + t * (1 - ratio) * u;
    return u === 0 && ratio > 0
      ? Math.max(0, Math.abs(smooth) - t * ratio)
      : Math.abs(smooth + t * ratio * Math.sign(u));
  });
  return Math.max(...gaps);
}

describe.each(PENALTIES)('%s', (penalty) => {
  it('without a gradient, a step is the proximal operator: its optimality condition holds', () => {
    const property = fc.property(setups, ({ inputs, width, l1Ratio, rate, threshold, seed }) => {
      const tensors = drawTensors(generator(seed), [inputs, width, 1], 1.5);
      const alpha = threshold / rate;
      using({ tensors, penalty, l1Ratio, alpha, rate }, (subject) => {
        const before = subject.first();
        subject.trainer.step(zeros(3, inputs), zeros(3, 1)); // X = 0: the first layer's gradient is 0
        const after = subject.first();
        for (let j = 0; j < inputs; j++) {
          const [x, v] = [outgoing(after, j), outgoing(before, j)];
          const bound = 4 * ULP * (norm(v) + threshold);
          expect(optimalityGap(penalty, l1Ratio, x, v, threshold)).toBeLessThanOrEqual(bound);
        }
      });
    });
    assertProperty(property, { numRuns: 150 });
  });

  it('an SGD step is prox(w - rate g, rate alpha), zeros where the reference has them', () => {
    let zeroed = 0;
    let kept = 0;
    const property = fc.property(setups, (s) => {
      const { inputs, width, rows, l1Ratio, rate, seed } = s;
      const draw = generator(seed);
      const tensors = drawTensors(draw, [inputs, width, 3, 2], 1.5);
      const [x, y] = [drawTable(draw, rows, inputs, 2), drawTable(draw, rows, 2, 2)];
      const typical =
        penalty === 'group-lasso'
          ? Math.sqrt(width) / 2
          : penalty === 'l-infinity'
            ? width / 2
            : 0.5;
      const alpha = (s.threshold * typical) / rate;
      const layers = layersOf(tensors);
      const g = smoothGradient(objectiveOf(penalty, l1Ratio), layers, { x, y }, [])[0]!;
      const moved = layers[0]!.weight.map((w, k) => w - rate * g.weight[k]!);
      const t = rate * alpha;
      const expected = proxLayer(penalty, l1Ratio, { ...layers[0]!, weight: moved }, t);
      using({ tensors, penalty, l1Ratio, alpha, rate }, (subject) => {
        subject.trainer.step(copy(x), copy(y));
        const { weight } = subject.first();
        const scale = norm(moved) + t;
        expect(difference(weight, expected.weight)).toBeLessThanOrEqual(1e-6 * scale);
        // A weight within rounding of the threshold may fall to either side.
        expected.weight.forEach((w, k) => {
          if (w === 0) expect(Math.abs(weight[k]!)).toBeLessThanOrEqual(1e-6 * scale);
          if (Math.abs(w) > 1e-6 * scale) expect(weight[k]).not.toBe(0);
        });
        const exact = zeroCount(weight);
        zeroed += exact;
        kept += weight.length - exact;
      });
    });
    assertProperty(property, { numRuns: 150 });
    expect(kept).toBeGreaterThan(1000);
    if (penalty === 'l2') expect(zeroed).toBe(0);
    else expect(zeroed).toBeGreaterThan(500);
  });

  it('decays the layers after the first, and the first not at all', () => {
    const [rate, weightDecay] = [0.5, 0.2];
    const draw = generator(5);
    const tensors = drawTensors(draw, [6, 9, 5, 2], 1);
    const [x, y] = [drawTable(draw, 7, 6, 2), drawTable(draw, 7, 2, 2)];
    const [plain, decayed] = [0, weightDecay].map((d) =>
      using({ tensors, penalty, alpha: 0.05, rate, weightDecay: d }, ({ trainer, network }) => {
        trainer.step(copy(x), copy(y));
        return network.parameters();
      }),
    ) as [Tensor[], Tensor[]];
    plain.forEach(({ name, data }, k) => {
      const isDecayed = name.endsWith('weight') && name !== 'layers.0.weight';
      if (!isDecayed) {
        expect(decayed[k]!.data, name).toEqual(data); // bit for bit
        return;
      }
      const expected = Float64Array.from(
        data,
        (w, i) => w - rate * weightDecay * tensors[k]!.data[i]!,
      );
      expect(difference(decayed[k]!.data, expected), name).toBeLessThan(1e-6 * norm(data));
      expect(difference(decayed[k]!.data, data), name).toBeGreaterThan(
        0.05 * norm(tensors[k]!.data),
      );
    });
  });

  it.each(['sgd', 'adam'] as const)('the subgradient solver yields no zeros, with %s', (name) => {
    const draw = generator(6);
    const tensors = drawTensors(draw, [8, 5, 2], 1);
    const [x, y] = [drawTable(draw, 30, 8, 1), drawTable(draw, 30, 2, 1)];
    const optimizer = { name, learningRate: 0.02 };
    const run = (solver: 'proximal' | 'subgradient') =>
      using({ tensors, penalty, alpha: 3, optimizer, solver }, ({ trainer, network }) => {
        for (let k = 0; k < 100; k++) trainer.step(copy(x), copy(y));
        return zeroCount(network.parameters()[0]!.data);
      });
    expect(run('subgradient')).toBe(0);
    if (penalty !== 'l2') expect(run('proximal')).toBe(8 * 5);
  });
});

describe('many steps on one batch', () => {
  const plain: OptimizerOptions[] = [
    { name: 'sgd', learningRate: 0.1 },
    { name: 'adam', learningRate: 0.003 },
  ];
  const momentum: OptimizerOptions[] = [
    { name: 'sgd', learningRate: 0.02, momentum: 0.9 },
    { name: 'sgd', learningRate: 0.02, momentum: 0.9, nesterov: true },
  ];

  /** Three inputs matter, two were removed; the loss pulls at those by less than alpha. */
  const problem = () => {
    const draw = generator(3);
    const removed = [1, 4];
    const tensors = drawTensors(draw, [6, 10, 2], 1);
    for (let k = 0; k < 60; k++) if (removed.includes(k % 6)) tensors[0]!.data[k] = 0;
    const x = drawTable(draw, 24, 6, 1);
    const y = x.map((row) => [row[0]! - row[2]!, row[3]! * row[5]!]);
    const gradient = (layers: Layer[]) =>
      smoothGradient(objectiveOf('group-lasso', 1), layers, { x, y }, [])[0]!;
    return { removed, tensors, x: copy(x), y, gradient, alpha: 0.15 };
  };

  function staysZero(optimizer: OptimizerOptions): void {
    const { removed, tensors, x, y, gradient, alpha } = problem();
    using({ tensors, penalty: 'group-lasso', alpha, optimizer }, (subject) => {
      for (let k = 0; k < 200; k++) {
        const g = gradient(subject.layers());
        for (const j of removed) expect(norm(outgoing(g, j))).toBeLessThan(alpha);
        subject.trainer.step(x, y);
        const importance = subject.network.inputImportance();
        for (const j of removed) expect(importance[j]).toBe(0);
      }
      const { weight } = subject.first();
      expect(zeroCount(weight.filter((_, k) => removed.includes(k % 6)))).toBe(20);
      expect(Math.max(...subject.network.inputImportance())).toBeGreaterThan(0.1);
    });
  }

  function becomesStationary(optimizer: OptimizerOptions): void {
    const { tensors, x, y, gradient } = problem();
    const alpha = 0.04;
    using({ tensors, penalty: 'group-lasso', alpha, optimizer, weightDecay: 0.01 }, (subject) => {
      for (let k = 0; k < 4000; k++) subject.trainer.step(x, y);
      const first = subject.first();
      const residual = largestResidual('group-lasso', 1, first, gradient(subject.layers()), alpha);
      expect(Math.max(...subject.network.inputImportance())).toBeGreaterThan(0.1);
      expect(residual / alpha).toBeLessThan(0.02);
    });
  }

  it.each(plain)('a removed input stays exactly 0 under %o', staysZero);
  it.each(plain)('the first layer becomes stationary under %o', becomesStationary);

  // The velocity is that of 1 / (1 - momentum) steps, and so must be the threshold.
  it.each(momentum)('a removed input stays exactly 0 under %o', staysZero);
  it.each(momentum)('the first layer becomes stationary under %o', becomesStationary);

  it('a removed input comes back when the loss pulls harder than alpha', () => {
    const tensors = drawTensors(generator(3), [3, 10, 1], 1);
    for (let k = 0; k < 30; k++) if (k % 3 === 1) tensors[0]!.data[k] = 0;
    const x = drawTable(generator(8), 40, 3, 1);
    const y = x.map((row) => [2 * row[1]!]);
    using({ tensors, penalty: 'group-lasso', alpha: 1e-3 }, ({ trainer, network }) => {
      for (let k = 0; k < 20; k++) trainer.step(copy(x), copy(y));
      expect(network.inputImportance()[1]).toBeGreaterThan(0.1);
    });
  });
});

describe('relations between penalties', () => {
  const run = (penalty: Penalty, l1Ratio: number, optimizer: OptimizerOptions): Tensor[] => {
    const draw = generator(21);
    const tensors = drawTensors(draw, [7, 6, 2], 1);
    const [x, y] = [drawTable(draw, 15, 7, 1), drawTable(draw, 15, 2, 1)];
    return using({ tensors, penalty, alpha: 0.1, l1Ratio, optimizer }, ({ trainer, network }) => {
      const losses = Array.from({ length: 20 }, () => trainer.step(copy(x), copy(y)).total);
      const gradients = trainer.gradients(copy(x), copy(y));
      const data = Float32Array.from(losses);
      return [...network.parameters(), ...gradients, { name: 'losses', shape: [20], data }];
    });
  };

  it.each([
    { name: 'sgd', learningRate: 0.1, momentum: 0.5 },
    { name: 'adam', learningRate: 0.01 },
  ] as const)('elastic-net with l1Ratio 1 is l1, bit for bit, under %o', (optimizer) => {
    expect(run('elastic-net', 1, optimizer)).toEqual(run('l1', 0.3, optimizer));
    expect(run('elastic-net', 0.9, optimizer)).not.toEqual(run('l1', 0.3, optimizer));
  });

  it('the proximal operators of the reference minimise |x - v|^2 / 2 + t penalty(x)', () => {
    const vectors = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    const property = fc.property(
      fc.constantFrom(...PENALTIES),
      vectors,
      fc.double({ min: 0.001, max: 2, noNaN: true }),
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      (penalty, v, t, l1Ratio) => {
        const x = prox(penalty, l1Ratio, v, t);
        expect(optimalityGap(penalty, l1Ratio, x, v, t)).toBeLessThan(1e-12);
      },
    );
    assertProperty(property, { numRuns: 500 });
  });
});
