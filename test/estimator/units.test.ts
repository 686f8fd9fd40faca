// A regression does not depend on the units of y.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  Matrix,
  metrics,
  presets,
  type Targets,
} from '../../src/index.js';
import { Ridge } from '../../src/linear/index.js';
import { weightsOf } from './tables.js';

const ROWS = 160;
const { X, y: signal } = datasets.makeRegression({
  samples: ROWS,
  features: 8,
  informative: 3,
  noise: 30,
  seed: 3,
});
/** Of deviation 1 or so. */
const y = Array.from(signal, (v) => v / 100);
const LOSSES = ['mse', 'mae', 'huber'] as const;
const QUICK = {
  clusters: 3,
  hidden: [16, 8],
  pretrain: { epochs: 30 },
  joint: { epochs: 10 },
  optimizer: { learningRate: 0.003 },
  settle: { iterations: 48 },
} satisfies DeepTypeOptions;

async function fitted(options: Partial<DeepTypeOptions>, targets: Targets): Promise<DeepType> {
  const model = new DeepType({ ...QUICK, ...options });
  await model.fit(X, targets);
  return model;
}

const largest = (values: Iterable<number>) =>
  Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const values = (model: DeepType) => Array.from(model.predict(X) as Float32Array);
/** How far predictions of a y + b are from a times those of y, plus b; in units of y. */
const distance = (other: number[], own: number[], a: number, b: number) =>
  largest(other.map((p, i) => (p - b) / a - own[i]!));

describe.each(LOSSES)('%s of a y + b', (loss) => {
  const maps = [
    ...[1e-9, 1e-4, 0.03, 1e5, 1e9, -1, -1e-4, -1e5].map((a) => [a, 0] as const),
    ...[10, -1000, 1e6].map((b) => [1, b] as const),
    ...[
      [1e5, 2e5],
      [1e-3, 1000],
      [-1e-9, 1e-3],
      [-1e5, 1e11],
    ].map(([a, b]) => [a!, b!] as const),
  ];

  it('is the same model, in other units, whatever a and b', async () => {
    const one = await fitted({ loss }, y);
    expect(one.score(X, y)).toBeGreaterThan(0.85);
    for (const [a, b] of maps) {
      const mapped = y.map((v) => a * v + b);
      const other = await fitted({ loss }, mapped);
      const what = `${a} y + ${b}`;
      expect(other.selectedFeatures, what).toEqual(one.selectedFeatures);
      expect(other.labels, what).toEqual(one.labels);
      const norms = other.featureImportances.map((norm, j) => norm - one.featureImportances[j]!);
      expect(largest(norms), what).toBeLessThan(1e-2);
      expect(other.score(X, mapped), what).toBeCloseTo(one.score(X, y), 2);
      const rounding = Math.abs(b / a) * 2 ** -23; // of predictions to float32
      const off = distance(values(other), values(one), a, b);
      expect(off, what).toBeLessThan(2e-2 + rounding);
      other.dispose();
    }
  });

  it('is the same to the bit for a power of two or minus one, and b 0', async () => {
    const one = await fitted({ loss }, y);
    for (const a of [-1, 2 ** -40, -(2 ** 17)]) {
      const other = await fitted(
        { loss },
        y.map((v) => a * v),
      );
      expect(weightsOf(other)).toEqual(weightsOf(one));
      expect(other.history).toEqual(one.history);
      expect(values(other)).toEqual(values(one).map((p) => a * p));
    }
  });

  it('is the model of targets standardised by hand, undone in float64', async () => {
    const mapped = y.map((v) => 20 - 300 * v);
    const model = await fitted({ loss }, mapped);
    const { location, scale } = model.targetScaling!;
    const standardised = mapped.map((v) => (v - location[0]!) / scale[0]!);
    const byHand = await fitted({ loss, standardizeTargets: false }, standardised);
    expect(byHand.targetScaling).toBeUndefined();
    expect(weightsOf(byHand)).toEqual(weightsOf(model));
    expect([byHand.alpha, byHand.kktResidual]).toEqual([model.alpha, model.kktResidual]);
    expect(values(model)).toEqual(
      values(byHand).map((z) => Math.fround(location[0]! + scale[0]! * z)),
    );
    expect(await model.predictAsync(X)).toEqual(model.predict(X));
    const out = new Float32Array(ROWS);
    expect(model.predict(X, { out })).toBe(out);
    expect(Array.from(out)).toEqual(values(model));
  });

  it('takes y in float64, in whatever form it comes', async () => {
    const mapped = y.map((v) => 1e6 + 1e-3 * v); // float32 would leave nothing of it
    const column = { rows: ROWS, columns: 1 };
    const forms: Targets[] = [
      Float64Array.from(mapped),
      mapped.map((v) => [v]),
      { ...column, data: Float64Array.from(mapped) },
      { ...column, data: mapped },
      { ...column, get: (i: number) => mapped[i]! },
    ];
    const one = await fitted({ loss }, mapped);
    expect(one.score(X, mapped)).toBeGreaterThan(0.85);
    expect(largest(values(one).map((p) => p - 1e6))).toBeLessThan(0.1);
    for (const form of forms)
      expect(weightsOf(await fitted({ loss }, form))).toEqual(weightsOf(one));
  });

  it('has a location and a scale for each output', async () => {
    const noise = new Random(1);
    const rows = y.map((v) => [v, 1000 + 1e-2 * v, -1e-7 * v, 42, 1e9 * noise.normal()]);
    const model = await fitted({ loss }, rows);
    expect(model.targetScaling!.scale[3]).toBe(0);
    const predicted = new Matrix(model.predict(X) as Float32Array, ROWS, 5).toArray();
    for (const j of [0, 1, 2]) {
      const truth = rows.map((row) => row[j]!);
      const own = predicted.map((row) => row[j]!);
      expect(metrics.rSquared(truth, own), `column ${j}`).toBeGreaterThan(0.7);
    }
    expect(predicted.every((row) => row[3] === 42)).toBe(true);
    expect(Array.from(model.selectedFeatures)).toEqual(expect.arrayContaining([...informative(y)]));
  });

  it('gives a constant back exactly', async () => {
    const model = await fitted(
      { loss },
      y.map(() => 0.1),
    );
    expect(values(model)).toEqual(y.map(() => Math.fround(0.1)));
    expect(
      model.score(
        X,
        y.map(() => 0.1),
      ),
    ).toBe(1);
    expect(Number.isFinite(model.kktResidual)).toBe(true);
    await expect(model.fit(X, y, { warmStart: true })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('fit without warmStart'),
    });
    await model.fit(
      X,
      y.map(() => 0.1),
      { warmStart: true },
    );
    await model.fit(X, y);
    expect(model.score(X, y)).toBeGreaterThan(0.85);
  });
});

/** The columns that y correlates with at all. */
function informative(target: readonly number[]): number[] {
  const correlation = (j: number) =>
    Math.abs(target.reduce((sum, v, i) => sum + v * X.get(i, j), 0)) / ROWS;
  return Array.from({ length: 8 }, (_, j) => j).filter((j) => correlation(j) > 0.25);
}

describe('standardised targets', () => {
  it('reach the R2 of least squares where the truth is linear, in any units', async () => {
    const { X: T, y: t } = datasets.makeRegression({
      samples: 200,
      features: 5,
      informative: 5,
      noise: 50,
      seed: 8,
    });
    for (const [a, b] of [
      [1, 0],
      [1e-6, 1e-3],
      [-1e7, 1e9],
    ] as const) {
      const target = Array.from(t, (v) => a * v + b);
      const ols = new Ridge({ alpha: 1e-9 }).fit(T, target).score(T, target);
      const model = new DeepType({
        ...QUICK,
        loss: 'mse',
        activation: 'identity',
        sparsity: { weight: 0 },
        distance: { weight: 0 },
        weightDecay: 0,
        joint: { epochs: 300 },
      });
      await model.fit(T, target);
      expect(Math.abs(model.score(T, target) - ols)).toBeLessThan(1e-3);
    }
  });

  it('bring rows of weight 0 and a tenth of gross outliers no harm', async () => {
    const sampleWeight = y.map((_, i) => (i % 5 === 0 ? 0 : 1));
    const filled = y.map((v, i) => (i % 5 === 0 ? -9999 : v));
    for (const loss of LOSSES) {
      const model = new DeepType({ ...QUICK, loss });
      await model.fit(X, filled, { sampleWeight });
      expect(model.score(X, y), loss).toBeGreaterThan(0.85);
    }
    const spoilt = y.map((v, i) => (i % 10 === 0 ? 1e6 : v));
    for (const loss of ['mae', 'huber'] as const) {
      const { scale } = (await fitted({ loss }, spoilt)).targetScaling!;
      const clean = (await fitted({ loss }, y)).targetScaling!.scale;
      expect(Math.abs(scale[0]! / clean[0]!)).toBeLessThan(1.4);
    }
  });

  it('come from the rows that are trained on, and hold for those held out', async () => {
    const heldOut = (model: DeepType) => model.history.map(({ validation }) => validation!.total);
    const validation = { fraction: 0.25, patience: 100 };
    const drawn = await fitted({ loss: 'mse', validation }, y);
    const mapped = await fitted(
      { loss: 'mse', validation },
      y.map((v) => 1024 * v),
    );
    expect(heldOut(mapped)).toEqual(heldOut(drawn));
    // Outliers among the rows held out change nothing of what is learned.
    const [training, others] = [y.slice(0, 120), y.slice(120).map((v) => v + 1e6)];
    const part = (from: number, to: number) =>
      new Matrix(X.data.slice(from * 8, to * 8), to - from, 8);
    const given = new DeepType({
      ...QUICK,
      loss: 'mse',
      validation: { X: part(120, ROWS), y: others, patience: 100, restoreBest: false },
    });
    await given.fit(part(0, 120), training);
    const alone = new DeepType({ ...QUICK, loss: 'mse' });
    await alone.fit(part(0, 120), training);
    expect(given.targetScaling).toEqual(alone.targetScaling);
    // The loss of the rows held out is that of the network on targets standardised likewise.
    const { scale } = given.targetScaling!;
    const last = given.history.at(-1)!.validation!.primary;
    const expected =
      others.reduce((sum, v, i) => {
        const p = (given.predict(part(120, ROWS)) as Float32Array)[i]!;
        return sum + ((v - p) / scale[0]!) ** 2;
      }, 0) / 40;
    expect(last / expected).toBeCloseTo(1, 3);
  });

  it('leave other losses, the presets and a loss of the caller as they were', async () => {
    const classes = y.map((v) => (v > 0 ? 1 : 0));
    const shares = Float32Array.from(y, (v) => 1 / (1 + Math.exp(-v)));
    const survival = { time: y.map((v) => Math.exp(v)), event: y.map(() => 1) };
    const mine: DeepTypeOptions['loss'] = {
      evaluate(outputs, targets) {
        const { data } = targets as Matrix;
        const gradient = outputs.data.map((o, k) => (2 * (o - data[k]!)) / data.length);
        return {
          loss: outputs.data.reduce((s, o, k) => s + (o - data[k]!) ** 2, 0) / data.length,
          gradient,
        };
      },
    };
    for (const [loss, targets] of [
      ['cross-entropy', classes],
      ['bce', classes],
      ['bce', shares],
      ['cox', survival],
      [mine, y],
    ] as const) {
      const [on, off] = [
        await fitted({ loss }, targets),
        await fitted({ loss, standardizeTargets: false }, targets),
      ];
      expect(weightsOf(on)).toEqual(weightsOf(off));
      expect(on.targetScaling).toBeUndefined();
    }
    for (const preset of [presets.torchDeeptype, presets.chen2020]) {
      const model = new DeepType({
        ...preset,
        clusters: 2,
        loss: 'mse',
        hidden: [4],
        pretrain: { epochs: 1 },
        joint: { epochs: 1 },
      });
      await model.fit(X, y);
      expect(model.targetScaling).toBeUndefined();
    }
  });

  it('are those of the base loss under pairs', async () => {
    const rows = y.map((v) => [v, -v]);
    const pairs = [{ i: 0, j: 1 }];
    const loss = { name: 'knowledge-graph', base: 'mse', pairs, weight: 0.1 } as const;
    const one = await fitted({ loss }, rows);
    const other = await fitted(
      { loss },
      rows.map((row) => row.map((v) => 2 ** 20 * v)),
    );
    expect(weightsOf(other)).toEqual(weightsOf(one));
  });

  it('stay those of the first fit in a warm start', async () => {
    const model = await fitted({ loss: 'mse' }, y);
    const before = model.targetScaling;
    const predicted = values(model);
    await model.fit(
      X,
      y.map((v) => 5 * v + 100),
      { warmStart: true },
    );
    expect(model.targetScaling).toEqual(before);
    expect(distance(values(model), predicted, 5, 100)).toBeLessThan(10);
    await model.fit(
      X,
      y.map((v) => 5 * v + 100),
    );
    expect(model.targetScaling).not.toEqual(before);
  });

  it('are told in a copy', async () => {
    const model = await fitted({ loss: 'mse' }, y);
    const predicted = values(model);
    model.targetScaling!.scale.fill(7);
    expect(values(model)).toEqual(predicted);
  });
});
