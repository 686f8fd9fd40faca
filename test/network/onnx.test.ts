// ONNX files against the models they came from, computed by onnxruntime.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, Matrix, Network, type Targets } from '../../src/index.js';
import { ACTIVATION_NAMES } from '../../src/network/activations.js';
import { messageOf } from '../common/coded.js';
import { fitted, SMALL, X, y } from '../estimator/tables.js';

const TOLERANCE = 1e-5;

async function run(onnx: Uint8Array, x: Matrix) {
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const input = new Tensor('float32', x.data, [x.rows, x.columns]);
  const results = await session.run({ input });
  await session.release();
  return results;
}

function expectClose(tensor: Tensor | undefined, expected: Matrix): void {
  expect(tensor!.dims).toEqual([expected.rows, expected.columns]);
  const data = tensor!.data as Float32Array;
  const most = data.reduce((max, v, i) => Math.max(max, Math.abs(v - expected.data[i]!)), 0);
  expect(most).toBeLessThanOrEqual(TOLERANCE);
}

const valuesOf = (model: DeepType): Matrix => {
  const data = model.predict(X) as Float32Array;
  return new Matrix(data, X.rows, data.length / X.rows);
};

const halves = Array.from(y, (k) => (k > 0 ? 'yes' : 'no'));
const values = Float64Array.from(y, (k, i) => Math.sin(i) + k);
const shares = {
  data: Float32Array.from({ length: 240 }, (_, i) => (i % 5) / 4),
  rows: 120,
  columns: 2,
};
const evaluate: DeepTypeOptions['loss'] = {
  targets: 'classes',
  outputs: 4,
  evaluate: (outputs) => ({ loss: 0, gradient: new Float32Array(outputs.data.length) }),
};

/** Loss, targets, and what 'output' must be. */
const losses: [string, DeepTypeOptions['loss'], Targets, (model: DeepType) => Matrix][] = [
  ['cross-entropy', 'cross-entropy', y, (model) => model.predictProba(X)],
  ['bce of classes', 'bce', halves, (model) => model.predictProba(X)],
  ['bce of values', 'bce', shares, (model) => model.predictProba(X)],
  ['mse', 'mse', values, valuesOf],
  ['mae', 'mae', shares, valuesOf],
  ['huber', 'huber', values, valuesOf],
  ['cox', 'cox', { time: values.map(Math.abs), event: y.map((k) => (k > 0 ? 1 : 0)) }, valuesOf],
  ["a caller's", evaluate, y, (model) => model.predictProba(X)],
];

describe.each(ACTIVATION_NAMES)('%s', (activation) => {
  it.each(losses)('%s: outputs, representation and clusters', async (_, loss, targets, truth) => {
    const model = await fitted({ activation, loss: loss! }, targets);
    const { output, representation, cluster } = await run(model.toONNX(), X);
    expectClose(output, truth(model));
    expectClose(representation, model.transform(X));
    expect(cluster!.type).toBe('int64');
    expect(cluster!.dims).toEqual([X.rows]);
    expect(Array.from(cluster!.data as BigInt64Array, Number)).toEqual(Array.from(model.assign(X)));
    model.dispose();
  });
});

describe('the scaler', () => {
  /** Columns far from 0, of other units, very large and very small, and one that is constant. */
  const table = Float64Array.from(X.data);
  for (let i = 0; i < X.rows; i++) {
    table[i * X.columns] = Math.fround(table[i * X.columns]! + 1e6);
    table[i * X.columns + 1]! *= 1e9;
    table[i * X.columns + 2] = Math.fround(table[i * X.columns + 2]! * 1e-30);
    table[i * X.columns + 3] = 3.25;
  }
  const wild = Matrix.from({ data: table, rows: X.rows, columns: X.columns });

  it.each([true, false])('standardize: %s', async (standardize) => {
    const x = standardize ? wild : X;
    const model = new DeepType({ ...SMALL, standardize });
    await model.fit(x, y);
    const { output, representation, cluster } = await run(model.toONNX(), x);
    expectClose(output, model.predictProba(x));
    expectClose(representation, model.transform(x));
    expect(Array.from(cluster!.data as BigInt64Array, Number)).toEqual(Array.from(model.assign(x)));
  });
});

it('takes any number of rows', async () => {
  const model = await fitted();
  const onnx = model.toONNX();
  for (const rows of [1, 7]) {
    const x = new Matrix(X.data.slice(0, rows * X.columns), rows, X.columns);
    expectClose((await run(onnx, x)).representation, model.transform(x));
  }
});

it('gives ties to the lowest index, as assign does', async () => {
  // Centroid 2 is centroid 1, and 3 lies opposite to 1: every zero representation is a tie of all.
  const clusterer: DeepTypeOptions['clusterer'] = ({ rows, columns }) => ({
    labels: Int32Array.from({ length: rows }, (_, i) => i % 3),
    centroids: Matrix.from([1, 1, -1].map((s) => new Array<number>(columns).fill(s))),
  });
  const joint = { epochs: 0, restart: 'none' as const };
  const model = new DeepType({
    ...SMALL,
    clusterer,
    joint,
    activation: 'identity',
    standardize: false,
  });
  await model.fit(X, y);
  const parameters = model.network.parameters();
  for (const { name, data } of parameters) if (name.endsWith('bias')) data.fill(0);
  model.network.load(parameters);
  const x = new Matrix(new Float32Array(3 * X.columns), 3, X.columns);
  x.data.set(X.row(0), X.columns);
  const { cluster } = await run(model.toONNX(), x);
  expect(model.assign(x)[0]).toBe(0);
  expect(Array.from(cluster!.data as BigInt64Array, Number)).toEqual(Array.from(model.assign(x)));
});

it('exports a bare network', async () => {
  const network = new Network({ inputs: X.columns, hidden: [6], outputs: 3, activation: 'gelu' });
  const results = await run(network.toONNX(), X);
  expect(Object.keys(results).sort()).toEqual(['output', 'representation']);
  expectClose(results.output, network.forward(X));
  expectClose(results.representation, network.representation(X));
});

it('is refused before fit, and after dispose', () => {
  const model = new DeepType(SMALL);
  messageOf(() => model.toONNX(), 'ERR_NOT_FITTED');
  model.dispose();
  messageOf(() => model.toONNX(), 'ERR_DISPOSED');
});
