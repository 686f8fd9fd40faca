import { describe, expect, it } from 'vitest';
import { DeepTypeError, datasets, ElasticNet, Lasso, Matrix, Ridge } from '../../src/index.js';
import { native } from '../../src/native/addon.js';
import { messageOf } from '../common/coded.js';

const { X, y } = datasets.makeRegression({
  coefficientScale: 1,
  samples: 40,
  features: 6,
  noise: 1,
});
const kinds = [
  ['Lasso', (o?: object) => new Lasso(o)],
  ['ElasticNet', (o?: object) => new ElasticNet(o)],
  ['Ridge', (o?: object) => new Ridge(o)],
] as const;

/** So large and correlated that its fit takes far longer than the call that stops it. */
const slow = {
  X: new Matrix(
    Float32Array.from({ length: 400 * 800 }, (_, k) => 30 + Math.sin(k * k)),
    400,
    800,
  ),
  y: Float64Array.from({ length: 400 }, (_, i) => Math.cos(i * i)),
};

describe.each(kinds)('%s', (name, make) => {
  it('fits on a thread of its own as it does here', async () => {
    const model = make();
    const fitted = model.fitAsync(X, y);
    expect(messageOf(() => model.coefficients, 'ERR_BUSY')).toContain(name);
    messageOf(() => model.fit(X, y), 'ERR_BUSY');
    await expect(model.fitAsync(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect(await fitted).toBe(model);
    const here = make().fit(X, y);
    expect(model.coefficients).toEqual(here.coefficients);
    expect(model.intercept).toBe(here.intercept);
  });

  it('answers from the fit before while it is fitted again', async () => {
    const model = make().fit(X, y);
    const { coefficients } = model;
    const predicted = model.predict(X);
    const pending = model.fitAsync(
      X,
      Array.from(y as ArrayLike<number>, (value) => 2 * value),
    );
    expect(model.coefficients).toBe(coefficients);
    expect(model.predict(X)).toEqual(predicted);
    messageOf(() => model.fit(X, y), 'ERR_BUSY');
    await pending;
    expect(model.coefficients).not.toEqual(coefficients);
  });

  it('ends when its signal aborts, and is then as it was', async () => {
    const model = make({ alpha: 1e-9 }).fit(X, y);
    const before = model.coefficients;
    const reason = new Error('enough');
    await expect(model.fitAsync(X, y, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject(
      { code: 'ERR_ABORTED', name: 'AbortError', cause: reason },
    );
    const controller = new AbortController();
    const run = model.fitAsync(slow.X, slow.y, { signal: controller.signal });
    controller.abort(reason);
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason });
    expect(model.coefficients).toBe(before);
  });

  it('refuses what it cannot use', async () => {
    const options: [object, string][] = [
      [{ alpha: -1 }, 'alpha: '],
      [{ alpha: Number.NaN }, 'alpha: '],
      [{ alpha: '1' }, 'alpha: '],
      [{ fitIntercept: 1 }, 'fitIntercept: '],
      [{ intercept: true }, 'options: '],
    ];
    for (const [given, start] of options) {
      expect(messageOf(() => make(given), 'ERR_INVALID_ARGUMENT').startsWith(start)).toBe(true);
    }
    const model = make();
    expect(messageOf(() => model.predict(X), 'ERR_NOT_FITTED')).toContain(name);
    messageOf(() => model.fit(X, [1, 2]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => model.fit([], []), 'ERR_INVALID_ARGUMENT');
    messageOf(() => model.fit([[1], [Number.NaN]], [1, 2]), 'ERR_NON_FINITE_INPUT');
    messageOf(() => model.fit([[1], [2]], [1, Infinity]), 'ERR_NON_FINITE_INPUT');
    messageOf(() => model.fit([[1e200], [2]], [1, 2]), 'ERR_NON_FINITE_INPUT');
    messageOf(() => model.fit([[1], [2]], [1e200, 2]), 'ERR_NON_FINITE_INPUT');
    await expect(model.fitAsync(X, ['a'] as never)).rejects.toBeInstanceOf(DeepTypeError);
    await expect(model.fitAsync(X, y, { signal: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    model.fit(X, y);
    messageOf(() => model.predict([[1, 2]]), 'ERR_SHAPE_MISMATCH');
  });
});

describe('Lasso and ElasticNet', () => {
  it('refuse options of their own', () => {
    for (const [make, start] of [
      [() => new Lasso({ alpha: 0 }), 'alpha: '],
      [() => new Lasso({ l1Ratio: 1 } as object), 'options: '],
      [() => new ElasticNet({ l1Ratio: 1.1 }), 'l1Ratio: '],
      [() => new ElasticNet({ tolerance: -1 }), 'tolerance: '],
      [() => new ElasticNet({ maxIterations: 0 }), 'maxIterations: '],
    ] as const) {
      expect(messageOf(make, 'ERR_INVALID_ARGUMENT').startsWith(start)).toBe(true);
    }
    const wide = X.toArray().map((row) => row.slice(0, 2));
    expect(messageOf(() => new Lasso().fit(X, wide), 'ERR_SHAPE_MISMATCH')).toContain('one value');
  });

  it('are the same bits on one thread and on several', () => {
    const { X: x, y } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 300,
      features: 700,
      noise: 1,
    });
    const descent = {
      areShares: false,
      tolerance: 1e-12,
      maxIterations: 1000,
      l1Ratio: 1,
      intercept: true,
    };
    const [one, four] = [1, 4].map((threads) => {
      const alphas = Float64Array.of(0.5, 0.05);
      const fits = native().elasticNet(x, y, { ...descent, alphas, threads });
      const ridge = native().ridge(x, y, { alpha: 1, intercept: true, threads });
      return [...fits.map(({ coefficients }) => coefficients), ridge!.coefficients];
    });
    expect(four).toEqual(one);
  });
});
