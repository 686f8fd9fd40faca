import { describe, expect, it } from 'vitest';
import { Matrix, Network, Trainer } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { activate, erfc, slope } from '../reference/forward.js';
import { ACTIVATIONS, type Activation } from '../reference/objective.js';
import type { Tensor } from '../reference/tensors.js';

/** Of a float32 number, relative to it. */
const ULP = 2 ** -23;
/** The smallest normal float32: the core may take less for 0. */
const TINY = 2 ** -126;
/** Units of the layer: a whole register of any instruction set, and a tail. */
const WIDTH = 19;

/** How far f(z) may be from `exact`, and why. */
const BOUNDS: Record<Activation, (z: number, exact: number) => number> = {
  identity: () => 0,
  relu: () => 0,
  'leaky-relu': (_, exact) => ULP * Math.abs(exact) + TINY, // a product, and 0.01 itself is rounded
  // exp is clamped at -87: below, sigmoid stays at 1e-38.
  sigmoid: (z, exact) => (z < -87 ? 2e-38 : 2 * ULP * exact),
  tanh: (_, exact) => 2 * ULP * Math.abs(exact) + TINY,
  // z Phi(z), Phi to an absolute 2 ulp: in the negative tail the sum 1 + erf cancels.
  gelu: (z) => 2 * ULP * Math.abs(z) + TINY,
};

/** Of f'(z), absolute; f' is at most 1.13. */
const SLOPE_BOUND: Record<Activation, number> = {
  identity: 0,
  relu: 0,
  'leaky-relu': 1e-9,
  sigmoid: ULP,
  tanh: 3 * ULP,
  gelu: 4 * ULP,
};

const special = [
  0,
  1e-8,
  1e-30,
  1e-4,
  0.1,
  0.624,
  0.626,
  1,
  4 * Math.SQRT2,
  9,
  20,
  86,
  88,
  89,
  100,
];
/** Both signs, dense near 0, out to +-100 and on to +-1e30. */
const points = Float32Array.from([
  ...special.flatMap((z) => [z, -z]),
  ...Array.from({ length: 20_000 }, (_, i) => (i - 10_000) / 1000),
  ...Array.from({ length: 4000 }, (_, i) => (i - 2000) / 20),
  ...Array.from({ length: 2000 }, (_, i) => (i % 2 ? 1 : -1) * 10 ** (-37 + (i * 67) / 2000)),
]);

/** x -> f(x) in each of WIDTH units, then x -> x; and the rest of a table of zeros. */
function identityNetwork(activation: Activation): Network {
  const network = new Network({ inputs: WIDTH, hidden: [WIDTH], outputs: WIDTH, activation });
  const eye = Float32Array.from({ length: WIDTH ** 2 }, (_, k) => Number(k % (WIDTH + 1) === 0));
  network.load(
    network.emptyParameters().map((p) => (p.name.endsWith('weight') ? { ...p, data: eye } : p)),
  );
  return network;
}

function table(values: Float32Array): Matrix {
  const rows = Math.ceil(values.length / WIDTH);
  const data = new Float32Array(rows * WIDTH);
  data.set(values);
  return new Matrix(data, rows, WIDTH);
}

/** The first of the points where |ours - exact| exceeds its bound; undefined is success. */
function worst(
  ours: Float32Array,
  exact: (z: number) => number,
  bound: (z: number, exact: number) => number,
): { z: number; ours: number; exact: number } | undefined {
  for (const [i, z] of points.entries()) {
    const value = exact(z);
    if (!(Math.abs(ours[i]! - value) <= bound(z, value)))
      return { z, ours: ours[i]!, exact: value };
  }
  return undefined;
}

/** Whether z^2, which is part of the derivative of gelu, is within float32. */
const squares = (z: number): boolean => Math.abs(z) < 1e19;

describe.each(ACTIVATIONS)('%s', (activation) => {
  const f = (z: number) => activate(activation, z);

  it('is f to a few units in the last place, from 1e-37 to 1e30', () => {
    const network = identityNetwork(activation);
    const x = table(points);
    const { data } = network.representation(x);
    expect(worst(data, f, BOUNDS[activation])).toBeUndefined();
    expect(network.forward(x).data.every((o, i) => o === data[i])).toBe(true); // linear output
    network.dispose();
  });

  it("flows back by f', also far out and at 0", () => {
    const network = identityNetwork(activation);
    const trainer = new Trainer({
      network,
      clusters: 1,
      loss: 'mae',
      sparsity: { penalty: 'l2', weight: 0 },
    });
    const x = table(points);
    const below = [Array.from({ length: WIDTH }, () => -3e38)]; // d loss / d output is 1 / WIDTH
    const slopes = Float32Array.from(points);
    for (let i = 0; i < x.rows; i++) {
      const bias = trainer.gradients([x.row(i)], below)[1]!.data;
      slopes.set(bias.subarray(0, Math.min(WIDTH, points.length - i * WIDTH)), i * WIDTH);
    }
    const scaled = slopes.map((s, i) =>
      squares(points[i]!) ? s * WIDTH : slope(activation, points[i]!),
    );
    const bound = (_: number, d: number) => SLOPE_BOUND[activation] + 2 * ULP * Math.abs(d);
    expect(worst(scaled, (z) => slope(activation, z), bound)).toBeUndefined();
    trainer.dispose();
    network.dispose();
  });

  it('passes NaN on', () => {
    const network = new Network({ inputs: 1, hidden: [2, WIDTH], outputs: 1, activation });
    network.load(overflowing(network.emptyParameters()));
    const { data } = network.representation([[10], [0]]);
    expect(data.subarray(0, WIDTH).every(Number.isNaN)).toBe(true);
    expect(data.subarray(WIDTH).every((h) => Math.abs(h - f(0)) <= ULP)).toBe(true);
    expect(network.forward([[10]]).data[0]).toBeNaN();
    network.dispose();
  });

  it('a step from a loss that is NaN leaves the weights as they are', () => {
    const network = new Network({ inputs: 1, hidden: [2, WIDTH], outputs: 1, activation });
    network.load(overflowing(network.emptyParameters()));
    const trainer = new Trainer({ network, clusters: 1, loss: 'mse', sparsity: { weight: 0.1 } });
    const before = network.parameters();
    messageOf(() => trainer.step([[10]], [[1]]), 'ERR_DIVERGED');
    expect(network.parameters()).toEqual(before);
    trainer.dispose();
    network.dispose();
  });
});

/** At x = 10 both units of the first layer overflow, and each of the second takes their difference. */
function overflowing(parameters: readonly Tensor[]): Tensor[] {
  return parameters.map((p) => {
    if (p.name === 'layers.0.weight') return { ...p, data: p.data.map(() => 3e38) };
    if (p.name === 'layers.1.weight') return { ...p, data: p.data.map((_, k) => (k % 2 ? -1 : 1)) };
    if (p.name === 'layers.2.weight') return { ...p, data: p.data.map(() => 1) };
    return p;
  });
}

describe("JavaScript's own arithmetic", () => {
  // Not constants, which a compiler would fold.
  const halve = (x: number): number => x / Number('2');
  const smallest = 2.2250738585072014e-308;

  it('keeps its denormals across and within native calls', () => {
    const network = identityNetwork('gelu');
    const within: number[] = [];
    const trainer = new Trainer({
      network,
      clusters: 1,
      sparsity: { weight: 0.1 },
      loss: {
        evaluate: ({ data }) => {
          within.push(halve(smallest));
          return { loss: 1, gradient: data.map(() => 1) };
        },
      },
    });
    const row = [Array.from({ length: WIDTH }, () => 1e-30)];
    network.forward(row);
    expect(halve(smallest)).toBe(Number('1.1125369292536007e-308'));
    trainer.step(row, row);
    expect(halve(smallest)).toBe(Number('1.1125369292536007e-308'));
    expect(within).toEqual([Number('1.1125369292536007e-308')]);
    trainer.dispose();
    network.dispose();
  });
});

describe('the reference', () => {
  it.each([
    // Abramowitz & Stegun, tables 7.1 and 7.3, and Mathematica's Erfc
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
    [-1, 1.8427007929497148],
  ])('erfc(%f) is %f', (x, value) => {
    expect(Math.abs(erfc(x) - value)).toBeLessThanOrEqual(1e-13 * value);
  });
});
