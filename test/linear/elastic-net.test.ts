import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { alphaMax, datasets, ElasticNet, Lasso, lassoPath } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const line = [
  [0, 0],
  [1, 1],
  [2, 2],
];

/** A random table with correlated columns, and targets. */
const problems = fc
  .record({
    seed: fc.nat(1e6),
    rows: fc.integer({ min: 2, max: 40 }),
    columns: fc.integer({ min: 1, max: 60 }),
    share: fc.constantFrom(0, 0.5, 0.99),
  })
  .map(({ seed, rows, columns, share }) => {
    const shape = { samples: rows, features: columns, informative: Math.ceil(columns / 3) };
    const options = { ...shape, coefficientScale: 1, seed };
    const { X, y } = datasets.makeRegression(options);
    return {
      X: X.toArray().map((row) => row.map((x) => share * row[0]! + (1 - share) * x)),
      y: [...y],
    };
  });
const weights = fc.double({ min: 0.02, max: 3, noNaN: true });
const ratios = fc.double({ min: 0.05, max: 1, noNaN: true });

/** X'(y - X w - b) / N, by the definition. */
function correlations(X: number[][], y: number[], model: ElasticNet): number[] {
  const predicted = model.predict(X);
  return X[0]!.map(
    (_, j) => X.reduce((sum, row, i) => sum + row[j]! * (y[i]! - predicted[i]!), 0) / X.length,
  );
}

function objective(X: number[][], y: number[], model: ElasticNet, alpha: number, ratio: number) {
  const predicted = model.predict(X);
  const squares = y.reduce((sum, v, i) => sum + (v - predicted[i]!) ** 2, 0);
  const l1 = model.coefficients.reduce((sum, w) => sum + Math.abs(w), 0);
  const l2 = model.coefficients.reduce((sum, w) => sum + w * w, 0);
  return squares / (2 * X.length) + alpha * (ratio * l1 + ((1 - ratio) / 2) * l2);
}

/**
 * The dual objective, (|y|^2 - |y - c r|^2) / 2N - alpha (1 - ratio) / 2 c^2 |w|^2, at the residual r
 * shrunk by c into the feasible set; y less its mean, r that of the model.
 */
function dualObjective(
  X: number[][],
  y: number[],
  model: ElasticNet,
  alpha: number,
  ratio: number,
  mean: number,
) {
  const w = model.coefficients;
  const predicted = model.predict(X);
  const residual = y.map((v, i) => v + mean - predicted[i]!);
  const largest = correlations(
    X,
    y.map((v) => v + mean),
    model,
  ).reduce((most, c, j) => Math.max(most, Math.abs(c - alpha * (1 - ratio) * w[j]!)), 0);
  const c = Math.min(1, (alpha * ratio) / largest);
  const squares = y.reduce((sum, v, i) => sum + v * v - (v - c * residual[i]!) ** 2, 0);
  const l2 = w.reduce((sum, x) => sum + x * x, 0);
  return squares / (2 * X.length) - ((alpha * (1 - ratio)) / 2) * c * c * l2;
}

describe('Lasso and ElasticNet', () => {
  it('have the coefficients that scikit-learn shows in its guide', () => {
    const model = new Lasso({ alpha: 0.1 }).fit(line, [0, 1, 2]);
    expect(model.coefficients[0]).toBeCloseTo(0.85, 12);
    expect(model.coefficients[1]).toBe(0);
    expect(model.intercept).toBeCloseTo(0.15, 12);
    expect(model.predict([[1, 1]])[0]).toBeCloseTo(1, 12);
  });

  it('are certified by the duality gap, computed here by its definition', () => {
    assertProperty(
      fc.property(problems, weights, ratios, fc.boolean(), ({ X, y }, alpha, ratio, intercept) => {
        const options = { alpha, l1Ratio: ratio, fitIntercept: intercept };
        const model = new ElasticNet(options).fit(X, y);
        expect(model.converged).toBe(true);
        const mean = intercept ? y.reduce((sum, v) => sum + v, 0) / y.length : 0;
        const primal = objective(X, y, model, alpha, ratio);
        const dual = dualObjective(
          X,
          y.map((v) => v - mean),
          model,
          alpha,
          ratio,
          mean,
        );
        const scale = y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length + 1e-9;
        expect(primal - dual).toBeLessThan(2e-12 * scale);
        expect(model.dualityGap).toBeLessThanOrEqual(1e-12 * scale);
        if (!intercept) expect(model.intercept).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('are no farther from the minimum than the duality gap says', () => {
    assertProperty(
      fc.property(problems, weights, ratios, ({ X, y }, alpha, ratio) => {
        const options = { alpha, l1Ratio: ratio };
        const best = new ElasticNet(options).fit(X, y);
        const coarse = new ElasticNet({ ...options, tolerance: 1e-2 }).fit(X, y);
        const excess = objective(X, y, coarse, alpha, ratio) - objective(X, y, best, alpha, ratio);
        const rounding = 1e-11 * (1 + Math.hypot(...y) ** 2);
        expect(excess).toBeLessThanOrEqual(coarse.dualityGap + rounding);
        expect(excess).toBeGreaterThanOrEqual(-best.dualityGap - rounding);
      }),
      { numRuns: 60 },
    );
  });

  it('are all zeros from alphaMax on, and not just below it', () => {
    assertProperty(
      fc.property(problems, ratios, fc.boolean(), ({ X, y }, l1Ratio, fitIntercept) => {
        const options = { l1Ratio, fitIntercept };
        const largest = alphaMax(X, y, options);
        fc.pre(largest > 1e-6);
        const at = (alpha: number) => new ElasticNet({ ...options, alpha }).fit(X, y).coefficients;
        expect(at(largest).every((w) => w === 0)).toBe(true);
        expect(at(0.99 * largest).some((w) => w !== 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('keep float64 tables in float64, and are the same for every kind of table', () => {
    const { X, y } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 30,
      features: 6,
      noise: 1,
    });
    const lassoOf = (x: Parameters<Lasso['fit']>[0]) => new Lasso({ alpha: 0.1 }).fit(x, y);
    expect(lassoOf(X.toArray()).coefficients).toEqual(lassoOf(X).coefficients);
    // An offset that float32 would not survive.
    const far = X.toArray().map((row) => row.map((x) => x + 1e8));
    lassoOf(far).coefficients.forEach((w, j) => {
      expect(w).toBeCloseTo(lassoOf(X).coefficients[j]!, 5);
    });
  });

  it('come to the minimum where columns are next to parallel', () => {
    const table = datasets.makeRegression({
      coefficientScale: 1,
      samples: 30,
      features: 12,
      noise: 1,
    });
    const X = table.X.toArray().map((row) => row.map((x) => x + 1e3));
    for (const alpha of [1e-4, 0.01, 1, 100]) {
      const model = new Lasso({ alpha, fitIntercept: false }).fit(X, table.y);
      expect(model.converged).toBe(true);
      expect(model.iterations).toBeLessThan(5000);
      correlations(X, [...table.y], model).forEach((c, j) => {
        const sign = Math.sign(model.coefficients[j]!);
        if (sign === 0) expect(Math.abs(c)).toBeLessThan(alpha + 1e-6);
        else expect(c).toBeCloseTo(sign * alpha, 6);
      });
    }
  });

  it('leave constant columns at exactly 0', () => {
    const X = Array.from({ length: 9 }, (_, i) => [0.1, Math.sin(i)]);
    const model = new Lasso({ alpha: 1e-6 }).fit(
      X,
      X.map(([, x]) => 3 * x! + 1),
    );
    expect(model.coefficients[0]).toBe(0);
    expect(model.coefficients[1]).toBeCloseTo(3, 4);
    const flat = new Lasso().fit([[1], [2]], [5, 5]);
    expect([flat.intercept, flat.coefficients[0], flat.dualityGap]).toEqual([5, 0, 0]);
  });

  it('stop after maxIterations and say so, once a call, in a warning', async () => {
    const { X, y } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 50,
      features: 30,
      informative: 30,
    });
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const model = new Lasso({ alpha: 1e-3, maxIterations: 2 }).fit(X, y);
    expect([model.iterations, model.converged]).toEqual([2, false]);
    expect(model.dualityGap).toBeGreaterThan(0);
    await new ElasticNet({ alpha: 1e-3, maxIterations: 2 }).fitAsync(X, y);
    lassoPath(X, y, { maxIterations: 2 });
    new Lasso({ alpha: 1e-3 }).fit(X, y);
    lassoPath(X, y);
    const said = warn.mock.calls.map(([text, options]) => [String(text), options]);
    warn.mockRestore();
    expect(said.map(([text]) => (text as string).replace(/\d[\d.e-]*/g, '#'))).toEqual([
      'Lasso: the fit did not converge (alpha #: dualityGap # after # iterations); raise maxIterations or tolerance',
      'ElasticNet: the fit did not converge (alpha #: dualityGap # after # iterations); raise maxIterations or tolerance',
      'lassoPath: # of # fits did not converge (alpha #: dualityGap # after # iterations); raise maxIterations or tolerance',
    ]);
    for (const [, options] of said) {
      expect(options).toEqual({ type: 'DeepTypeWarning', code: 'DEEPTYPE_NOT_CONVERGED' });
    }
  });

  it('with l1Ratio 0 are ridge regression', () => {
    const { X, y } = datasets.makeRegression({ coefficientScale: 1, samples: 20, features: 5 });
    const model = new ElasticNet({ alpha: 0.3, l1Ratio: 0 }).fit(X, y);
    expect(model.converged).toBe(true);
    correlations(X.toArray(), [...y], model).forEach((c, j) => {
      expect(c).toBeCloseTo(0.3 * model.coefficients[j]!, 6);
    });
  });
});

describe('lassoPath', () => {
  const { X, y } = datasets.makeRegression({
    coefficientScale: 1,
    samples: 60,
    features: 20,
    noise: 1,
    seed: 2,
  });

  it('has at every alpha what a fit at that alpha has', () => {
    const path = lassoPath(X, y, { steps: 7, ratio: 1e-2 });
    expect(path.length).toBe(7);
    expect(path[6]!.alpha).toBeCloseTo(path[0]!.alpha / 100, 12);
    for (const { alpha, coefficients, intercept, converged } of path) {
      const alone = new Lasso({ alpha }).fit(X, y);
      coefficients.forEach((w, j) => {
        expect(w).toBeCloseTo(alone.coefficients[j]!, 6);
      });
      expect(intercept).toBeCloseTo(alone.intercept, 6);
      expect(converged).toBe(true);
    }
  });

  it('takes alphas in any order and goes from the largest down', () => {
    const path = lassoPath(X, y, { alphas: [0.1, 3, 1] });
    expect(path.map(({ alpha }) => alpha)).toEqual([3, 1, 0.1]);
    expect(lassoPath(X, y).length).toBe(100);
  });

  it('refuses what it cannot use', () => {
    const refusals = [
      [() => lassoPath(X, y, { alphas: [] }), 'alphas: '],
      [() => lassoPath(X, y, { alphas: [0] }), 'alphas[0]: '],
      [() => lassoPath(X, y, { alphas: [1], steps: 3 }), 'alphas: expected either'],
      [() => lassoPath(X, y, { ratio: 1 }), 'ratio: '],
      [() => lassoPath(X, y, { l1Ratio: 0 }), 'l1Ratio: '],
      [() => lassoPath([[1], [1]], [1, 2]), 'y: '],
      [() => alphaMax(X, y, { l1Ratio: 0 }), 'l1Ratio: '],
    ] as const;
    for (const [call, start] of refusals) {
      expect(messageOf(call, 'ERR_INVALID_ARGUMENT').startsWith(start)).toBe(true);
    }
  });
});
