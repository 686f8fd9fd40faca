// What the numbers of a table resolve is kept: columns in any unit, with any offset, down to
// differences in the last bit, and subnormal numbers. The references are exact: all values are integers times
// powers of two, so that mean, deviation and standardised values have closed forms.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { Matrix } from '../../src/data/matrix.js';
import {
  DeepType,
  type DeepTypeOptions,
  KMeans,
  type MatrixLike,
  metrics,
  prox,
  Scaler,
  selection,
} from '../../src/index.js';

/** Of integers k: mean, population deviation, and (k - mean) / deviation. */
function exactly(k: readonly number[]) {
  const n = k.length;
  const sum = k.reduce((a, b) => a + b, 0);
  const mean = sum / n;
  // n k - sum is an integer: nothing is rounded before the root.
  const squares = k.reduce((total, v) => total + (n * v - sum) ** 2, 0);
  const deviation = Math.sqrt(squares / n) / n;
  return { mean, deviation, z: k.map((v) => (n * v - sum) / n / deviation) };
}

function expectStandardised(table: MatrixLike, k: readonly number[], unit: number): Scaler {
  const { deviation, z } = exactly(k);
  const scaler = new Scaler().fit(table);
  expect(Math.abs(scaler.scale[0]! / (deviation * unit) - 1)).toBeLessThan(1e-14);
  const error = Array.from(scaler.transform(table).data, (v, i) => Math.abs(v - z[i]!));
  expect(Math.max(...error)).toBeLessThan(3e-7); // float32 holds z up to 4 within 2.4e-7
  return scaler;
}

const K = [0, 3, 1, 1, 2, 7, 0, 5, 4, 9, 6, 2];
const column = (values: ArrayLike<number>, Type: typeof Float32Array | typeof Float64Array) => ({
  data: Type.from(values),
  rows: values.length,
  columns: 1,
});
const ONES = Array.from({ length: 64 }, (_, i) => i % 7);

describe('Scaler', () => {
  it.each([-149, -140, -130, -100, -30, 0, 30, 100, 124])(
    'takes float32 columns in units of 2^%i',
    (e) => {
      const values = K.map((k) => k * 2 ** e);
      const scaler = expectStandardised(column(values, Float32Array), K, 2 ** e);
      expectStandardised(Matrix.from(values.map((v) => [v])), K, 2 ** e);
      expect(scaler.mean[0]).toBe(exactly(K).mean * 2 ** e);
    },
  );

  it.each([-1074, -1050, -1000, -600, -450, -30, 0, 30, 400])(
    'takes float64 columns in units of 2^%i',
    (e) => {
      const values = K.map((k) => k * 2 ** e);
      // The deviation itself is subnormal below 2^-1022 and has fewer digits.
      const scaler = new Scaler().fit(values.map((v) => [v]));
      const { deviation, z } = exactly(K);
      const resolved = Math.max(1e-14, 2 ** (-1074 - e));
      expect(Math.abs(scaler.scale[0]! / (deviation * 2 ** e) - 1)).toBeLessThan(resolved);
      scaler.transform(column(values, Float64Array)).data.forEach((v, i) => {
        expect(Math.abs(v - z[i]!)).toBeLessThan(Math.max(3e-7, 4 * resolved));
      });
    },
  );

  it.each([10, 1e3, 1e6, 1e9, 2 ** 40, 2 ** 49])(
    'takes offsets of %d units in float64',
    (offset) => {
      for (const sign of [1, -1]) {
        const values = K.map((k) => sign * offset + k);
        expectStandardised(column(values, Float64Array), K, 1);
        expectStandardised(
          values.map((v) => [v]),
          K,
          1,
        );
      }
    },
  );

  it.each([10, 1e3, 1e6, 2 ** 23 - 16, 1e7 - 4])(
    'takes offsets of %d units in float32',
    (offset) => {
      const values = K.map((k) => offset + k);
      expectStandardised(column(values, Float32Array), K, 1);
      expectStandardised(Matrix.from(values.map((v) => [v])), K, 1);
    },
  );

  // sklearn 1.9.1: StandardScaler().fit(float32 array).scale_
  it.each([
    ['identifiers', [16777214, 16777216, 16777214, 16777216], 1],
    ['integers', [8388607, 8388608, 8388607, 8388608], 0.5],
    ['seconds since 1970', [1700000000, 1700000128, 1700000256, 1700000384], 143.10835056],
    ['positions on a chromosome', [133333336, 133333344, 133333352, 133333360], 8.94427191],
  ] as const)('has the scale of scikit-learn for %s in float32', (_, values, scale) => {
    expect(new Scaler().fit(column(values, Float32Array)).scale[0]).toBeCloseTo(scale, 7);
  });

  it('keeps the mean of nanoseconds since 1970 to more digits than float64 has', () => {
    const unit = 256; // what float64 resolves at 1.7e18
    const values = K.map((k) => 1.7e18 + k * unit);
    const scaler = expectStandardised(column(values, Float64Array), K, unit);
    const { mean } = exactly(K);
    expect(scaler.mean[0]! - 1.7e18 + scaler.remainder[0]!).toBeCloseTo(mean * unit, 9);
    expect(Math.abs(scaler.remainder[0]!)).toBeGreaterThan(0);
    const again = Scaler.fromJSON(JSON.parse(JSON.stringify(scaler)));
    expect(again.transform(column(values, Float64Array))).toEqual(
      scaler.transform(column(values, Float64Array)),
    );
    // Ordinary columns have none, and are written as before.
    expect(new Scaler().fit([[1], [3]]).toJSON()).toEqual({ mean: [2], scale: [1] });
  });

  it('calls a column constant where all its values are equal, and only there', () => {
    for (const [Type, value, next] of [
      [Float32Array, 1e7, 1e7 + 1],
      [Float32Array, 0, 2 ** -149],
      [Float32Array, -3e38, -3e38 * (1 + 2 ** -23)],
      [Float64Array, 1e9, 1e9 + 2 ** -23],
      [Float64Array, 0.1, 0.1 + 2 ** -56],
      [Float64Array, 0, 5e-324],
    ] as const) {
      const same = new Array<number>(ONES.length).fill(value);
      const constant = new Scaler().fit(column(same, Type));
      expect([...constant.scale, ...constant.remainder]).toEqual([0, 0]);
      expect([...constant.transform(column(same, Type)).data].every((z) => z === 0)).toBe(true);
      for (const at of [0, 31, ONES.length - 1]) {
        const table = column(same.with(at, next), Type);
        const scaler = new Scaler().fit(table);
        expect(scaler.scale[0]).toBeGreaterThan(0);
        // One of n: sqrt(n - 1) from the mean in deviations. 5e-324 has but one digit.
        if (next === 5e-324) continue;
        const z = scaler.transform(table).data[at]!;
        expect(Math.abs(z)).toBeCloseTo(Math.sqrt(ONES.length - 1), 5);
      }
    }
  });
});

/** Rows of three kinds, which the first column alone tells. */
function threeKinds(offset: number, step: number): { rows: number[][]; y: number[] } {
  const random = new Random(5);
  const y = Array.from({ length: 120 }, (_, i) => i % 3);
  return { rows: y.map((k) => [offset + step * k, random.normal(), random.normal()]), y };
}

const QUICK: DeepTypeOptions = { clusters: 3, hidden: [16, 8], pretrain: { epochs: 60 } };

async function onnxOf(model: DeepType, table: Matrix) {
  const options = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;
  const session = await InferenceSession.create(model.toONNX(), options);
  const input = new Tensor('float32', table.data, [table.rows, table.columns]);
  const { output, representation } = await session.run({ input });
  await session.release();
  return [output!.data, representation!.data] as Float32Array[];
}

const farthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

describe('DeepType', () => {
  it.each([
    ['a position on a chromosome, float32', 133333336, 8, true],
    ['1e7 deviations from 0, float32', 1e7, 1, true],
    ['subnormal, float32', 0, 1e-40, true],
    ['1e-38, float32', 1e-38, 1e-38, true],
    ['1e9 + 2e-6 k, float64', 1e9, 2e-6, false],
    ['nanoseconds since 1970, float64', 1.7e18, 256, false],
    ['1e-300, float64', 1e-300, 1e-300, false],
  ])('learns from a column of %s', async (_, offset, step, isSingle) => {
    const { rows, y } = threeKinds(offset, step);
    const X = isSingle ? Matrix.from(rows) : rows;
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    expect(model.score(X, y)).toBeGreaterThan(0.95);
    expect([...model.selectedFeatures]).toContain(0);
    const probabilities = model.predictProba(X);
    const loaded = DeepType.fromBytes(model.toBytes());
    expect(loaded.predictProba(X)).toEqual(probabilities);
    expect(await model.transformAsync(X)).toEqual(model.transform(X));
    if (!isSingle) return;
    const [output, representation] = await onnxOf(model, X as Matrix);
    expect(farthest(output!, probabilities.data)).toBeLessThan(1e-5);
    expect(farthest(representation!, model.transform(X).data)).toBeLessThan(1e-5);
  });

  it.each([1e-30, 1e-36, 1e-38, 1e-40])(
    'gives the same from columns times %d as ONNX',
    async (unit) => {
      const random = new Random(3);
      const y = Int32Array.from({ length: 90 }, (_, i) => i % 3);
      const rows = Array.from(y, (k) =>
        [k, k, 0, 0].map((centre) => (0.3 * random.normal() + centre) * unit),
      );
      const table = Matrix.from(rows);
      const model = new DeepType(QUICK);
      await model.fit(table, y);
      expect(model.selectedFeatures.length).toBeGreaterThan(0);
      const [output, representation] = await onnxOf(model, table);
      expect(farthest(output!, model.predictProba(table).data)).toBeLessThan(1e-5);
      expect(farthest(representation!, model.transform(table).data)).toBeLessThan(1e-5);
    },
  );

  it('fills gaps in selection without losing what float64 resolves', async () => {
    const { rows, y } = threeKinds(1e9, 2 ** -20);
    rows[7]![1] = Number.NaN;
    const settings = { folds: 3, impute: 'median', seed: 1 } as const;
    const { best } = await selection.crossValidate(rows, y, QUICK, { beta: [0] }, settings);
    expect(best.error).toBeLessThan(0.1);
  });
});

describe('tables of tiny numbers', () => {
  const random = new Random(8);
  const points = Array.from({ length: 80 }, (_, i) =>
    [4 * (i % 2), 3 * (i % 2), 0].map((centre) => Math.round(64 * (centre + random.normal()))),
  );
  const truth = points.map((_, i) => i % 2);
  const times = (unit: number) => points.map((row) => row.map((v) => v * unit));

  it.each([
    ['float32', 2 ** -149, true],
    ['float32', 2 ** -135, true],
    ['float64', 2 ** -600, false],
    ['float64', 2 ** -1060, false],
  ] as const)('cluster as any others: %s in units of %d', (_, unit, isSingle) => {
    const table = isSingle ? Matrix.from(times(unit)) : times(unit);
    const options = { clusters: 2, seed: 1 };
    const plain = isSingle ? Matrix.from(points) : points;
    const [tiny, usual] = [new KMeans(options).fit(table), new KMeans(options).fit(plain)];
    expect(tiny.labels).toEqual(usual.labels);
    expect(tiny.predict(table)).toEqual(usual.predict(plain));
    expect(metrics.silhouetteScore(table, truth)).toBe(metrics.silhouetteScore(points, truth));
    const { silhouetteSamples } = metrics;
    expect(silhouetteSamples(table, truth)).toEqual(silhouetteSamples(points, truth));
  });

  it('go through proximal operators unharmed', () => {
    const tiny = Float32Array.of(1e-40, -3e-40, 0);
    expect(prox.l1(tiny, 0)).toEqual(tiny);
    expect(prox.l1(tiny, tiny[0]!)[1]).toBe(Math.fround(tiny[1]! + tiny[0]!));
  });
});
