// What a caller does to his tables and to the model once `fit` has returned a promise, or within its getters.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { DeepType, DeepTypeError, type FitOptions, Matrix } from '../../src/index.js';

const random = new Random(5);
const OPTIONS = {
  clusters: 2,
  hidden: [6, 4],
  pretrain: { epochs: 2 },
  joint: { epochs: 1 },
  settle: { iterations: 0 },
  standardize: false,
  seed: 0,
};
const table = (rows: number, columns: number): Matrix =>
  new Matrix(
    Float32Array.from({ length: rows * columns }, () => random.uniform()),
    rows,
    columns,
  );
const labels = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i % 2);
const codeOf = (error: unknown): unknown => error instanceof DeepTypeError && error.code;

const path = join(tmpdir(), `deeptype-handover-${process.pid}`);
afterAll(() => rmSync(path, { force: true }));

describe('a table that is not large', () => {
  it('is taken in before fit returns: rows of numbers', async () => {
    const rows = table(600, 1000).toArray();
    const model = new DeepType(OPTIONS);
    const fitted = model.fit(rows, labels(600));
    for (const row of rows) row.fill(Number.NaN);
    expect((await fitted).stopReason).toBe('epochs');
  });

  it('is a copy where a large one is waited for', async () => {
    const [X, y] = [table(40, 2000), labels(40)];
    const held = { data: Float64Array.from(table(1100, 2000).data), rows: 1100, columns: 2000 };
    const options = { ...OPTIONS, validation: { X: held, y: labels(1100) } };
    const history = async (change: boolean) => {
      const given = new Matrix(X.data.slice(), X.rows, X.columns);
      const fitted = new DeepType(options).fit(given, y);
      if (change) given.data.fill(0);
      return (await fitted).history;
    };
    expect(await history(true)).toEqual(await history(false));
  });

  it('is what its checkpoint is of, values to learn included', async () => {
    const X = table(600, 700);
    const values = table(600, 1);
    const given = new Matrix(values.data.slice(), 600, 1);
    const options = { ...OPTIONS, loss: 'mse' } as const;
    const fitted = new DeepType(options).fit(X, given, { checkpoint: { path, everySeconds: 0 } });
    given.data.fill(9);
    await fitted;
    const resumed = await DeepType.resume(path, X, values);
    expect(resumed.result.steps).toBe((await fitted).steps);
  });
});

describe('a getter', () => {
  it('of the table that disposes of the model ends the fit', async () => {
    const model = new DeepType(OPTIONS);
    const disposing = (): number => {
      model.dispose();
      return random.uniform();
    };
    const X = { rows: 20, columns: 3, get: disposing };
    await expect(model.fit(X, labels(20))).rejects.toSatisfy((e) => codeOf(e) === 'ERR_ABORTED');
  });

  it('of the options that begins another fit makes this one refused', async () => {
    const model = new DeepType(OPTIONS);
    const [X, y] = [table(20, 3), labels(20)];
    let inner: Promise<unknown> | undefined;
    const options: FitOptions = {
      get signal() {
        inner ??= model.fit(X, y);
        return undefined;
      },
    };
    await expect(model.fit(X, y, options)).rejects.toSatisfy((e) => codeOf(e) === 'ERR_BUSY');
    await expect(inner).resolves.toBeDefined();
  });
});
