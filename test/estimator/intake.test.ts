// Fits and silhouettes of tables that are taken in over several turns of the event loop.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { DeepType, Matrix, type MatrixLike, metrics, Scaler } from '../../src/index.js';

const COLUMNS = 8000;
const ROWS = 600; // three slices of 2^21 values
const random = new Random(1);
const X = new Matrix(
  Float32Array.from({ length: ROWS * COLUMNS }, () => random.uniform()),
  ROWS,
  COLUMNS,
);
const y = Array.from({ length: ROWS }, (_, i) => i % 2);
const OPTIONS = {
  clusters: 2,
  hidden: [6, 4],
  pretrain: { epochs: 1 },
  joint: { epochs: 1 },
  settle: { iterations: 0 },
  seed: 0,
};

function shared(data: Float32Array): Matrix {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return new Matrix(copy, ROWS, COLUMNS);
}
const KINDS: Record<string, () => MatrixLike> = {
  float32: () => X,
  'shared memory': () => shared(X.data),
  float64: () => ({ data: Float64Array.from(X.data), rows: ROWS, columns: COLUMNS }),
  rows: () => X.toArray(),
  'get(i, j)': () => ({ rows: ROWS, columns: COLUMNS, get: (i: number, j: number) => X.get(i, j) }),
  'an array': () => ({ data: Array.from(X.data), rows: ROWS, columns: COLUMNS }),
};

/** All that was trained, in bits. */
async function trained(table: MatrixLike, options: object = {}) {
  const model = new DeepType({ ...OPTIONS, ...options });
  await model.fit(table, y);
  const parameters = model.network.parameters().map(({ data }) => data);
  const found = { parameters, labels: model.labels };
  model.dispose();
  return found;
}

describe('a fit of a table of several slices', () => {
  const standardized = trained(new Scaler().fitTransform(X), { standardize: false });

  it.each(Object.keys(KINDS))('trains on what the Scaler makes of it: %s', async (kind) => {
    expect(await trained(KINDS[kind]!())).toEqual(await standardized);
  });

  it('takes it as it is where it is not standardised', async () => {
    const plain = await trained(X, { standardize: false });
    expect(await trained(KINDS.float64!(), { standardize: false })).toEqual(plain);
    expect(plain).not.toEqual(await standardized);
  });

  it('holds out the rows that it would hold out at once', async () => {
    const options = { validation: { fraction: 0.1 }, standardize: false };
    const model = new DeepType({ ...OPTIONS, ...options });
    const { history } = await model.fit(X, y);
    expect(history.every(({ validation }) => Number.isFinite(validation!.total))).toBe(true);
    expect(model.labels).toHaveLength(ROWS);
  });

  it('leaves the table of the caller as it was', async () => {
    const table = shared(X.data);
    await trained(table);
    expect(table.data.every((x, k) => x === X.data[k])).toBe(true);
  });

  it.each(['float32', 'float64', 'rows'])('names a value that is not finite: %s', async (kind) => {
    const data = X.data.slice();
    data[(ROWS - 1) * COLUMNS + 7] = Number.NaN;
    const bad = new Matrix(data, ROWS, COLUMNS);
    const table = { float32: bad, float64: { ...bad, data: Float64Array.from(data) } }[kind];
    await expect(new DeepType(OPTIONS).fit(table ?? bad.toArray(), y)).rejects.toMatchObject({
      code: 'ERR_NON_FINITE_INPUT',
      message: expect.stringContaining(`row ${ROWS - 1}, column 7`),
    });
  });

  it('refuses values beyond float32, standardised or not', async () => {
    const data = Float64Array.from(X.data);
    data[3] = 1e300;
    const far = { data, rows: ROWS, columns: COLUMNS };
    for (const standardize of [true, false]) {
      const fit = new DeepType({ ...OPTIONS, standardize }).fit(far, y);
      await expect(fit).rejects.toMatchObject({ code: 'ERR_NON_FINITE_INPUT' });
    }
  });

  it('is aborted, disposed of, stopped and busy while it is taken in', async () => {
    const controller = new AbortController();
    const aborted = new DeepType(OPTIONS).fit(X, y, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' });

    const model = new DeepType(OPTIONS);
    const disposed = model.fit(X, y);
    await expect(model.fit(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    model.dispose();
    await expect(disposed).rejects.toMatchObject({ code: 'ERR_ABORTED' });

    const other = new DeepType({ ...OPTIONS, pretrain: { epochs: 100_000 } });
    const stopped = other.fit(X, y);
    other.stop();
    expect((await stopped).stopReason).toBe('stopped');
    expect((await new DeepType(OPTIONS).fit(X, y)).stopReason).not.toBe('stopped');
  });

  it('lets timers run while it is taken in', async () => {
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(0), 0);
    await expect(
      new DeepType(OPTIONS).fit(X.toArray(), y.slice(1)), // refused once X is in
    ).rejects.toMatchObject({ code: 'ERR_SHAPE_MISMATCH' });
    clearInterval(timer);
    expect(turns.length).toBeGreaterThan(2);
  });
});

describe('a silhouette of a table of several slices', () => {
  it.each(Object.keys(KINDS))('has the bits of the synchronous call: %s', async (kind) => {
    const options = { sample: 8, seed: 3 };
    const table = KINDS[kind]!();
    expect(await metrics.silhouetteScoreAsync(table, y, options)).toBe(
      metrics.silhouetteScore(table, y, options),
    );
  });

  it('names a value that is not finite', async () => {
    const data = X.data.slice();
    data[(ROWS - 1) * COLUMNS + 7] = Number.POSITIVE_INFINITY;
    const bad = new Matrix(data, ROWS, COLUMNS);
    await expect(metrics.silhouetteSamplesAsync(bad, y)).rejects.toMatchObject({
      code: 'ERR_NON_FINITE_INPUT',
    });
  });
});
