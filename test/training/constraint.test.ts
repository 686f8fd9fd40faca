import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, datasets, Network, Trainer } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';
import { type Bound, boundedProx, normOf, vectorsOf } from '../reference/constraint.js';
import { drawTable, drawTensors, generator } from '../reference/draw.js';
import { PENALTIES, type Penalty } from '../reference/objective.js';
import { layersOf } from '../reference/tensors.js';
import { difference, norm } from '../reference/vectors.js';

const NORMS = ['l-infinity', 'l2', 'l1'] as const;
const AXES = ['weight', 'input', 'unit'] as const;

/** The largest norm of what the bound is about. */
function largest(network: Network, { norm: kind, axis }: Bound): number {
  const first = layersOf(network.parameters())[0]!;
  return Math.max(...vectorsOf(first, axis).map((v) => normOf(kind, v)));
}

const bounds: fc.Arbitrary<Bound> = fc.record({
  norm: fc.constantFrom(...NORMS),
  axis: fc.constantFrom(...AXES),
  radius: fc.double({ min: 0.01, max: 2, noNaN: true }),
});

const setups = fc.record({
  bound: bounds,
  penalty: fc.constantFrom(...PENALTIES),
  solver: fc.constantFrom('proximal', 'subgradient'),
  optimizer: fc.constantFrom(
    { name: 'sgd', learningRate: 0.5 },
    { name: 'sgd', learningRate: 0.1, momentum: 0.9 },
    { name: 'adam', learningRate: 0.1 },
  ),
  inputs: fc.integer({ min: 1, max: 70 }),
  width: fc.integer({ min: 1, max: 140 }),
  alpha: fc.constantFrom(0, 1e-3, 0.05),
  seed: fc.nat(),
});

describe('after every step the bound holds, measured in float64', () => {
  it('with every penalty, norm, axis, solver and optimiser', () => {
    let reached = 0;
    const property = fc.property(setups, (s) => {
      const { bound, penalty, solver, optimizer, inputs, width, alpha, seed } = s;
      const draw = generator(seed);
      const network = new Network({ inputs, hidden: [width], outputs: 2, activation: 'tanh' });
      network.load(drawTensors(draw, [inputs, width, 2], 3));
      const sparsity = { penalty, weight: alpha, solver, constraint: bound };
      const options = { network, clusters: 1, loss: 'mse', sparsity, optimizer } as const;
      const trainer = new Trainer(options as ConstructorParameters<typeof Trainer>[0]);
      const [x, y] = [drawTable(draw, 9, inputs, 2), drawTable(draw, 9, 2, 2)];
      for (let step = 0; step < 3; step++) {
        trainer.step(x, y);
        const size = largest(network, bound);
        expect(size).toBeLessThanOrEqual(bound.radius);
        if (size > 0.999 * bound.radius) reached++;
      }
      trainer.dispose();
      network.dispose();
    });
    assertProperty(property, { numRuns: 200 });
    expect(reached).toBeGreaterThan(200);
  });

  const fits: Bound[] = [
    { norm: 'l-infinity', axis: 'weight', radius: 0.05 },
    { norm: 'l2', axis: 'input', radius: 0.3 },
    { norm: 'l2', axis: 'unit', radius: 0.2 },
    { norm: 'l1', axis: 'unit', radius: 0.4 },
  ];

  it.each(fits)('of a whole fit, through restart, active set and settling: %o', async (bound) => {
    const { X, y } = datasets.makeClusters({ samples: 300, seed: 4 });
    for (const restart of ['isometric', 'none'] as const) {
      const model = new DeepType({
        clusters: 4,
        sparsity: { constraint: bound },
        joint: { restart, epochs: 4 },
        pretrain: { epochs: 4 },
      });
      await model.fit(X, y);
      const size = largest(model.network, bound);
      expect(size).toBeLessThanOrEqual(bound.radius);
      expect(size).toBeGreaterThan(0.99 * bound.radius);
      model.dispose();
    }
  });
});

describe('a step without a gradient', () => {
  /** Those whose projection after the prox is the prox of both. */
  const exact: [Penalty, Bound['norm'], Bound['axis']][] = [
    ...(['l1', 'l2', 'elastic-net'] as const).flatMap((p) =>
      NORMS.flatMap((n) => AXES.map((a) => [p, n, a] as [Penalty, typeof n, typeof a])),
    ),
    ['group-lasso', 'l2', 'input'],
    ['l-infinity', 'l2', 'input'],
    ['l-infinity', 'l-infinity', 'weight'],
  ];

  it.each(exact)('%s within %s by %s: is the prox of the sum of both', (penalty, kind, axis) => {
    const property = fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0.05, max: 1.5, noNaN: true }),
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      fc.nat(),
      (inputs, width, radius, t, seed) => {
        const bound: Bound = { norm: kind, axis, radius };
        const network = new Network({ inputs, hidden: [width], outputs: 1 });
        network.load(drawTensors(generator(seed), [inputs, width, 1], 1.5));
        const v = layersOf(network.parameters())[0]!;
        const trainer = new Trainer({
          network,
          clusters: 1,
          loss: 'mse',
          sparsity: { penalty, weight: t, l1Ratio: 0.4, constraint: bound },
          optimizer: { name: 'sgd', learningRate: 1 },
        });
        trainer.step([new Array<number>(inputs).fill(0)], [[0]]); // X = 0: no gradient of W_1
        const got = layersOf(network.parameters())[0]!;
        const expected = boundedProx(penalty, 0.4, bound, v, t);
        expect(difference(got.weight, expected.weight)).toBeLessThan(2e-6 * (1 + norm(v.weight)));
        trainer.dispose();
        network.dispose();
      },
    );
    assertProperty(property, { numRuns: 20 });
  });
});

describe('settling within a bound', () => {
  const cases: [Penalty, Bound][] = [
    ['group-lasso', { norm: 'l-infinity', axis: 'weight', radius: 0.04 }],
    ['group-lasso', { norm: 'l2', axis: 'input', radius: 0.1 }],
    ['group-lasso', { norm: 'l2', axis: 'unit', radius: 0.04 }],
    ['group-lasso', { norm: 'l1', axis: 'input', radius: 0.25 }],
    ['l1', { norm: 'l-infinity', axis: 'weight', radius: 0.05 }],
    ['l1', { norm: 'l1', axis: 'unit', radius: 0.05 }],
    ['l-infinity', { norm: 'l2', axis: 'unit', radius: 0.03 }],
    ['elastic-net', { norm: 'l2', axis: 'input', radius: 0.08 }],
  ];

  /** |W - prox(W - eta g)| / eta, row by row: 0 exactly where W is stationary within the bound. */
  async function residuals(penalty: Penalty, bound: Bound, options: Partial<DeepTypeOptions>) {
    const { X, y } = datasets.makeClusters({ samples: 400, seed: 3 });
    const model = new DeepType({
      clusters: 4,
      hidden: [16, 8],
      activation: 'tanh',
      standardize: false,
      sparsity: { penalty, relativeWeight: 0.1, constraint: bound },
      distance: { weight: 0.05 },
      ...options,
    });
    const result = await model.fit(X, y);
    const smooth = new Trainer({
      network: model.network,
      clusters: 4,
      sparsity: { weight: 0 },
      distance: { weight: 0.05 },
    });
    const [g] = layersOf(smooth.gradients(X, y, model.centroids));
    const [w] = layersOf(model.network.parameters());
    const eta = 0.1;
    const moved = { ...w!, weight: w!.weight.map((x, k) => x - eta * g!.weight[k]!) };
    const next = boundedProx(penalty, 0.5, bound, moved, eta * result.alpha);
    const steps = { ...w!, weight: w!.weight.map((x, k) => (x - next.weight[k]!) / eta) };
    const ours = Math.max(...vectorsOf(steps, 'input').map((v) => norm(v))) / result.alpha;
    const reported = result.kktResidual / result.alpha;
    const size = largest(model.network, bound);
    const features = model.selectedFeatures.length;
    smooth.dispose();
    model.dispose();
    return { ours, reported, size, features, stopReason: result.stopReason };
  }

  it.each(cases)('%s within %o: stationary, and the residual says so', async (penalty, bound) => {
    const { ours, reported, size, features, stopReason } = await residuals(penalty, bound, {
      settle: { iterations: 2000 },
    });
    expect(stopReason).toBe('converged');
    expect(size).toBeLessThanOrEqual(bound.radius);
    expect(size).toBeGreaterThan(0.999 * bound.radius); // the bound is at work
    expect(features).toBeGreaterThan(0);
    expect(features).toBeLessThan(20);
    expect(reported).toBeLessThan(0.01);
    expect(ours).toBeLessThan(0.012);
  });

  it('an unsettled network has a residual, and the reference finds one too', async () => {
    const [penalty, bound] = cases[0]!;
    const { ours, reported } = await residuals(penalty, bound, { settle: { iterations: 0 } });
    expect(reported).toBeGreaterThan(0.02);
    expect(ours).toBeGreaterThan(0.02);
    expect(reported).toBeGreaterThanOrEqual(0.99 * ours);
  });
});

describe('the option', () => {
  const attempt = (constraint: unknown) => () =>
    new DeepType({ clusters: 2, sparsity: { constraint } as never });

  it('is checked', () => {
    const bad = 'ERR_INVALID_ARGUMENT';
    expect(messageOf(attempt({ norm: 'l3', radius: 1 }), bad)).toContain(
      'sparsity.constraint.norm',
    );
    expect(messageOf(attempt({ norm: 'l2' }), bad)).toContain('sparsity.constraint.radius');
    expect(messageOf(attempt({ norm: 'l2', radius: 0 }), bad)).toContain('greater than 0');
    expect(messageOf(attempt({ norm: 'l2', radius: 1, axis: 'row' }), bad)).toContain('axis');
    messageOf(attempt({ norm: 'l2', radius: 1, bound: 1 }), bad);
    messageOf(attempt('l2'), bad);
    expect(attempt({ norm: 'l2', radius: 1 })).not.toThrow();
  });
});
