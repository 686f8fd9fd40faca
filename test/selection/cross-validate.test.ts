import { afterEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../src/common/random.js';
import { DeepType, datasets, Matrix, metrics, Scaler, selection } from '../../src/index.js';
import { QUICK, X, y } from './tables.js';

const GRID = { relativeWeight: [0.05, 0.5], beta: [0, 0.5] };
const { crossValidate } = selection;

const rowsAt = (rows: readonly number[]): number[][] => rows.map((i) => Array.from(X.row(i)));

/** X with column j replaced. */
function withColumn(values: ArrayLike<number>): Matrix {
  const rows = Array.from({ length: X.rows }, (_, i) => [...X.row(i), values[i]!]);
  return Matrix.from(rows);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('crossValidate', () => {
  it('gives the errors of folds fitted one after the other by hand', async () => {
    const { table } = await crossValidate(X, y, QUICK, { relativeWeight: [0.1] }, { folds: 3 });
    const foldOf = datasets.stratifiedFolds(y, 3);
    const all = [...foldOf.keys()];
    const errors = [];
    for (let fold = 0; fold < 3; fold++) {
      const train = all.filter((i) => foldOf[i] !== fold);
      const test = all.filter((i) => foldOf[i] === fold);
      const model = new DeepType({ ...QUICK, sparsity: { relativeWeight: 0.1 } });
      await model.fit(
        rowsAt(train),
        train.map((i) => y[i]!),
      );
      const truth = test.map((i) => y[i]!);
      errors.push(1 - metrics.accuracy(truth, model.predict(rowsAt(test)) as Int32Array));
      model.dispose();
    }
    expect(table[0]!.foldErrors).toEqual(errors);
    const mean = errors.reduce((a, b) => a + b) / 3;
    const deviation = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / 2);
    expect(table[0]!.error).toBeCloseTo(mean, 12);
    expect(table[0]!.standardError).toBeCloseTo(deviation / Math.sqrt(3), 12);
  });

  it('gives the same table whatever the number of threads, one row a combination', async () => {
    const run = (threads: number) => crossValidate(X, y, { ...QUICK, threads }, GRID, { folds: 3 });
    const one = await run(1);
    expect(await run(3)).toEqual({ ...one, best: { ...one.best, options: expect.anything() } });
    expect(one.table.map(({ parameters }) => parameters)).toEqual([
      { relativeWeight: 0.05, beta: 0 },
      { relativeWeight: 0.05, beta: 0.5 },
      { relativeWeight: 0.5, beta: 0 },
      { relativeWeight: 0.5, beta: 0.5 },
    ]);
    for (const { foldErrors, features, agreement } of one.table) {
      expect(foldErrors.length).toBe(3);
      expect(features).toBeGreaterThan(0);
      expect(features).toBeLessThanOrEqual(8);
      expect(agreement).toBeGreaterThan(0);
      expect(agreement).toBeLessThanOrEqual(1);
    }
    const { relativeWeight, beta } = one.best.parameters;
    expect(one.best.options).toMatchObject({
      sparsity: { relativeWeight },
      distance: { weight: beta },
    });
  });

  it('varies any option of the estimator', async () => {
    const grid = { hidden: [[4], [8, 4]], loss: ['cross-entropy' as const] };
    const { table, best } = await crossValidate(X, y, QUICK, grid, { folds: 2, rule: 'best' });
    expect(table.map(({ parameters }) => parameters.hidden)).toEqual([[4], [8, 4]]);
    expect(best.options.hidden).toEqual(best.parameters.hidden);
  });

  it('does not leak: a column of permuted labels, scaled on all rows or not, gives the same errors', async () => {
    const permuted = new Random(5).shuffle(Int32Array.from(y));
    const scale = new Scaler().fit(Matrix.from(Array.from(permuted, (v) => [v])));
    const scaled = scale.transform(Matrix.from(Array.from(permuted, (v) => [v]))).data;
    const options = { folds: 4, rule: 'best' as const };
    const plain = await crossValidate(withColumn(permuted), y, QUICK, GRID, options);
    const after = await crossValidate(withColumn(scaled), y, QUICK, GRID, options);
    expect(after.table.map((r) => r.foldErrors)).toEqual(plain.table.map((r) => r.foldErrors));
  });

  it('does not leak: a row that is far out spoils the prediction of no other row held out with it', async () => {
    const foldOf = datasets.stratifiedFolds(y, 4);
    const far = Matrix.from(X.toArray());
    far.row(7).fill(1e6);
    const options = { folds: 4 };
    const plain = await crossValidate(X, y, QUICK, { alpha: [0.01] }, options);
    const after = await crossValidate(far, y, QUICK, { alpha: [0.01] }, options);
    const fold = foldOf[7]!;
    const held = foldOf.filter((f) => f === fold).length;
    const [a, b] = [plain.table[0]!.foldErrors[fold]!, after.table[0]!.foldErrors[fold]!];
    expect(Math.abs(a - b)).toBeLessThanOrEqual(1 / held + 1e-12);
  });

  it('fills missing values inside the fold, and refuses them otherwise', async () => {
    const holes = Matrix.from(X.toArray());
    for (let i = 0; i < 120; i += 7) holes.data[i * 8 + (i % 8)] = Number.NaN;
    const grid = { alpha: [0.01] };
    const refused = crossValidate(holes, y, QUICK, grid, { folds: 3 });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_NON_FINITE_INPUT' });
    const filled = await crossValidate(holes, y, QUICK, grid, { folds: 3, impute: 'median' });
    expect(filled.best.error).toBeLessThan(0.3);
  });

  it('does not leak: a fill has seen no row that is held out', async () => {
    const foldOf = datasets.stratifiedFolds(y, 4);
    const holes = Matrix.from(X.toArray());
    for (let i = 0; i < 120; i += 2) holes.data[i * 8 + ((i / 2) % 8)] = Number.NaN;
    const far = new Matrix(holes.data.slice(), 120, 8);
    far.row(7).fill(1e6);
    const errorOf = async (table: Matrix): Promise<number> => {
      const settings = { folds: 4, impute: 'mean' as const };
      const { best } = await crossValidate(table, y, QUICK, { alpha: [0.01] }, settings);
      return best.foldErrors[foldOf[7]!]!;
    };
    const held = foldOf.filter((f) => f === foldOf[7]).length;
    const difference = Math.abs((await errorOf(far)) - (await errorOf(holes)));
    expect(difference).toBeLessThanOrEqual(1 / held + 1e-12);
  });

  it('keeps groups whole, and hands a measure of the caller the held-out rows', async () => {
    const groups = Int32Array.from({ length: 120 }, (_, i) => i >> 2);
    const held: number[][] = [];
    const scoring = (truth: Float32Array, predictions: Float32Array): number => {
      expect(predictions.length).toBe(truth.length);
      held.push(Array.from(truth));
      return 0.25;
    };
    const rowIndex = Float32Array.from({ length: 120 }, (_, i) => i);
    const options = { ...QUICK, clusters: 2, loss: 'mse' as const };
    const settings = { folds: 3, groups, scoring };
    const { best } = await crossValidate(X, rowIndex, options, { beta: [0] }, settings);
    expect(best.error).toBe(0.25);
    expect(best.standardError).toBe(0);
    expect(held.flat().sort((a, b) => a - b)).toEqual(Array.from(rowIndex));
    const groupsHeld = held.map((rows) => new Set(rows.map((i) => groups[i])));
    expect(groupsHeld.reduce((sum, set) => sum + set.size, 0)).toBe(30);
  });

  it('measures values by squared or absolute error, by loss', async () => {
    const { X: table, y: values } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 60,
      features: 6,
      seed: 2,
    });
    for (const [loss, name] of [
      ['mse', 'mean-squared-error'],
      ['mae', 'mean-absolute-error'],
    ] as const) {
      const options = { ...QUICK, clusters: 2, loss };
      const run = (scoring?: typeof name) =>
        crossValidate(
          table,
          values,
          options,
          { beta: [0] },
          { folds: 2, ...(scoring && { scoring }) },
        );
      expect((await run()).best.foldErrors).toEqual((await run(name)).best.foldErrors);
    }
  });

  it('measures survival by concordance, its folds with equal shares of the events', async () => {
    const time = Array.from(y, (label, i) => Math.exp(-label) * (1 + (i % 7)));
    const event = Array.from(y, (_, i) => i % 3 === 0);
    const eventsHeld: number[] = [];
    const scoring = (truth: { event: boolean[] }): number => {
      eventsHeld.push(truth.event.filter(Boolean).length);
      return 0;
    };
    const options = { ...QUICK, loss: 'cox' as const };
    const grid = { relativeWeight: [0.1] };
    const { best } = await crossValidate(X, { time, event }, options, grid, { folds: 4 });
    expect(best.error).toBeLessThan(0.4);
    await crossValidate(X, { time, event }, options, grid, { folds: 4, scoring });
    expect(eventsHeld).toEqual([10, 10, 10, 10]);
  });

  it('numbers the pairs of a knowledge graph anew in each fold', async () => {
    const foldOf = datasets.stratifiedFolds(y, 2);
    const all = [...foldOf.keys()];
    const [first, second] = [0, 1].map((fold) => all.filter((i) => foldOf[i] === fold)) as [
      number[],
      number[],
    ];
    const pairs = [
      { i: first[0]!, j: first[59]!, weight: 2 },
      { i: second[3]!, j: second[50]! },
      { i: first[3]!, j: second[4]! }, // is in no training set
    ];
    const loss = { name: 'knowledge-graph' as const, pairs, weight: 3 };
    const { table } = await crossValidate(
      X,
      y,
      { ...QUICK, loss },
      { alpha: [0.01] },
      { folds: 2 },
    );
    const own = { name: 'knowledge-graph' as const, pairs: [{ i: 3, j: 50 }], weight: 3 };
    const model = new DeepType({ ...QUICK, loss: own, sparsity: { weight: 0.01 } });
    await model.fit(
      rowsAt(second),
      second.map((i) => y[i]!),
    );
    const truth = first.map((i) => y[i]!);
    const error = 1 - metrics.accuracy(truth, model.predict(rowsAt(first)) as Int32Array);
    expect(table[0]!.foldErrors[0]).toBe(error);
    model.dispose();
  });

  it('tells of its progress, up to the end', async () => {
    const seen: selection.SelectionProgress[] = [];
    const onProgress = (event: selection.SelectionProgress) => seen.push(event);
    await crossValidate(X, y, QUICK, GRID, { folds: 3, onProgress });
    expect(seen.at(-1)).toEqual({ done: 12, total: 12, fraction: 1 });
    expect(seen.every(({ done }, k) => k === 0 || done > seen[k - 1]!.done)).toBe(true);
  });

  it('ends all fits and disposes of all models when it is aborted', async () => {
    const fits = vi.spyOn(DeepType.prototype, 'fit');
    const disposals = vi.spyOn(DeepType.prototype, 'dispose');
    const controller = new AbortController();
    const reason = new Error('enough');
    const options = { ...QUICK, threads: 3, pretrain: { epochs: 100000 } };
    const running = crossValidate(X, y, options, GRID, { folds: 3, signal: controller.signal });
    await vi.waitFor(() => expect(fits).toHaveBeenCalledTimes(3));
    controller.abort(reason);
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason });
    expect(fits).toHaveBeenCalledTimes(3);
    expect(disposals).toHaveBeenCalledTimes(3);
    const late = crossValidate(X, y, QUICK, GRID, { signal: controller.signal });
    await expect(late).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason });
    expect(fits).toHaveBeenCalledTimes(3);
  });

  it('rejects with what a callback throws, after all fits have ended', async () => {
    const disposals = vi.spyOn(DeepType.prototype, 'dispose');
    const error = new Error('no');
    const onProgress = (): never => {
      throw error;
    };
    const options = { ...QUICK, threads: 2 };
    await expect(crossValidate(X, y, options, GRID, { folds: 3, onProgress })).rejects.toBe(error);
    expect(disposals.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(disposals.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it.each([
    [{}, {}, 'grid'],
    [{ alpha: [] }, {}, 'grid.alpha'],
    [{ alpha: [-1] }, {}, 'grid.alpha'],
    [{ beta: ['auto'] }, {}, 'grid.beta'],
    [{ alpha: [1], relativeWeight: [1] }, {}, 'grid'],
    [{ depth: [1] }, {}, 'options'],
    [{ hidden: [[0]] }, {}, 'hidden[0]'],
    [{ beta: [1] }, { folds: 1 }, 'folds'],
    [{ beta: [1] }, { rule: 'worst' }, 'rule'],
    [{ beta: [1] }, { scoring: 'f1' }, 'scoring'],
    [{ beta: [1] }, { fold: 3 }, 'settings'],
    [{ beta: [1] }, { scoring: () => Number.NaN }, 'scoring'],
  ])('refuses the grid %j with %j', async (grid, settings, name) => {
    const call = crossValidate(X, y, QUICK, grid as object, settings as object);
    await expect(call).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(name),
    });
  });
});
