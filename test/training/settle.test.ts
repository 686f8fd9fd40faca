import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type FitResult,
  Network,
  Trainer,
} from '../../src/index.js';
import { smoothGradient } from '../reference/gradients.js';
import type { Activation, Loss, Objective, Penalty } from '../reference/objective.js';
import { kktResidual, largestResidual } from '../reference/penalties.js';
import { type Layer, layersOf, outgoing, type Tensor } from '../reference/tensors.js';
import { labelsOf } from '../reference/terms.js';
import { difference, norm } from '../reference/vectors.js';

const CLUSTERS = 4;

/** A draw of four clusters, its columns standardised in float64 and rounded once. */
function drawTable(seed: number, samples = 1000) {
  const { X, y, informative } = datasets.makeClusters({ samples, seed });
  const x = X.toArray();
  for (let j = 0; j < X.columns; j++) {
    const mean = x.reduce((sum, row) => sum + row[j]!, 0) / samples;
    const variance = x.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / samples;
    for (const row of x) row[j] = Math.fround((row[j]! - mean) / Math.sqrt(variance));
  }
  return { x, classes: y, y: Array.from(y, (c) => [c]), informative };
}

async function fitted<T>(
  options: Partial<DeepTypeOptions>,
  x: number[][],
  y: Int32Array | number[][],
  body: (model: DeepType, result: FitResult) => T,
): Promise<T> {
  const model = new DeepType({ clusters: CLUSTERS, standardize: false, ...options });
  try {
    const result = await model.fit(x, y);
    return body(model, result);
  } finally {
    model.dispose();
  }
}

interface Terms {
  activation?: Activation;
  loss?: Loss;
  penalty?: Penalty;
  l1Ratio?: number;
}

/** Targets as the network learns them, in whose units the certificate is. */
function standardized(y: number[][], { targetScaling }: DeepType): number[][] {
  if (targetScaling === undefined) return y;
  const { location, scale } = targetScaling;
  return y.map((row) => row.map((v, j) => Math.fround((v - location[j]!) / scale[j]!)));
}

const objectiveOf = (terms: Terms, beta: number): Objective => ({
  activation: 'relu',
  loss: 'cross-entropy',
  penalty: 'group-lasso',
  metric: 'squared-euclidean',
  l1Ratio: 0.5,
  alpha: 0,
  beta,
  ...terms,
});

/** Relative to alpha, in float64 at the model's weights and published clusters. */
function referenceResidual(
  terms: Terms,
  model: DeepType,
  { alpha, beta }: FitResult,
  batch: { x: number[][]; y: number[][] },
): number {
  const objective = objectiveOf(terms, beta);
  const layers = layersOf(model.network.parameters());
  const centers = model.centroids.toArray();
  const first = smoothGradient(
    objective,
    layers,
    { ...batch, centers },
    Array.from(model.labels),
  )[0]!;
  const { penalty, l1Ratio } = objective;
  return largestResidual(penalty, l1Ratio, layers[0]!, first, alpha) / alpha;
}

describe('the KKT residual of a fit', () => {
  it.each([0, 1, 2, 3, 4, 5])('is below 0.02 alpha on draw %i', async (seed) => {
    const { x, classes } = drawTable(seed);
    await fitted({ seed }, x, classes, (_, result) => {
      expect(result.kktResidual / result.alpha).toBeLessThan(0.02);
      expect(result.stopReason).toBe('converged');
    });
  });

  it.each([0, 1, 2, 3, 4, 5])('is what the reference finds, on draw %i', async (seed) => {
    const { x, classes, y } = drawTable(seed);
    await fitted({ seed }, x, classes, (model, result) => {
      const ours = referenceResidual({}, model, result, { x, y });
      expect(ours).toBeLessThan(0.02);
      expect(Math.abs(ours - result.kktResidual / result.alpha)).toBeLessThan(1e-3);
    });
  });

  const cases: (Terms & { relativeWeight?: number })[] = [
    { penalty: 'l1' },
    { penalty: 'elastic-net', l1Ratio: 0.7 },
    { penalty: 'l2', relativeWeight: 0.02 },
    { activation: 'gelu' },
    { activation: 'tanh' },
    { activation: 'leaky-relu', penalty: 'l1' },
    { loss: 'mse', activation: 'sigmoid' },
    { loss: 'huber' },
    { loss: 'bce' },
  ];

  it.each(cases)('is what the reference finds, with %o', async (c) => {
    const { relativeWeight = 0.1, ...terms } = c;
    const { x, classes, y } = drawTable(7, 600);
    const values = (terms.loss ?? 'cross-entropy') === 'cross-entropy' ? undefined : binary(y);
    const { penalty = 'group-lasso', l1Ratio, activation = 'relu' } = terms;
    const options: Partial<DeepTypeOptions> = {
      activation,
      hidden: [23, 12],
      loss: terms.loss ?? 'cross-entropy',
      sparsity: { penalty, relativeWeight, ...(l1Ratio === undefined ? {} : { l1Ratio }) },
    };
    await fitted(options, x, values ?? classes, (model, result) => {
      const batch = { x, y: standardized(values ?? y, model) };
      const ours = referenceResidual(terms, model, result, batch);
      const reported = result.kktResidual / result.alpha;
      expect(Math.abs(ours - reported)).toBeLessThan(2e-3);
      // Where clusters run into each other, samples may keep changing to a nearer centroid.
      if (result.stopReason === 'converged') expect(reported).toBeLessThan(0.02);
      else expect(['l2', 'mse']).toContain(terms.penalty ?? terms.loss);
    });
  });

  it('is large where the network was not settled, and the reference sees that as well', async () => {
    const { x, classes, y } = drawTable(0);
    await fitted({ settle: { iterations: 0 } }, x, classes, (model, result) => {
      const ours = referenceResidual({}, model, result, { x, y });
      expect(ours).toBeGreaterThan(0.02);
      expect(ours).toBeCloseTo(result.kktResidual / result.alpha, 2);
    });
  });
});

/** Two columns of 0 and 1 from the class. */
function binary(y: number[][]): number[][] {
  return y.map(([c]) => [c! % 2, c! < 2 ? 1 : 0]);
}

// ---- alpha_max

const emptied = (parameters: readonly Tensor[]): Tensor[] =>
  parameters.map((p, k) => (k === 0 ? { ...p, data: new Float32Array(p.data.length) } : p));

/** The smallest alpha at which W_1 = 0 is stationary, from the gradient there. */
function largestDualNorm(penalty: Penalty, l1Ratio: number, gradient: Layer): number {
  let largest = 0;
  for (let j = 0; j < gradient.inputs; j++) {
    const g = outgoing(gradient, j);
    if (penalty === 'group-lasso' || penalty === 'l2') largest = Math.max(largest, norm(g));
    else if (penalty === 'l-infinity')
      largest = Math.max(
        largest,
        g.reduce((sum, v) => sum + Math.abs(v), 0),
      );
    else
      largest = Math.max(largest, ...g.map((v) => Math.abs(v) / (penalty === 'l1' ? 1 : l1Ratio)));
  }
  return largest;
}

describe('alpha_max', () => {
  const { x, classes, y } = drawTable(11, 700);

  it.each([
    ['group-lasso', 'relu'],
    ['group-lasso', 'tanh'],
    ['l1', 'gelu'],
    ['elastic-net', 'leaky-relu'],
    ['l-infinity', 'tanh'],
    ['l2', 'sigmoid'],
  ] as const)(
    'of %s under %s: just above it W1 = 0 is stationary, just below not',
    async (penalty, activation) => {
      const l1Ratio = 0.4;
      const network = new Network({ inputs: 20, hidden: [17, 9], outputs: 4, activation });
      const common = { network, clusters: CLUSTERS, distance: { weight: 0 } };
      const sparsity = { penalty, l1Ratio };
      const first = new Trainer({ ...common, sparsity });
      await first.pretrain(x, classes, { epochs: 6, denseFraction: 1 });
      const alphaMax = first.alphaMax!;
      expect(first.alpha).toBeCloseTo(0.1 * alphaMax, 12);

      const empty = emptied(network.parameters());
      const gradient = smoothGradient(
        objectiveOf({ activation, penalty, l1Ratio }, 0),
        layersOf(empty),
        { x, y },
        [],
      )[0]!;
      expect(alphaMax / largestDualNorm(penalty, l1Ratio, gradient)).toBeCloseTo(1, 5);
      if (penalty === 'l2') return; // ridge empties nothing

      const dense = network.parameters();
      for (const factor of [1.001, 0.999]) {
        const weight = factor * alphaMax;
        const trainer = new Trainer({
          ...common,
          sparsity: { ...sparsity, weight },
          optimizer: { name: 'sgd', learningRate: 0.01 },
        });
        network.load(empty);
        await trainer.pretrain(x, classes, { epochs: 0 });
        const residual = await trainer.kktResidual();
        trainer.step(x, classes);
        const alive = network.inputImportance().filter((size) => size !== 0).length;
        if (factor > 1) {
          expect([residual, alive]).toEqual([0, 0]);
        } else {
          const j = Array.from({ length: 20 }, (_, k) =>
            kktResidual(penalty, l1Ratio, new Array(17).fill(0), outgoing(gradient, k), weight),
          );
          expect(Math.abs(residual - Math.max(...j))).toBeLessThan(1e-5 * alphaMax);
          expect(residual).toBeGreaterThan(0);
          expect(alive).toBeGreaterThanOrEqual(1);
          expect(alive).toBeLessThanOrEqual(j.filter((r) => r > 0).length + 1);
        }
        trainer.dispose();
        network.load(dense);
      }
      first.dispose();
      network.dispose();
    },
  );

  it.each([0, 1, 2])(
    'twice as much in force throughout empties the first layer, on draw %i',
    async (seed) => {
      const table = drawTable(seed);
      const options = { seed, sparsity: { relativeWeight: 2 }, pretrain: { sparsityScale: 1 } };
      await fitted(options, table.x, table.classes, (model, result) => {
        expect(model.selectedFeatures.length).toBe(0);
        expect(model.featureImportances.every((v) => v === 0)).toBe(true);
        expect(result.kktResidual).toBe(0);
        const { data } = model.network.parameters()[0]!;
        expect(data.every((w) => w === 0)).toBe(true);
        expect(result.history.at(-1)!.selectedFeatures).toBe(0);
        const outputs = model.network.forward(table.x).toArray();
        expect(outputs.every((row) => difference(row, outputs[0]!) === 0)).toBe(true);
      });
    },
  );

  it('none of it keeps all features', async () => {
    const table = drawTable(1);
    await fitted({ sparsity: { relativeWeight: 0 } }, table.x, table.classes, (model, result) => {
      expect(result.alpha).toBe(0);
      expect(result.alphaMax).toBeGreaterThan(0);
      expect(model.selectedFeatures.length).toBe(20);
      const { data } = model.network.parameters()[0]!;
      expect(data.some((w) => w !== 0)).toBe(true);
    });
  });

  it('more of it leaves fewer features, and the informative ones last', async () => {
    const table = drawTable(2);
    const counts: number[] = [];
    for (const relativeWeight of [0.001, 0.1, 20]) {
      await fitted({ sparsity: { relativeWeight } }, table.x, table.classes, (model) => {
        counts.push(model.selectedFeatures.length);
        const informative = new Set(table.informative);
        const kept = [...model.selectedFeatures];
        const isInformative = kept.slice(0, 5).every((j) => informative.has(j));
        expect(isInformative).toBe(true);
      });
    }
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts[1]).toBeLessThanOrEqual(6);
    expect(counts[2]).toBe(0);
  });
});

// ---- the same numbers again

describe('a fit again', () => {
  /** Everything that a fit leaves behind, bit for bit. */
  const everything = (options: Partial<DeepTypeOptions>, seed = 3) => {
    const table = drawTable(seed, 900);
    return fitted(
      { hidden: [33, 17, 10], ...options },
      table.x,
      table.classes,
      (model, result) => ({
        labels: model.labels,
        centroids: model.centroids.data,
        parameters: model.network.parameters(),
        importances: model.featureImportances,
        predictions: model.predict(table.x),
        result,
      }),
    );
  };

  const kinds: [string, Partial<DeepTypeOptions>][] = [
    ['defaults', {}],
    ['sgd on l1', { optimizer: { name: 'sgd', learningRate: 0.02 }, sparsity: { penalty: 'l1' } }],
    ['batches of 700, gelu', { batchSize: 700, activation: 'gelu' }],
    ['K-means in every batch', { joint: { reclusterEvery: 'batch', epochs: 5, restart: 'none' } }],
  ];

  it.each(kinds)('with the same seed gives the same bits: %s', async (_, options) => {
    const [a, b] = [await everything(options), await everything(options)];
    expect(b).toEqual(a);
    const c = await everything({ ...options, seed: 1 });
    expect(c.parameters).not.toEqual(a.parameters);
  });

  it.each(kinds)('with 1, 2 or 3 threads gives the same bits: %s', async (_, options) => {
    const one = await everything({ ...options, threads: 1 });
    for (const threads of [2, 3]) expect(await everything({ ...options, threads })).toEqual(one);
  });

  it('of a wide table with 1, 2 or 3 threads gives the same bits', async () => {
    const { X, y } = datasets.makeClusters({ samples: 1100, features: 150, seed: 4 });
    const run = (threads: number) =>
      fitted({ threads, standardize: true }, X.toArray(), y, (model, result) => ({
        parameters: model.network.parameters(),
        labels: model.labels,
        result,
      }));
    const one = await run(1);
    for (const threads of [2, 3]) expect(await run(threads)).toEqual(one);
  });
});

describe('the reference', () => {
  it('labels of the objective are the nearest centroids', async () => {
    const { x, classes, y } = drawTable(0);
    await fitted({}, x, classes, (model, { beta }) => {
      const centers = model.centroids.toArray();
      const layers = layersOf(model.network.parameters());
      const labels = labelsOf(objectiveOf({}, beta), layers, { x, y, centers });
      const differing = labels.filter((label, i) => label !== model.labels[i]).length;
      expect(differing).toBeLessThanOrEqual(1); // a row may lie halfway, in float32
    });
  });
});
