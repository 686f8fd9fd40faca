// Asynchronous predictions of a table that is copied in several slices.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { DeepType, Matrix } from '../../src/index.js';

const COLUMNS = 8000;
const ROWS = 600; // three slices of 2^21 values

function table(rows: number, seed: number): Matrix {
  const random = new Random(seed);
  const data = Float32Array.from({ length: rows * COLUMNS }, () => random.next());
  return new Matrix(data, rows, COLUMNS);
}

describe.each([true, false])('a table of several slices, standardize %s', (standardize) => {
  const X = table(ROWS, 1);
  let model: DeepType;
  beforeAll(async () => {
    model = new DeepType({
      clusters: 2,
      hidden: [6, 4],
      standardize,
      pretrain: { epochs: 1 },
      joint: { epochs: 1 },
      settle: { iterations: 0 },
      seed: 0,
    });
    const y = Array.from({ length: 40 }, (_, i) => i % 2);
    await model.fit(table(40, 2), y);
  });
  afterAll(() => model.dispose());

  it('gives the bits of the synchronous calls', async () => {
    const [labels, H, clusters] = await Promise.all([
      model.predictAsync(X),
      model.transformAsync(X),
      model.assignAsync(X),
    ]);
    expect(labels).toEqual(model.predict(X));
    expect(H).toEqual(model.transform(X));
    expect(clusters).toEqual(model.assign(X));
  });

  it('takes float64 and shared memory', async () => {
    const wide = { data: Float64Array.from(X.data), rows: ROWS, columns: COLUMNS };
    expect(await model.transformAsync(wide)).toEqual(model.transform(wide));
    const shared = new Float32Array(new SharedArrayBuffer(X.data.byteLength));
    shared.set(X.data);
    expect(await model.transformAsync(new Matrix(shared, ROWS, COLUMNS))).toEqual(
      model.transform(X),
    );
  });

  it('names a value of the last slice that is not finite', async () => {
    const data = X.data.slice();
    data[(ROWS - 1) * COLUMNS + 7] = Number.NaN;
    const bad = new Matrix(data, ROWS, COLUMNS);
    await expect(model.predictAsync(bad)).rejects.toMatchObject({
      code: 'ERR_NON_FINITE_INPUT',
      message: expect.stringContaining(`row ${ROWS - 1}, column 7`),
    });
  });

  it('ends when the model is disposed of meanwhile, and refuses other weights', async () => {
    const running = model.predictAsync(X);
    expect(() => model.network.load(model.network.parameters())).toThrow(
      expect.objectContaining({ code: 'ERR_BUSY' }),
    );
    await running;
    const copy = DeepType.fromBytes(model.toBytes());
    const calls = [copy.predictAsync(X), copy.transformAsync(X), copy.assignAsync(X)];
    copy.dispose();
    await expect(copy.predictAsync(X)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(await Promise.all(calls)).toEqual([
      model.predict(X),
      model.transform(X),
      model.assign(X),
    ]);
  });
});
