// Every fit is certified by a duality gap that is computed here, over shapes, weights and tables that keep plain
// coordinate descent from its minimum.
import { describe, expect, it } from 'vitest';
import { alphaMax, ElasticNet, Lasso, Ridge } from '../../src/index.js';
import { certificate, objective, type Problem } from '../reference/elastic-net.js';
import { KINDS, type Kind, tableOf } from './tables.js';

const SHAPES: readonly (readonly [rows: number, columns: number])[] = [
  [2, 19],
  [5, 40],
  [20, 100],
  [50, 1000],
  [50, 5000],
  [100, 20],
  [60, 60],
];
const SHARES = [1, 0.3, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8];
const RATIOS = [1, 0.5, 0.1, 1e-3, 1e-17];

/** Twice what the fit promises, for the rounding of the sums here. */
const TWICE = 2e-12;

function expectCertified(problem: Problem, model: ElasticNet): void {
  const { gap, scale } = certificate(problem, model.coefficients);
  expect(model.converged).toBe(true);
  expect(model.dualityGap).toBeLessThanOrEqual(1e-12 * scale * (1 + 1e-9));
  expect(gap).toBeLessThanOrEqual(TWICE * scale);
  expect([...model.coefficients, model.intercept].some((w) => Object.is(w, -0))).toBe(false);
}

function fitted(problem: Problem): ElasticNet {
  const { X, y, alpha, l1Ratio, fitIntercept } = problem;
  return new ElasticNet({ alpha, l1Ratio, fitIntercept }).fit(X as number[][], y as number[]);
}

describe.each(SHAPES)('%i x %i', (rows, columns) => {
  it.each(RATIOS)('is certified from alphaMax to 1e-8 of it, l1Ratio %f', (l1Ratio) => {
    const { X, y } = tableOf(rows, columns, 'normal');
    const largest = alphaMax(X, y, { l1Ratio });
    for (const share of SHARES) {
      const problem = { X, y, alpha: share * largest, l1Ratio, fitIntercept: true };
      expectCertified(problem, fitted(problem));
    }
  });
});

describe.each(KINDS.filter((kind) => kind !== 'normal'))('%s columns', (kind: Kind) => {
  it.each([
    [5, 40],
    [60, 60],
    [40, 300],
  ])('are certified, %i x %i', (rows, columns) => {
    const { X, y } = tableOf(rows, columns, kind);
    for (const fitIntercept of [true, false])
      for (const l1Ratio of [1, 0.5, 1e-3]) {
        const largest = alphaMax(X, y, { l1Ratio, fitIntercept });
        for (const share of [0.3, 1e-2, 1e-4, 1e-6]) {
          const problem = { X, y, alpha: share * largest, l1Ratio, fitIntercept };
          expectCertified(problem, fitted(problem));
        }
      }
  });
});

describe('minima that are known', () => {
  it('of two rows: the column of the largest difference alone, shrunk', () => {
    const { X, y } = tableOf(2, 19, 'normal');
    const differences = X[0]!.map((v, j) => v - X[1]![j]!);
    const most = Math.max(...differences.map(Math.abs));
    const e = y[0]! - y[1]!;
    for (const alpha of [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9]) {
      // (e - D w)^2 / 8 + alpha |w|
      const model = new Lasso({ alpha }).fit(X, y);
      differences.forEach((d, j) => {
        const size = Math.max(0, Math.abs(e / d) - (4 * alpha) / d ** 2);
        const want = Math.abs(d) === most ? Math.sign(e * d) * size : 0;
        expect(Math.abs(model.coefficients[j]! - want)).toBeLessThan(1e-12);
      });
    }
  });

  it('where l1Ratio is 0 or goes there: Ridge with N times the alpha', () => {
    for (const [rows, columns] of [
      [10, 200],
      [20, 100],
      [30, 12],
      [300, 400],
    ] as const) {
      const { X, y } = tableOf(rows, columns, 'normal');
      for (const alpha of [1, 0.01]) {
        const ridge = new Ridge({ alpha: alpha * rows }).fit(X, y);
        for (const l1Ratio of [0, 1e-12, 1e-14, 1e-17, 1e-100, 1e-300]) {
          const problem = { X, y, alpha, l1Ratio, fitIntercept: true };
          const model = fitted(problem);
          expectCertified(problem, model);
          const best = objective(problem, ridge.coefficients);
          expect(objective(problem, model.coefficients)).toBeLessThan(best * (1 + 1e-12));
          model.coefficients.forEach((w, j) => {
            expect(Math.abs(w - ridge.coefficients[j]!)).toBeLessThan(1e-9 + 10 * l1Ratio);
          });
        }
      }
    }
  });

  it('with columns twice over: the objective is that of the columns once', () => {
    const { X, y } = tableOf(30, 80, 'normal');
    const twice = X.map((row) => row.flatMap((v) => [v, v]));
    for (const share of [0.3, 1e-2, 1e-5]) {
      const alpha = share * alphaMax(X, y);
      const once = { X, y, alpha, l1Ratio: 1, fitIntercept: true };
      const [a, b] = [fitted(once), fitted({ ...once, X: twice })];
      const want = objective(once, a.coefficients);
      const got = objective({ ...once, X: twice }, b.coefficients);
      expect(Math.abs(got - want)).toBeLessThan(1e-12 * certificate(once, a.coefficients).scale);
    }
  });

  it('in any unit of y: the coefficients go with it', () => {
    const { X, y } = tableOf(20, 100, 'normal');
    const alpha = 1e-3 * alphaMax(X, y);
    const plain = new Lasso({ alpha }).fit(X, y);
    for (const power of [-900, -500, -40, 40, 400]) {
      const unit = 2 ** power;
      const scaled = y.map((v) => v * unit);
      const model = new Lasso({ alpha: alpha * unit }).fit(X, scaled);
      expect([...model.coefficients]).toEqual(Array.from(plain.coefficients, (w) => w * unit));
      expect([model.converged, model.iterations]).toEqual([true, plain.iterations]);
    }
  });

  it('of constants: zeros, and the mean', () => {
    const { X, y } = tableOf(12, 30, 'normal');
    const flat = new Lasso({ alpha: 0.1 }).fit(
      X,
      X.map(() => 0.1),
    );
    expect([...flat.coefficients].every((w) => Object.is(w, 0))).toBe(true);
    expect([flat.intercept, flat.dualityGap, flat.converged]).toEqual([0.1, 0, true]);
    const withConstant = X.map((row) => [0.3, ...row, 1e9]);
    const model = new Lasso({ alpha: 1e-4 }).fit(withConstant, y);
    expect([model.coefficients[0], model.coefficients[31]]).toEqual([0, 0]);
    expect([...model.coefficients.slice(1, 31)]).toEqual([
      ...new Lasso({ alpha: 1e-4 }).fit(X, y).coefficients,
    ]);
    const row = new ElasticNet().fit([[1, 2, 3]], [7]);
    expect([...row.coefficients, row.intercept, row.converged]).toEqual([0, 0, 0, 7, true]);
    const through = new Lasso({ alpha: 0.3, fitIntercept: false }).fit([[2, -1]], [7]);
    expect(through.coefficients[0]).toBeCloseTo((7 - 0.3 / 2) / 2, 14);
    expect([through.coefficients[1], through.converged]).toEqual([0, true]);
  });
});
