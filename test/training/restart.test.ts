import { describe, expect, it } from 'vitest';
import { DeepType, datasets, Network, type Parameter, Trainer } from '../../src/index.js';
import { drawTensors, generator } from '../reference/draw.js';
import type { Activation } from '../reference/objective.js';
import { difference, norm } from '../reference/vectors.js';

/**
 * What the isometric restart promises, see its definition: units go in pairs that carry f(u) and f(-u),
 * and f(u) - f(-u) is gain u for relu (1), leaky-relu (1.01), gelu (1) and identity (2). So the
 * representation itself is not an image of the inputs, but the differences within its pairs are:
 * linear in the weighted live inputs z, and, while no layer is too narrow for them, |d - d'| =
 * constant |z - z'| for every two samples.
 */
const GAINS = { relu: 1, 'leaky-relu': 1.01, gelu: 1, identity: 2 } as const;
type Linear = keyof typeof GAINS;
const LINEAR = Object.keys(GAINS) as Linear[];

/** Root mean square norm of the samples behind the first layer. */
const SCALE = 2;
const INPUTS = 9;

interface Restarted {
  network: Network;
  x: number[][];
  before: Parameter[];
  dispose(): void;
}

/** A network whose live inputs have weights of quite different sizes, restarted on a table. */
async function restart(
  activation: Activation,
  hidden: number[],
  live: readonly number[],
  rows = 120,
  seed = 0,
): Promise<Restarted> {
  const draw = generator(31 + seed);
  const network = new Network({ inputs: INPUTS, hidden, outputs: 3, activation });
  const tensors = drawTensors(draw, [INPUTS, ...hidden, 3], 1);
  tensors[0]!.data.forEach((w, k) => {
    const j = k % INPUTS;
    tensors[0]!.data[k] = live.includes(j) ? w * (0.2 + j) : 0;
  });
  network.load(tensors);
  const before = network.parameters();
  const x = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: INPUTS }, (_, j) =>
      Math.fround((2 * draw() - 1) * (1 + (j % 3)) + (i % 2)),
    ),
  );
  const trainer = new Trainer({
    network,
    clusters: 2,
    seed,
    sparsity: { weight: 0.01 },
    settle: { iterations: 0 },
  });
  await trainer.joint(
    x,
    Int32Array.from(x, (_, i) => i % 3),
    { epochs: 0 },
  );
  const dispose = () => {
    trainer.dispose();
    network.dispose();
  };
  return { network, x, before, dispose };
}

/** z: the live inputs times the root of their norm before, up to a constant. */
function weightedInputs({ x, before }: Restarted): number[][] {
  const { data, shape } = before[0]!;
  const roots = Array.from({ length: INPUTS }, (_, j) =>
    Math.sqrt(norm(data.filter((_, k) => k % shape[1]! === j))),
  );
  return x.map((row) => row.map((v, j) => v * roots[j]!));
}

/** d: h+ - h- of every pair of the representation. */
function pairDifferences({ network, x }: Restarted): number[][] {
  const pairs = Math.floor(network.hidden.at(-1)! / 2);
  return network
    .representation(x)
    .toArray()
    .map((h) => Array.from({ length: pairs }, (_, o) => h[2 * o]! - h[2 * o + 1]!));
}

/** |d - d'| beside constant |z - z'|, for every two samples and for each beside 0. */
function distances(d: number[][], z: number[][], constant: number): [number, number][] {
  const found = d.map((row, i): [number, number] => [norm(row), constant * norm(z[i]!)]);
  for (let i = 0; i < d.length; i++) {
    for (let k = 0; k < i; k++) {
      found.push([difference(d[i]!, d[k]!), constant * difference(z[i]!, z[k]!)]);
    }
  }
  return found;
}

/** Largest error of d as an isometric image of z, up to a constant, relative to d's size. */
function distortion(d: number[][], z: number[][]): number {
  const size = rootMeanSquare(d);
  const found = distances(d, z, size / rootMeanSquare(z));
  return Math.max(...found.map(([ours, theirs]) => Math.abs(ours - theirs))) / size;
}

const rootMeanSquare = (rows: number[][]): number =>
  Math.sqrt(rows.reduce((sum, row) => sum + norm(row) ** 2, 0) / rows.length);

const networks: [string, number[], number[]][] = [
  ['one layer', [10], [0, 2, 3, 7, 8]],
  ['as many live inputs as pairs', [16, 8, 12], [1, 4, 5, 8]],
  ['fewer live inputs than pairs', [30, 21, 14], [0, 1, 2, 3, 6]],
  ['odd widths, whose last unit has no partner', [13, 11, 9], [2, 5, 7, 8]],
  ['one live input', [5, 3, 2], [6]],
  ['all inputs', [64, 64, 32], [0, 1, 2, 3, 4, 5, 6, 7, 8]],
];

describe.each(LINEAR)('after an isometric restart with %s', (activation) => {
  it.each(networks)(
    'distances are those of the weighted live inputs: %s',
    async (_, hidden, live) => {
      const restarted = await restart(activation, hidden, live);
      const [d, z] = [pairDifferences(restarted), weightedInputs(restarted)];
      expect(distortion(d, z)).toBeLessThan(1e-5);
      expect(rootMeanSquare(d) / (SCALE * GAINS[activation])).toBeCloseTo(1, 4);
      restarted.dispose();
    },
  );

  it('the representation of x and of -x swap the units of each pair', async () => {
    const restarted = await restart(activation, [20, 12], [0, 3, 4, 8]);
    const { network, x } = restarted;
    const there = network.representation(x).toArray();
    const back = network.representation(x.map((row) => row.map((v) => -v))).toArray();
    there.forEach((h, i) => {
      const swapped = h.map((_, o) => h[o ^ 1]!);
      expect(difference(back[i]!, swapped)).toBeLessThan(1e-5 * norm(h));
    });
    restarted.dispose();
  });
});

describe.each([...LINEAR, 'sigmoid', 'tanh'] as const)('a restart with %s', (activation) => {
  it('leaves dead inputs exactly zero, and live ones alive', async () => {
    const live = [1, 4, 5, 8];
    const restarted = await restart(activation, [17, 9, 12], live);
    const { network, x } = restarted;
    const importance = network.inputImportance();
    importance.forEach((size, j) => {
      if (live.includes(j)) expect(size).toBeGreaterThan(0.01);
      else expect(size).toBe(0);
    });
    const { data } = network.parameters()[0]!;
    expect(data.filter((_, k) => !live.includes(k % INPUTS)).every((w) => w === 0)).toBe(true);
    // A dead input does not matter, whatever it is.
    const changed = x.map((row) => row.map((v, j) => (live.includes(j) ? v : 100 * v + 7)));
    expect(network.forward(changed).data).toEqual(network.forward(x).data);
    restarted.dispose();
  });

  it('has no hidden biases, and an output layer that is drawn anew', async () => {
    const restarted = await restart(activation, [14, 8], [0, 1, 2]);
    const after = restarted.network.parameters();
    for (const { name, data } of after) {
      if (name.endsWith('bias'))
        expect(
          data.every((b) => b === 0),
          name,
        ).toBe(true);
    }
    const output = after.at(-2)!;
    expect(output.data).not.toEqual(restarted.before.at(-2)!.data);
    expect(output.data.every((w) => w !== 0 && Math.abs(w) <= 3 / Math.sqrt(8))).toBe(true);
    restarted.dispose();
  });

  it('is the same for the same seed, and another rotation for another', async () => {
    const parameters: Parameter[][] = [];
    for (const seed of [5, 5, 6]) {
      const restarted = await restart(activation, [14, 8], [0, 1, 2, 7], 120, seed);
      parameters.push(restarted.network.parameters());
      restarted.dispose();
    }
    expect(parameters[1]).toEqual(parameters[0]);
    expect(parameters[2]![2]!.data).not.toEqual(parameters[0]![2]!.data);
  });
});

describe('with more live inputs than the network can carry', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];

  it('the leading principal directions are kept, no distance grows', async () => {
    const restarted = await restart('relu', [12, 6, 8], all, 400); // 3 of 9 dimensions
    const [d, z] = [pairDifferences(restarted), weightedInputs(restarted)];
    const energies = principalEnergies(z);
    const kept = energies.slice(0, 3).reduce((a, b) => a + b);
    // The mean square of the kept directions is set to SCALE^2, which gives the constant.
    const constant = SCALE / Math.sqrt(kept);
    const found = distances(d, z, constant);
    expect(found.every(([ours, theirs]) => ours < theirs + 1e-3 * SCALE)).toBe(true);
    expect(found.some(([ours, theirs]) => ours < 0.8 * theirs)).toBe(true);
    expect(rootMeanSquare(d)).toBeCloseTo(SCALE, 4);
    const shares = principalEnergies(d).slice(0, 3);
    shares.forEach((energy, a) => {
      expect(energy / (energies[a]! * constant ** 2)).toBeCloseTo(1, 2);
    });
    restarted.dispose();
  });
});

/** Eigenvalues of Z^T Z / N, largest first (Jacobi rotations). */
function principalEnergies(z: number[][]): number[] {
  const n = z[0]!.length;
  const a = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, k) => z.reduce((s, row) => s + row[i]! * row[k]!, 0) / z.length),
  );
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]![q]!) < 1e-14) continue;
        const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (const row of a) {
          [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
        }
        for (let k = 0; k < n; k++) {
          const [u, v] = [a[p]![k]!, a[q]![k]!];
          [a[p]![k], a[q]![k]] = [c * u - s * v, s * u + c * v];
        }
      }
    }
  }
  return a.map((row, i) => row[i]!).sort((u, v) => v - u);
}

describe('of an estimator', () => {
  it('keeps what sparse pretraining removed, and the geometry of what it left', async () => {
    const { X, y } = datasets.makeClusters({ samples: 500, seed: 6 });
    const options = {
      clusters: 4,
      standardize: false,
      sparsity: { weight: 0.3 },
      pretrain: { epochs: 20, sparsityScale: 1 },
      settle: { iterations: 0 },
    };
    const [pretrained, restarted] = [
      new DeepType({ ...options, joint: { epochs: 0, restart: 'none' } }),
      new DeepType({ ...options, joint: { epochs: 0 } }),
    ];
    await pretrained.fit(X, y);
    await restarted.fit(X, y);
    const roots = Array.from(pretrained.featureImportances, Math.sqrt);
    expect(roots.filter((r) => r === 0).length).toBeGreaterThan(5);
    expect(roots.filter((r) => r > 0).length).toBeGreaterThan(2);
    restarted.featureImportances.forEach((size, j) => {
      expect(size === 0).toBe(roots[j] === 0);
    });
    const z = X.toArray().map((row) => row.map((v, j) => v * roots[j]!));
    const d = restarted
      .transform(X)
      .toArray()
      .map((h) => Array.from({ length: 16 }, (_, o) => h[2 * o]! - h[2 * o + 1]!));
    expect(distortion(d.slice(0, 150), z.slice(0, 150))).toBeLessThan(1e-5);
    pretrained.dispose();
    restarted.dispose();
  });

  it('leaves an empty first layer as it is', async () => {
    const network = new Network({ inputs: 4, hidden: [6, 4], outputs: 2, activation: 'tanh' });
    const parameters = network
      .parameters()
      .map((p, k) => (k === 0 ? { ...p, data: new Float32Array(24) } : p));
    network.load(parameters);
    const trainer = new Trainer({
      network,
      clusters: 2,
      sparsity: { weight: 1 },
      settle: { iterations: 0 },
    });
    const x = Array.from({ length: 10 }, (_, i) => [i, 1, -i, i * i]);
    await trainer.joint(
      x,
      Int32Array.from(x, (_, i) => i % 2),
      { epochs: 0 },
    );
    expect(network.parameters()).toEqual(parameters);
    trainer.dispose();
    network.dispose();
  });
});
