import { describe, expect, it } from 'vitest';
import {
  type Clusterer,
  DeepType,
  type DeepTypeOptions,
  datasets,
  Matrix,
  metrics,
  mlKMeans,
  type PrimaryLoss,
  presets,
  type Targets,
} from '../src/index.js';
import { messageOf } from './coded.js';

const { X, y, informative } = datasets.makeClusters({
  samples: 120,
  features: 8,
  informative: 3,
  clusters: 3,
  seed: 3,
});
const SMALL: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 4 },
  joint: { epochs: 4 },
  settle: { iterations: 48 },
};
const PHASES = ['pretrain', 'joint', 'settle'];

async function fitted(
  options: Partial<DeepTypeOptions> = {},
  targets: Targets = y,
): Promise<DeepType> {
  const model = new DeepType({ ...SMALL, ...options });
  await model.fit(X, targets);
  return model;
}

const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);
const weightsOf = (model: DeepType): Float32Array[] =>
  model.network.parameters().map(({ data }) => data);

describe('a fitted model', () => {
  it('finds the clusters, the classes and the columns that matter with the default options', async () => {
    const model = new DeepType({ clusters: 3 });
    await model.fit(X, y);
    expect(metrics.adjustedRandIndex(y, model.labels)).toBe(1);
    expect(model.score(X, y)).toBe(1);
    const chosen = new Set(model.selectedFeatures);
    expect([...informative].some((j) => chosen.has(j))).toBe(true);
    expect(chosen.size).toBeLessThan(8);
    expect(model.kktResidual).toBeLessThan(0.05 * model.alpha);
  });

  it('has all documented attributes in their documented shapes', async () => {
    const model = new DeepType(SMALL);
    const result = await model.fit(X, y);
    expect(model.labels).toBeInstanceOf(Int32Array);
    expect(model.labels.length).toBe(120);
    expect(new Set(model.labels)).toEqual(new Set([0, 1, 2]));
    expect(model.centroids).toBeInstanceOf(Matrix);
    expect([model.centroids.rows, model.centroids.columns]).toEqual([3, 4]);
    expect(model.classes).toEqual([0, 1, 2]);
    expect(model.network.inputs).toBe(8);
    expect(model.network.hidden).toEqual([8, 4]);
    expect(model.network.outputs).toBe(3);
    expect([model.alpha, model.alphaMax, model.kktResidual]).toEqual([
      result.alpha,
      result.alphaMax,
      result.kktResidual,
    ]);
    expect(model.alphaMax).toBeGreaterThan(0);
    expect(model.alpha).toBeCloseTo(0.1 * model.alphaMax, 12);
    expect(result.kktResidual).toBeGreaterThanOrEqual(0);
    expect(result.beta).toBeGreaterThanOrEqual(0);
    expect(result.beta).toBeLessThanOrEqual(1);
    expect(['converged', 'epochs']).toContain(result.stopReason);
    expect(model.history).toBe(result.history);
    expect(Object.isFrozen(result)).toBe(true);
  });

  it('has importances that are the norms of the first layer, and selects by them', async () => {
    const model = await fitted({ sparsity: { relativeWeight: 0.4 } });
    const weight = model.network.parameters()[0]!;
    expect(weight.shape).toEqual([8, 8]);
    const norms = model.featureImportances;
    norms.forEach((norm, j) => {
      let squares = 0;
      for (let u = 0; u < 8; u++) squares += weight.data[u * 8 + j]! ** 2;
      expect(norm).toBeCloseTo(Math.sqrt(squares), 5);
      expect(norm === 0).toBe(squares === 0);
    });
    const selected = [...model.selectedFeatures];
    expect(selected.length).toBe(norms.filter((norm) => norm !== 0).length);
    expect(selected.length).toBeGreaterThan(0);
    expect(selected.length).toBeLessThan(8);
    for (const [k, j] of selected.slice(1).entries()) {
      expect(norms[j]!).toBeLessThanOrEqual(norms[selected[k]!]!);
      expect(norms[j]!).toBeGreaterThan(0);
    }
    expect(model.history.at(-1)!.selectedFeatures).toBe(selected.length);
  });

  it('has one history entry an epoch, phases in order, with finite numbers', async () => {
    const model = new DeepType({ ...SMALL, settle: { iterations: 48, tolerance: 1e-9 } });
    const { history, steps, clusterings, alpha, beta } = await model.fit(X, y);
    const phases = history.map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(PHASES);
    expect(phases).toEqual([...phases].sort((a, b) => PHASES.indexOf(a) - PHASES.indexOf(b)));
    for (const phase of PHASES) {
      const epochs = history.filter((entry) => entry.phase === phase).map(({ epoch }) => epoch);
      expect(epochs).toEqual([1, 2, 3, 4]);
    }
    for (const entry of history) {
      const { primary, sparsity, distance, total, selectedFeatures, changedAssignments } = entry;
      expect(allFinite([primary, sparsity, distance, total, selectedFeatures])).toBe(true);
      expect(primary).toBeGreaterThan(0);
      if (entry.phase === 'pretrain') expect(distance).toBe(0);
      if (entry.phase === 'joint') expect(changedAssignments).toBeGreaterThanOrEqual(0);
      else expect(changedAssignments).toBeUndefined();
    }
    const last = history.at(-1)!;
    expect(last.total).toBeCloseTo(last.primary + alpha * last.sparsity + beta * last.distance, 10);
    expect(steps).toBeGreaterThan(2 * 4 * 2);
    expect(clusterings).toBe(1 + 4 + 2);
  });

  it('gives each training row the label that assign gives it', async () => {
    for (const options of [{}, { standardize: false }, { joint: { epochs: 0 } }]) {
      const model = await fitted(options);
      expect(model.assign(X)).toEqual(model.labels);
      const representation = model.transform(X);
      for (const i of [0, 17, 119]) {
        const distances = model.centroids
          .toArray()
          .map((c) => c.reduce((sum, v, r) => sum + (v - representation.get(i, r)) ** 2, 0));
        expect(distances.indexOf(Math.min(...distances))).toBe(model.labels[i]);
      }
    }
  });

  it('predicts, scores and gives probabilities from the outputs of its network', async () => {
    const model = await fitted();
    const p = model.predictProba(X);
    expect([p.rows, p.columns]).toEqual([120, 3]);
    const predicted = model.predict(X);
    expect(predicted).toBeInstanceOf(Int32Array);
    for (let i = 0; i < p.rows; i++) {
      const row = [...p.row(i)];
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(row.every((v) => v >= 0 && v <= 1)).toBe(true);
      expect(row.indexOf(Math.max(...row))).toBe(predicted[i]);
    }
    expect(model.score(X, y)).toBe(metrics.accuracy([...y], [...(predicted as Int32Array)]));
    expect(model.transform(X).columns).toBe(4);
  });

  it('takes tables in every form with the same result', async () => {
    const model = await fitted();
    const rows = X.toArray();
    const expected = model.transform(X);
    const { data } = X;
    const forms = [
      rows,
      rows.map((row) => Float64Array.from(row)),
      { data: Float64Array.from(data), rows: 120, columns: 8 },
      { data: [...data], rows: 120, columns: 8 },
      { rows: 120, columns: 8, get: (i: number, j: number) => rows[i]![j]! },
    ];
    for (const form of forms) expect(model.transform(form)).toEqual(expected);
    const one = await fitted();
    await one.fit(rows, [...y]);
    expect(one.labels).toEqual(model.labels);
  });

  it('is the same for the same seed and any number of threads, and another for another seed', async () => {
    const [a, b, c] = [
      await fitted({ threads: 1 }),
      await fitted({ threads: 2 }),
      await fitted({ seed: 1 }),
    ];
    expect(weightsOf(a)).toEqual(weightsOf(b));
    expect(a.history).toEqual(b.history);
    expect(weightsOf(a)).not.toEqual(weightsOf(c));
  });

  it('leaves X and y as they were and does not follow them while it is fitted', async () => {
    const data = X.data.slice();
    const labels = y.slice();
    const options = { ...SMALL, standardize: false };
    const model = new DeepType(options);
    const pending = model.fit(new Matrix(data, 120, 8), labels);
    expect(data).toEqual(X.data);
    expect(labels).toEqual(y);
    data.fill(0);
    labels.fill(0);
    await pending;
    const undisturbed = await fitted(options);
    expect(weightsOf(model)).toEqual(weightsOf(undisturbed));
    expect(model.labels).toEqual(undisturbed.labels);
  });
});

describe('classes', () => {
  const names = ['basal', 'her2', 'luminal'];
  it('of strings come back as strings', async () => {
    const model = await fitted(
      {},
      Array.from(y, (k) => names[2 - k]!),
    );
    expect(model.classes).toEqual(names);
    const predicted = model.predict(X) as string[];
    expect(predicted.slice(0, 5)).toEqual(Array.from(y.slice(0, 5), (k) => names[2 - k]));
    expect(model.score(X, predicted)).toBe(1);
  });

  it('of large or negative numbers come back as they were', async () => {
    const huge = [-7, 3_000_000_000, 2 ** 53 - 1];
    const labels = Array.from(y, (k) => huge[k]!);
    const model = await fitted({}, labels);
    expect(model.classes).toEqual(huge);
    expect(Array.isArray(model.predict(X))).toBe(true);
    expect(model.predict(X)).toEqual(labels);
    const unsigned = await fitted(
      {},
      Uint32Array.from(y, (k) => 4_294_967_293 + k),
    );
    expect(new Set(unsigned.predict(X) as number[])).toEqual(
      new Set([4_294_967_293, 4_294_967_294, 4_294_967_295]),
    );
    const gaps = await fitted(
      {},
      Array.from(y, (k) => 10 - 5 * k),
    );
    expect(gaps.classes).toEqual([0, 5, 10]);
    expect(gaps.predict(X)).toEqual(Int32Array.from(y, (k) => 10 - 5 * k));
  });

  it('are copies', async () => {
    const model = await fitted();
    model.classes!.reverse();
    expect(model.classes).toEqual([0, 1, 2]);
  });
});

describe('out', () => {
  it('is filled and returned', async () => {
    const model = await fitted();
    const labels = new Int32Array(120);
    expect(model.assign(X, { out: labels })).toBe(labels);
    expect(labels).toEqual(model.labels);
    const rows = new Float32Array(480);
    expect(model.transform(X, { out: rows }).data).toBe(rows);
    expect(rows).toEqual(model.transform(X).data);
    for (const out of [new Int32Array(120), new Uint8Array(120), new Array<number>(120)]) {
      expect(model.predict(X, { out: out as Int32Array })).toBe(out);
      expect([...out]).toEqual([...(model.predict(X) as Int32Array)]);
    }
    const regression = await fitted({ loss: 'mse' }, Float32Array.from(y));
    const values = new Float32Array(120);
    expect(regression.predict(X, { out: values })).toBe(values);
    expect(values).toEqual(regression.predict(X));
  });

  it('of the wrong type or length is refused', async () => {
    const model = await fitted();
    const invalid = (call: () => unknown): void =>
      expect(messageOf(call, 'ERR_INVALID_ARGUMENT')).toMatch(/^out: expected .*120|^out: .*480/);
    for (const out of [new Int32Array(119), new Float32Array(120), [], 'x', null]) {
      invalid(() => model.assign(X, { out: out as Int32Array }));
      invalid(() => model.transform(X, { out: out as Float32Array }));
    }
    for (const out of [new Int32Array(121), new Float32Array(120), new Uint16Array(120), {}, 5]) {
      invalid(() => model.predict(X, { out: out as Int32Array }));
    }
    const large = await fitted(
      {},
      Array.from(y, (k) => k + 300),
    );
    invalid(() => large.predict(X, { out: new Uint8Array(120) as never }));
    const text = await fitted({}, Array.from(y, String));
    invalid(() => text.predict(X, { out: new Int32Array(120) }));
  });
});

describe('the Async twins', () => {
  it('give what the synchronous methods give', async () => {
    const model = await fitted({}, Array.from(y, String));
    expect(await model.predictAsync(X)).toEqual(model.predict(X));
    expect(await model.transformAsync(X)).toEqual(model.transform(X));
    expect(await model.assignAsync(X)).toEqual(model.assign(X));
    const [labels, rows] = [new Int32Array(120), new Float32Array(480)];
    expect(await model.assignAsync(X, { out: labels })).toBe(labels);
    expect((await model.transformAsync(X, { out: rows })).data).toBe(rows);
    expect(labels).toEqual(model.labels);
    const twins = await Promise.all([model.predictAsync(X), model.assignAsync(X)]);
    expect(twins).toEqual([model.predict(X), model.labels]);
    await expect(model.transformAsync(X, { out: new Float32Array(1) })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    await expect(model.predictAsync([[1]])).rejects.toMatchObject({ code: 'ERR_SHAPE_MISMATCH' });
  });
});

describe('every loss', () => {
  const target = Float32Array.from(y, (k, i) => k + X.get(i, informative[0]!) / 10);
  const pair = { data: [...target].flatMap((t) => [t, -2 * t]), rows: 120, columns: 2 };
  const long: Partial<DeepTypeOptions> = {
    pretrain: { epochs: 30 },
    joint: { epochs: 30 },
    optimizer: { learningRate: 0.003 },
  };

  for (const loss of ['mse', 'mae', 'huber'] as const) {
    it(`${loss} learns one value a row and rows of values`, async () => {
      const one = await fitted({ ...long, loss }, target);
      expect(one.classes).toBeUndefined();
      const values = one.predict(X);
      expect(values).toBeInstanceOf(Float32Array);
      expect(values.length).toBe(120);
      expect(one.score(X, target)).toBeGreaterThan(0.8);
      expect(one.score(X, target)).toBeCloseTo(
        metrics.rSquared([...target], values as Float32Array),
        6,
      );
      const two = await fitted({ ...long, loss }, pair);
      expect(two.network.outputs).toBe(2);
      expect(two.predict(X).length).toBe(240);
      expect(two.score(X, pair)).toBeGreaterThan(0.7);
      expect(allFinite(two.history.map(({ total }) => total))).toBe(true);
      messageOf(() => one.predictProba(X), 'ERR_INVALID_ARGUMENT');
    });
  }

  it('cross-entropy and bce of two classes agree on the classes', async () => {
    const labels = Array.from(y, (k) => (k === 1 ? 'yes' : 'no'));
    const softmax = await fitted(long, labels);
    expect(softmax.network.outputs).toBe(2);
    const sigmoid = await fitted({ ...long, loss: 'bce' }, labels);
    expect(sigmoid.network.outputs).toBe(1);
    expect(sigmoid.classes).toEqual(['no', 'yes']);
    expect(softmax.score(X, labels)).toBe(1);
    expect(sigmoid.score(X, labels)).toBe(1);
    const p = sigmoid.predictProba(X);
    expect(p.columns).toBe(2);
    for (let i = 0; i < 120; i++) {
      expect(p.get(i, 0) + p.get(i, 1)).toBeCloseTo(1, 6);
      expect(p.get(i, 1) > 0.5).toBe(labels[i] === 'yes');
    }
  });

  it('bce learns rows of values from 0 to 1', async () => {
    const rows = Array.from(y, (k) => [k === 0 ? 1 : 0, k < 2 ? 0.9 : 0.1]);
    const model = await fitted({ ...long, loss: 'bce' }, rows);
    expect(model.classes).toBeUndefined();
    const p = model.predictProba(X);
    expect([p.rows, p.columns]).toEqual([120, 2]);
    const errors = rows.map((row, i) => Math.abs(row[0]! - p.get(i, 0)));
    expect(errors.reduce((a, b) => a + b, 0) / 120).toBeLessThan(0.1);
    const one = await fitted(
      { loss: 'bce' },
      Float64Array.from(y, (k) => k / 2),
    );
    expect(one.network.outputs).toBe(1);
    expect(one.predictProba(X).columns).toBe(1);
  });
});

describe('fitting again', () => {
  it('starts afresh, also with other columns, rows and classes', async () => {
    const model = await fitted();
    const first = weightsOf(model);
    await model.fit(X, y);
    expect(weightsOf(model)).toEqual(first);
    const other = datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 4 });
    await model.fit(other.X, Array.from(other.y, String));
    expect(model.featureImportances.length).toBe(5);
    expect(model.labels.length).toBe(60);
    expect(model.classes).toEqual(['0', '1', '2']);
    messageOf(() => model.predict(X), 'ERR_SHAPE_MISMATCH');
  });

  it('goes on from the weights with warmStart', async () => {
    const options: Partial<DeepTypeOptions> = { joint: { epochs: 4, restart: 'none' } };
    const model = await fitted(options);
    const { network } = model;
    const before = model.history.at(-1)!.primary;
    const { alpha } = model;
    const { history } = await model.fit(X, y, { warmStart: true });
    expect(model.network).toBe(network);
    expect(model.alpha).toBe(alpha);
    expect(history[0]!.phase).toBe('pretrain');
    expect(history.at(-1)!.primary).toBeLessThan(before);
    const cold = new DeepType({ ...SMALL, ...options });
    const { history: fresh } = await cold.fit(X, y, { warmStart: true });
    expect(fresh[0]!.primary).toBeGreaterThan(history[0]!.primary);
  });

  it('with warmStart wants the same columns and classes', async () => {
    const model = await fitted();
    const again = (table: number[][], labels: Targets) =>
      model.fit(table, labels, { warmStart: true });
    const rows = X.toArray();
    await expect(
      again(
        rows.map((row) => row.slice(1)),
        y,
      ),
    ).rejects.toMatchObject({ code: 'ERR_SHAPE_MISMATCH' });
    await expect(
      again(
        rows,
        Array.from(y, (k) => k + 1),
      ),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    expect(model.labels.length).toBe(120);
    expect(model.score(X, y)).toBeGreaterThan(0);
  });
});

describe('unusual tables', () => {
  it('without standardisation are taken as they are', async () => {
    const model = await fitted({ standardize: false });
    const same = await fitted({ standardize: false });
    expect(weightsOf(model)).toEqual(weightsOf(same));
    expect(model.transform(X)).toEqual(model.network.representation(X));
    expect(model.transform(X)).not.toEqual((await fitted()).transform(X));
  });

  it('with columns of no variance keep those at exactly zero', async () => {
    const rows = X.toArray().map((row) => [7, ...row, 0, -1e6]);
    const model = new DeepType(SMALL);
    await model.fit(rows, y);
    const importances = model.featureImportances;
    expect([importances[0], importances[9], importances[10]]).toEqual([0, 0, 0]);
    expect([...model.selectedFeatures].some((j) => [0, 9, 10].includes(j))).toBe(false);
    const predicted = model.predict(rows);
    expect(model.predict(rows.map((row) => [9e9, ...row.slice(1)]))).toEqual(predicted);
  });

  it('with duplicate rows give equal rows equal labels', async () => {
    const rows = X.toArray().slice(0, 20);
    const many = [...rows, ...rows, ...rows, ...rows];
    const model = new DeepType(SMALL);
    await model.fit(
      many,
      many.map((_, i) => y[i % 20]!),
    );
    for (let i = 20; i < 80; i++) expect(model.labels[i]).toBe(model.labels[i % 20]);
    const same = new DeepType(SMALL);
    const flat = Array.from({ length: 12 }, () => [1, 2]);
    const { history } = await same.fit(
      flat,
      flat.map((_, i) => i % 2),
    );
    expect(allFinite(history.map(({ total }) => total))).toBe(true);
    expect(same.selectedFeatures.length).toBe(0);
    expect(new Set(same.labels).size).toBe(1);
  });

  it('of as many rows as clusters, and for one cluster', async () => {
    const rows = X.toArray().slice(0, 3);
    const model = new DeepType(SMALL);
    await model.fit(rows, ['a', 'b', 'c']);
    expect(allFinite(model.centroids.data)).toBe(true);
    expect(model.assign(rows)).toEqual(model.labels);
    const one = await fitted({ clusters: 1 });
    expect(one.labels).toEqual(new Int32Array(120));
    expect(one.centroids.rows).toBe(1);
    expect(allFinite(one.history.map(({ total }) => total))).toBe(true);
    const wide = new DeepType({ ...SMALL, clusters: 1 });
    await wide.fit([[1], [2]], [0, 1]);
    expect(wide.labels.length).toBe(2);
  });
});

describe('every shape of network', () => {
  const shapes = [[1], [5], [1, 1], [7, 3], [33, 17, 9], [2, 2, 2, 2], [3, 65, 1]];
  for (const hidden of shapes) {
    it(`hidden [${hidden}]`, async () => {
      const model = await fitted({ hidden });
      expect(model.transform(X).columns).toBe(hidden.at(-1));
      expect(model.centroids.columns).toBe(hidden.at(-1));
      expect(weightsOf(model).every(allFinite)).toBe(true);
      expect(model.assign(X)).toEqual(model.labels);
    });
  }

  for (const activation of ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const) {
    it(`activation ${activation}`, async () => {
      const model = await fitted({
        activation,
        pretrain: { epochs: 25 },
        joint: { epochs: 20, restart: activation === 'sigmoid' ? 'none' : 'isometric' },
        optimizer: { learningRate: 0.01 },
      });
      expect(model.network.activation).toBe(activation);
      expect(model.score(X, y)).toBeGreaterThan(0.9);
      expect(allFinite(model.history.map(({ total }) => total))).toBe(true);
    });
  }

  for (const penalty of ['group-lasso', 'l1', 'l2', 'elastic-net'] as const) {
    it(`penalty ${penalty}`, async () => {
      const model = await fitted({ sparsity: { penalty } });
      expect(model.alpha).toBeGreaterThan(0);
      expect(Number.isFinite(model.kktResidual)).toBe(true);
      if (penalty === 'l2') expect(model.selectedFeatures.length).toBe(8);
    });
  }

  it('a weight of the penalty that empties the layer', async () => {
    const model = await fitted({ sparsity: { relativeWeight: 100 } });
    expect(model.selectedFeatures.length).toBe(0);
    expect(model.featureImportances).toEqual(new Float32Array(8));
    expect(model.kktResidual).toBeLessThan(1e-6);
  });
});

describe('schedules', () => {
  it('sgd, with momentum and nesterov, learns', async () => {
    for (const extra of [{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }]) {
      const model = await fitted({
        optimizer: { name: 'sgd', learningRate: 0.05, ...extra },
        pretrain: { epochs: 20 },
        joint: { epochs: 20 },
      });
      expect(model.score(X, y)).toBeGreaterThan(0.9);
    }
  });

  it('re-cluster after each epoch, in every batch, or every so many steps', async () => {
    const counts: number[] = [];
    for (const reclusterEvery of ['epoch', 'batch', { steps: 5 }] as const) {
      const model = new DeepType({
        ...SMALL,
        batchSize: 40,
        joint: { epochs: 4, reclusterEvery, tolerance: 0 },
        settle: { iterations: 0 },
      });
      const { clusterings, steps, stopReason } = await model.fit(X, y);
      expect(stopReason).toBe('epochs');
      expect(steps).toBe(2 * 4 * 3);
      expect(model.assign(X)).toEqual(model.labels);
      counts.push(clusterings);
    }
    // Each of 4 epochs; each of 12 batches; the start and 12 steps / 5.
    expect(counts).toEqual([5, 12, 3]);
  });

  it('take stepsPerBatch steps on a batch, and batches larger than the table', async () => {
    const model = new DeepType({
      ...SMALL,
      batchSize: 1000,
      joint: { epochs: 2, stepsPerBatch: 3 },
      settle: { iterations: 0 },
    });
    expect((await model.fit(X, y)).steps).toBe(4 + 2 * 3);
  });

  it('may be empty: then there are clusters of the initial network', async () => {
    const model = await fitted({
      pretrain: { epochs: 0 },
      joint: { epochs: 0 },
      settle: { iterations: 0 },
    });
    expect(model.history).toEqual([]);
    expect(model.labels.length).toBe(120);
    expect(model.alphaMax).toBeGreaterThan(0);
    expect(Number.isFinite(model.kktResidual)).toBe(true);
  });

  it('end early once assignments and the total settle', async () => {
    const model = new DeepType({
      ...SMALL,
      pretrain: { epochs: 4, sparsityScale: 1 },
      joint: { epochs: 50, tolerance: 0.9 },
      settle: { iterations: 0 },
    });
    const { stopReason, history } = await model.fit(X, y);
    expect(stopReason).toBe('converged');
    expect(history.filter(({ phase }) => phase === 'joint').length).toBeLessThan(10);
  });
});

describe('a clusterer', () => {
  it('mlKMeans takes the place of the native K-means', async () => {
    const model = await fitted({ clusterer: mlKMeans });
    expect(metrics.adjustedRandIndex(y, model.labels)).toBe(1);
    expect(model.assign(X)).toEqual(model.labels);
  });

  it("of the caller's gets the representation, K and from the second time the last centroids", async () => {
    const calls: { rows: number; columns: number; k: number; init: number[][] | undefined }[] = [];
    const halves: Clusterer = (representation, k, init) => {
      calls.push({
        rows: representation.rows,
        columns: representation.columns,
        k,
        init: init?.toArray(),
      });
      const labels = Int32Array.from({ length: representation.rows }, (_, i) => i % k);
      return { labels, centroids: Matrix.from([0, 1, 2].map((c) => [c, c, c, calls.length])) };
    };
    const model = await fitted({ clusterer: halves, joint: { epochs: 2, hold: 0 } });
    expect(calls.length).toBe(1 + 2 + 2);
    expect(calls.every(({ rows, columns, k }) => rows === 120 && columns === 4 && k === 3)).toBe(
      true,
    );
    expect(calls[0]!.init).toBeUndefined();
    for (const [n, { init }] of calls.slice(1).entries()) {
      expect(init).toEqual([0, 1, 2].map((c) => [c, c, c, n + 1]));
    }
    expect(model.centroids.toArray()[1]).toEqual([1, 1, 1, calls.length]);
  });

  it('that misbehaves makes the fit reject', async () => {
    const centroids = Matrix.from([0, 1, 2].map((c) => [c, c, c, c]));
    const labels = new Int32Array(120);
    const bad: [unknown, string, RegExp][] = [
      [undefined, 'ERR_INVALID_ARGUMENT', /clusterer: its result: expected an object/],
      [Promise.resolve({ labels, centroids }), 'ERR_INVALID_ARGUMENT', /clusterer: labels/],
      [{ labels: labels.subarray(1), centroids }, 'ERR_SHAPE_MISMATCH', /120 values, received 119/],
      [
        { labels: labels.map(() => 3), centroids },
        'ERR_INVALID_ARGUMENT',
        /labels\[0\].*received 3/,
      ],
      [{ labels }, 'ERR_INVALID_ARGUMENT', /clusterer: centroids/],
      [
        { labels, centroids: [[1], [2], [3]] },
        'ERR_SHAPE_MISMATCH',
        /3 x 4 values, received 3 x 1/,
      ],
      [
        {
          labels,
          centroids: [
            [0, 0, 0, 0],
            [0, 0, 0, Number.NaN],
            [0, 0, 0, 0],
          ],
        },
        'ERR_NON_FINITE_INPUT',
        /row 1, column 3/,
      ],
    ];
    for (const [result, code, message] of bad) {
      const model = new DeepType({ ...SMALL, clusterer: () => result as ReturnType<Clusterer> });
      await expect(model.fit(X, y)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      expect(weightsOf(model).every(allFinite)).toBe(true);
    }
    const mine = new RangeError('mine');
    const throwing = new DeepType({
      ...SMALL,
      clusterer: () => {
        throw mine;
      },
    });
    await expect(throwing.fit(X, y)).rejects.toBe(mine);
  });
});

describe('presets', () => {
  it('torchDeeptype takes 2080 steps and 240 clusterings on 1000 rows', async () => {
    const table = datasets.makeClusters({ seed: 0 });
    const model = new DeepType({ ...presets.torchDeeptype, clusters: 4 });
    const { steps, clusterings, history, stopReason } = await model.fit(table.X, table.y);
    expect([steps, clusterings]).toEqual([2080, 240]);
    expect(stopReason).toBe('epochs');
    expect(history.length).toBe(25);
    expect(model.alpha).toBe(0.01);
    expect(model.score(table.X, table.y)).toBeGreaterThan(0.98);
    // The subgradient leaves every noise feature alive; that is why it is not the default.
    expect(model.selectedFeatures.length).toBe(20);
  });

  it('chen2020 warms alpha up and clusters every 100 steps', async () => {
    const { pretrain, joint, ...rest } = presets.chen2020;
    const model = new DeepType({
      ...rest,
      clusters: 3,
      hidden: [16, 8],
      batchSize: 30,
      pretrain: { ...pretrain, epochs: 5 },
      joint: { ...joint, epochs: 60 },
    });
    const { steps, clusterings, history } = await model.fit(X, y);
    expect(steps).toBe(4 * 65);
    expect(clusterings).toBe(1 + 2);
    expect(model.alpha).toBe(0.006);
    // total = primary + alpha (1 - exp(-t / 300)) sparsity in pretraining
    const [first, last] = [history[0]!, history[4]!];
    const alphaOf = ({ total, primary, sparsity }: typeof first) => (total - primary) / sparsity;
    expect(alphaOf(first)).toBeCloseTo(0.006 * (1 - Math.exp(-4 / 300)), 6);
    expect(alphaOf(last)).toBeCloseTo(0.006 * (1 - Math.exp(-20 / 300)), 6);
  });
});

describe('a primary loss of the caller', () => {
  const target = Float32Array.from(y, (k) => k - 1);
  const error = (hook: () => void = () => {}): PrimaryLoss => ({
    evaluate(outputs, targets) {
      hook();
      const { data } = targets as Matrix;
      const gradient = outputs.data.map((o, k) => (2 * (o - data[k]!)) / data.length);
      const loss = outputs.data.reduce((sum, o, k) => sum + (o - data[k]!) ** 2 / data.length, 0);
      return { loss, gradient };
    },
  });

  it('equal to mse gives what mse gives', async () => {
    const [own, builtIn] = [
      await fitted({ loss: error() }, target),
      await fitted({ loss: 'mse' }, target),
    ];
    expect(own.history.length).toBe(builtIn.history.length);
    expect(own.alphaMax).toBeCloseTo(builtIn.alphaMax, 5);
    for (const [k, { total }] of own.history.slice(0, 8).entries()) {
      expect(total).toBeCloseTo(builtIn.history[k]!.total, 3);
    }
    expect(
      metrics.maxError(own.predict(X) as Float32Array, builtIn.predict(X) as Float32Array),
    ).toBeLessThan(0.02);
    expect(own.predict(X)).toBeInstanceOf(Float32Array);
    expect(own.score(X, target)).toBeCloseTo(builtIn.score(X, target), 2);
  });

  it('of classes gets their indices, and may have more outputs than y has columns', async () => {
    const seen: unknown[] = [];
    const hinge: PrimaryLoss = {
      targets: 'classes',
      outputs: 4,
      evaluate(outputs, targets) {
        seen.push(targets);
        const classes = targets as Int32Array;
        const gradient = new Float32Array(outputs.data.length);
        let loss = 0;
        for (let i = 0; i < outputs.rows; i++) {
          outputs.row(i).forEach((o, c) => {
            const sign = c === classes[i] ? 1 : -1;
            const margin = 1 - sign * o;
            if (margin <= 0) return;
            loss += margin / outputs.rows;
            gradient[i * 4 + c] = -sign / outputs.rows;
          });
        }
        return { loss, gradient: new Matrix(gradient, outputs.rows, 4) };
      },
    };
    const model = await fitted(
      { loss: hinge, pretrain: { epochs: 25 }, joint: { epochs: 20 } },
      Array.from(y, (k) => `c${k}`),
    );
    expect(model.network.outputs).toBe(4);
    expect(seen.every((t) => t instanceof Int32Array && t.every((k) => k < 3))).toBe(true);
    expect(model.score(X, model.predict(X) as string[])).toBe(1);
    expect(
      model.score(
        X,
        Array.from(y, (k) => `c${k}`),
      ),
    ).toBeGreaterThan(0.95);
  });

  it('that throws makes the fit reject with that very error, whichever call throws', async () => {
    let calls = 0;
    await fitted({ loss: error(() => calls++) }, target);
    const total = calls;
    expect(total).toBeGreaterThan(20);
    const mine = new RangeError('mine');
    for (const failing of [1, 2, 9, 17, 25, total - 1, total]) {
      calls = 0;
      const loss = error(() => {
        if (++calls === failing) throw mine;
      });
      const model = new DeepType({ ...SMALL, loss });
      await expect(model.fit(X, target)).rejects.toBe(mine);
      expect(weightsOf(model).every(allFinite)).toBe(true);
    }
  });

  it('that returns nonsense makes the fit reject with a coded error', async () => {
    const zeros = new Float32Array(64);
    const bad: [unknown, string, RegExp][] = [
      [undefined, 'ERR_INVALID_ARGUMENT', /loss.evaluate: expected an object, received undefined/],
      [Promise.resolve(), 'ERR_INVALID_ARGUMENT', /loss.evaluate: loss: expected a finite number/],
      [{ loss: Number.NaN, gradient: zeros }, 'ERR_INVALID_ARGUMENT', /loss.*received NaN/],
      [{ loss: '1', gradient: zeros }, 'ERR_INVALID_ARGUMENT', /loss.*received '1'/],
      [{ loss: 1, gradient: zeros.subarray(1) }, 'ERR_SHAPE_MISMATCH', /64 values, received 63/],
      [{ loss: 1, gradient: 'no' }, 'ERR_INVALID_ARGUMENT', /gradient.*received 'no'/],
      [
        { loss: 1, gradient: zeros.map((_, k) => (k === 5 ? Number.NaN : 0)) },
        'ERR_INVALID_ARGUMENT',
        /gradient\[5\].*received NaN/,
      ],
    ];
    for (const [result, code, message] of bad) {
      const evaluate = () => result as ReturnType<PrimaryLoss['evaluate']>;
      const model = new DeepType({ ...SMALL, loss: { evaluate } });
      await expect(model.fit(X, target)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      await expect(model.fit(X, target)).rejects.toMatchObject({ code });
    }
  });

  it('may abort, stop or dispose of the fit that calls it, at any call', async () => {
    let calls = 0;
    await fitted({ loss: error(() => calls++) }, target);
    const total = calls;
    for (let at = 1; at <= total; at += 6) {
      const run = async (action: (model: DeepType, controller: AbortController) => void) => {
        calls = 0;
        const controller = new AbortController();
        const model: DeepType = new DeepType({
          ...SMALL,
          loss: error(() => {
            if (++calls === at) action(model, controller);
          }),
        });
        return { model, pending: model.fit(X, target, { signal: controller.signal }) };
      };
      const aborted = await run((_, controller) => controller.abort('enough'));
      await expect(aborted.pending).rejects.toMatchObject({
        code: 'ERR_ABORTED',
        cause: 'enough',
      });
      const disposed = await run((model) => model.dispose());
      await expect(disposed.pending).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      const { model, pending } = await run((m) => m.stop());
      const { stopReason, alphaMax, kktResidual, history } = await pending;
      if (at < total) expect(stopReason).toBe('stopped');
      expect(model.labels.length).toBe(120);
      expect(alphaMax).toBeGreaterThan(0);
      expect(Number.isFinite(kktResidual)).toBe(true);
      expect(history.every(({ total: sum }) => Number.isFinite(sum) && sum > 0)).toBe(true);
    }
  });
});
