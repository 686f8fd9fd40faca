// The penalty of LassoNet, and the skip connection that it is about.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  Network,
  type Parameter,
  prox,
  Trainer,
} from '../../src/index.js';
import { encodeSafetensors } from '../../src/io/safetensors.js';
import { messageOf } from '../common/coded.js';
import { drawTable, generator } from '../reference/draw.js';
import { layersOf, outgoing } from '../reference/tensors.js';

/** First-layer weights and skip weights of each input, in float64. */
function groupsOf(parameters: readonly Parameter[]) {
  const first = layersOf(parameters)[0]!;
  const { shape, data } = parameters.at(-1)!;
  const [outputs, inputs] = shape as [number, number];
  return Array.from({ length: inputs }, (_, j) => ({
    w: outgoing(first, j),
    theta: Array.from({ length: outputs }, (_, c) => data[c * inputs + j]!),
  }));
}

const size = (v: readonly number[]) => Math.hypot(...v);
const largest = (v: readonly number[]) => Math.max(...v.map(Math.abs));

async function fitted(options: Partial<DeepTypeOptions> = {}, features = 20, seed = 1) {
  const { X, y, informative } = datasets.makeClusters({ samples: 500, features, seed });
  const { sparsity, ...rest } = options;
  const model = new DeepType({
    clusters: 4,
    hidden: [24, 12],
    sparsity: { penalty: 'hierarchical', ...sparsity },
    ...rest,
  });
  return { X, y, informative, model, result: await model.fit(X, y) };
}

describe('a fit', () => {
  it.each([
    { M: 10, relativeWeight: 0.1 },
    { M: 1, relativeWeight: 0.1 },
    { M: 0.05, relativeWeight: 0.05 },
  ] as const)('keeps every weight within M |theta|, and finds the inputs: %o', async (sparsity) => {
    const { model, result, informative } = await fitted({ sparsity });
    expect(result.stopReason).toBe('converged');
    expect(result.kktResidual / result.alpha).toBeLessThan(0.01);
    let atBound = 0;
    groupsOf(model.network.parameters()).forEach(({ w, theta }, j) => {
      expect(largest(w)).toBeLessThanOrEqual(sparsity.M * size(theta));
      if (largest(w) > 0.999 * sparsity.M * size(theta) && size(theta) > 0) atBound++;
      const isSelected = model.selectedFeatures.includes(j);
      expect(isSelected).toBe(size(theta) > 0);
      expect(model.featureImportances[j]).toBeCloseTo(Math.hypot(size(w), size(theta)), 6);
    });
    if (sparsity.M < 0.1) expect(atBound).toBeGreaterThan(0);
    for (const j of informative) expect(model.selectedFeatures).toContain(j);
    expect(model.selectedFeatures.length).toBeLessThan(10);
    model.dispose();
  });

  it('ends where another step of gradient and prox leads nowhere, unsettled it does not', async () => {
    const remaining = async (iterations: number) => {
      const settle = { iterations };
      const { X, y, model, result } = await fitted({
        standardize: false,
        distance: { weight: 0.05 },
        sparsity: { M: 0.5, relativeWeight: 0.05 },
        activation: 'tanh',
        settle,
      });
      const smooth = new Trainer({
        network: model.network,
        clusters: 4,
        sparsity: { weight: 0 },
        distance: { weight: 0.05 },
      });
      const gradient = groupsOf(smooth.gradients(X, y, model.centroids));
      const eta = 1e-3;
      const steps = groupsOf(model.network.parameters()).map(({ w, theta }, j) => {
        const v = theta.map((x, c) => x - eta * gradient[j]!.theta[c]!);
        const u = w.map((x, r) => x - eta * gradient[j]!.w[r]!);
        const next = prox.hierarchical(v, u, { lambda: eta * result.alpha, M: 0.5 });
        const moved = [
          ...theta.map((x, c) => x - next.beta[c]!),
          ...w.map((x, r) => x - next.theta[r]!),
        ];
        return size(moved) / eta;
      });
      smooth.dispose();
      model.dispose();
      return {
        ours: Math.max(...steps) / result.alpha,
        reported: result.kktResidual / result.alpha,
      };
    };
    const settled = await remaining(3000);
    expect(settled.reported).toBeLessThan(0.01);
    expect(settled.ours).toBeLessThan(0.02);
    const unsettled = await remaining(0);
    expect(unsettled.reported).toBeGreaterThan(0.02);
    expect(unsettled.ours).toBeGreaterThan(0.02);
  });

  it('with and without the active set meets the same certificate and selects the same', async () => {
    const fits = [true, false].map((activeSet) => fitted({ activeSet }, 80, 3));
    const [on, off] = await Promise.all(fits);
    for (const { result } of [on!, off!]) {
      expect(result.stopReason).toBe('converged');
      expect(result.kktResidual / result.alpha).toBeLessThan(0.011);
    }
    const selected = ({ model }: typeof on & object) => Array.from(model.selectedFeatures).sort();
    expect(selected(on!)).toEqual(selected(off!));
    expect(on!.model.selectedFeatures.length).toBeLessThan(10);
  });

  it('gives the same bits for any number of threads', async () => {
    const wide = {
      hidden: [256, 8],
      batchSize: 128,
      joint: { epochs: 1 },
      pretrain: { epochs: 2 },
    };
    const fits = [1, 3].map((threads) =>
      fitted({ ...wide, threads, settle: { iterations: 20 } }, 600),
    );
    const [one, three] = (await Promise.all(fits)).map(({ model }) => model.network.parameters());
    expect(one).toEqual(three);
  });
});

describe('alpha_max', () => {
  it('is max_j |g_theta|_2 + M |g_W|_1: just above it the empty layer is stationary, just below not', async () => {
    const { X, y } = datasets.makeClusters({ samples: 300, features: 12, seed: 2 });
    const network = new Network({
      inputs: 12,
      hidden: [9, 6],
      outputs: 4,
      activation: 'tanh',
      skip: true,
    });
    const common = { network, clusters: 4, distance: { weight: 0 } };
    const M = 2;
    const first = new Trainer({ ...common, sparsity: { penalty: 'hierarchical', M } });
    await first.pretrain(X, y, { epochs: 5, denseFraction: 1 });
    const alphaMax = first.alphaMax!;
    const empty = network
      .parameters()
      .map((p) =>
        p.name === 'layers.0.weight' || p.name === 'skip.weight'
          ? { ...p, data: new Float32Array(p.data.length) }
          : p,
      );
    network.load(empty);
    const plain = new Trainer({ ...common, sparsity: { weight: 0 } });
    const pulls = groupsOf(plain.gradients(X, y)).map(
      ({ w, theta }) => size(theta) + M * w.reduce((sum, g) => sum + Math.abs(g), 0),
    );
    expect(alphaMax / Math.max(...pulls)).toBeCloseTo(1, 5);
    for (const factor of [1.001, 0.999]) {
      network.load(empty);
      const trainer = new Trainer({
        ...common,
        sparsity: { penalty: 'hierarchical', M, weight: factor * alphaMax },
        optimizer: { name: 'sgd', learningRate: 0.01 },
      });
      trainer.step(X, y);
      const alive = network.inputImportance().filter((x) => x > 0).length;
      expect(alive).toBe(factor > 1 ? 0 : 1);
      trainer.dispose();
    }
  });
});

describe('the skip connection', () => {
  const shape = { inputs: 7, hidden: [6, 5], outputs: 3, activation: 'gelu' } as const;
  const draw = generator(5);
  const x = drawTable(draw, 30, 7, 1);
  const y = drawTable(draw, 30, 3, 1);
  const network = new Network({ ...shape, skip: true, seed: 4 });
  const plain = new Network({ ...shape, seed: 4 });
  const theta = network.parameters().at(-1)!;
  const linear = (row: readonly number[], c: number) =>
    row.reduce((sum, v, j) => sum + v * theta.data[c * 7 + j]!, 0);

  it('is the last parameter; the others start as without it', () => {
    expect(theta).toMatchObject({ name: 'skip.weight', shape: [3, 7] });
    expect(largest(Array.from(theta.data))).toBeLessThanOrEqual(1 / Math.sqrt(7));
    expect(network.parameters().slice(0, -1)).toEqual(plain.parameters());
  });

  it('adds X Theta to the outputs and nothing to the representation', () => {
    const [ours, without] = [network.forward(x), plain.forward(x)];
    x.forEach((row, i) => {
      for (let c = 0; c < 3; c++) {
        expect(ours.get(i, c)).toBeCloseTo(without.get(i, c) + linear(row, c), 5);
      }
    });
    expect(network.representation(x)).toEqual(plain.representation(x));
  });

  it('leaves to the other weights the gradient of targets less X Theta, and has X^T dO itself', () => {
    const options = { clusters: 2, loss: 'mse', sparsity: { weight: 0 } } as const;
    const gradients = new Trainer({ ...options, network }).gradients(x, y);
    const left = y.map((row, i) => row.map((v, c) => v - linear(x[i]!, c)));
    const expected = new Trainer({ ...options, network: plain }).gradients(x, left);
    expected.forEach(({ name, data }, k) => {
      const worst = data.reduce((m, g, i) => Math.max(m, Math.abs(g - gradients[k]!.data[i]!)), 0);
      expect(worst, name).toBeLessThan(1e-6);
    });
    const out = plain.forward(x);
    theta.data.forEach((_, k) => {
      const [c, j] = [Math.floor(k / 7), k % 7];
      const slope = x.reduce((sum, row, i) => sum + (out.get(i, c) - left[i]![c]!) * row[j]!, 0);
      expect(gradients.at(-1)!.data[k]).toBeCloseTo((2 * slope) / (30 * 3), 5);
    });
  });

  it('is saved and loaded, by itself and under the names that LassoNet gives', async () => {
    const tensors = new Map(network.parameters().map((p) => [p.name, p]));
    const again = await Network.load(encodeSafetensors(tensors, new Map()), { activation: 'gelu' });
    expect(again.skip).toBe(true);
    expect(again.parameters()).toEqual(network.parameters());
    const bad = new Map(tensors).set('skip.weight', { ...theta, shape: [7, 3] });
    await expect(Network.load(encodeSafetensors(bad, new Map()))).rejects.toMatchObject({
      code: 'ERR_CORRUPT_FILE',
    });
  });

  it('goes with a saved model and into ONNX', async () => {
    const { X, model } = await fitted({ pretrain: { epochs: 3 }, joint: { epochs: 2 } });
    const again = DeepType.fromBytes(model.toBytes());
    expect(again.network.parameters()).toEqual(model.network.parameters());
    expect(again.predictProba(X)).toEqual(model.predictProba(X));
    const session = await InferenceSession.create(model.toONNX(), { logSeverityLevel: 3 });
    const input = new Tensor('float32', X.data, [X.rows, X.columns]);
    const { output } = await session.run({ input });
    await session.release();
    const expected = model.predictProba(X).data;
    const got = output!.data as Float32Array;
    expect(got.reduce((m, v, i) => Math.max(m, Math.abs(v - expected[i]!)), 0)).toBeLessThan(1e-5);
  });
});

describe('options', () => {
  const bad = 'ERR_INVALID_ARGUMENT';
  const attempt = (sparsity: object) => () =>
    new DeepType({ clusters: 2, sparsity: { penalty: 'hierarchical', ...sparsity } });

  it('are checked', () => {
    expect(messageOf(attempt({ M: 0 }), bad)).toContain('sparsity.M');
    expect(messageOf(attempt({ solver: 'subgradient' }), bad)).toContain('sparsity.solver');
    const constraint = { norm: 'l2', radius: 1 };
    expect(messageOf(attempt({ constraint }), bad)).toContain('sparsity.constraint');
    messageOf(() => new Network({ inputs: 2, outputs: 1, skip: 1 as never }), bad);
  });

  it('a Trainer with this penalty needs a network with a skip connection', () => {
    const network = new Network({ inputs: 2, outputs: 2 });
    const sparsity = { penalty: 'hierarchical' } as const;
    const create = () => new Trainer({ network, clusters: 2, sparsity });
    expect(messageOf(create, bad)).toContain('skip');
  });
});
