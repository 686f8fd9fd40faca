import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasets, Ridge } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const shapes = fc.record({
  samples: fc.integer({ min: 2, max: 90 }),
  features: fc.integer({ min: 1, max: 90 }),
  informative: fc.constant(1),
  seed: fc.nat(1e6),
});

describe('Ridge', () => {
  it('has the coefficients that scikit-learn shows in its guide', () => {
    const X = [
      [0, 0],
      [0, 0],
      [1, 1],
    ];
    const model = new Ridge({ alpha: 0.5 }).fit(X, [0, 0.1, 1]);
    expect(model.coefficients[0]).toBeCloseTo(0.34545455, 8);
    expect(model.coefficients[1]).toBeCloseTo(0.34545455, 8);
    expect(model.intercept).toBeCloseTo(0.13636364, 8);
  });

  it("satisfies X'(y - X w - b) = alpha w, for more rows and for more columns", () => {
    assertProperty(
      fc.property(shapes, fc.constantFrom(1e-3, 1, 100), fc.boolean(), (shape, alpha, b) => {
        const { X, y } = datasets.makeRegression({ coefficientScale: 1, ...shape });
        const model = new Ridge({ alpha, fitIntercept: b }).fit(X, y);
        const predicted = model.predict(X);
        model.coefficients.forEach((w, j) => {
          const c = y.reduce((sum, v, i) => sum + X.get(i, j) * (v - predicted[i]!), 0);
          expect(Math.abs(c - alpha * w)).toBeLessThan(1e-9 * (1 + shape.samples));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('has no coefficient or intercept that is -0', () => {
    const X = [
      [0, -1, 3],
      [0, -2, -1],
    ];
    for (const y of [
      [-0, -0],
      [-1e-200, -1e-200],
      [1, -1],
    ])
      for (const options of [{}, { fitIntercept: false }, { alpha: 1e300 }]) {
        const { coefficients, intercepts } = new Ridge(options).fit(X, y);
        expect([...coefficients, ...intercepts].some((w) => Object.is(w, -0))).toBe(false);
      }
  });

  it('without a penalty is least squares', () => {
    const { X, y, coefficients } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 200,
      features: 70,
      noise: 0,
    });
    const model = new Ridge({ alpha: 0 }).fit(X, y);
    coefficients.forEach((w, j) => {
      expect(model.coefficients[j]).toBeCloseTo(w, 10);
    });
  });

  it('fits every output as if it were alone', () => {
    const { X, y } = datasets.makeRegression({
      coefficientScale: 1,
      samples: 30,
      features: 4,
      informative: 2,
    });
    const both = X.toArray().map(([x], i) => [y[i]!, x!]);
    const model = new Ridge().fit(X, both);
    const first = new Ridge().fit(X, y);
    const second = new Ridge().fit(
      X,
      both.map(([, v]) => v!),
    );
    expect([...model.coefficients]).toEqual([...first.coefficients, ...second.coefficients]);
    expect([...model.intercepts]).toEqual([first.intercept, second.intercept]);
    const [a, b] = [first.predict(X), second.predict(X)];
    expect([...model.predict(X)]).toEqual(Array.from(a, (v, i) => [v, b[i]!]).flat());
    expect(model.score(X, both)).toBeCloseTo(
      (first.score(X, y) +
        second.score(
          X,
          both.map(([, v]) => v!),
        )) /
        2,
      12,
    );
  });

  it('is least squares of columns that differ in their last digits', () => {
    // The third column leaves the sum of the others by `size` times signs orthogonal to both.
    const signs = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [1, 2, 4].map((b) => (i & b ? 1 : -1)));
    for (const size of [2 ** -10, 2 ** -26, 2 ** -40]) {
      const X = signs.map(([a, b, c]) => [a!, b!, a! + b! + size * c!]);
      const y = signs.map(([a, b, c]) => 2 * a! - b! + 3 * c!);
      const model = new Ridge({ alpha: 0 }).fit(X, y);
      const exact = [2 - 3 / size, -1 - 3 / size, 3 / size];
      exact.forEach((w, j) => {
        expect(Math.abs(model.coefficients[j]! / w - 1)).toBeLessThan(1e-15 / size + 1e-12);
      });
    }
  });

  it('comes to the shortest interpolation of a wide table as alpha falls', () => {
    const shape = { samples: 12, features: 40, informative: 3, coefficientScale: 1, seed: 6 };
    const { X, y } = datasets.makeRegression(shape);
    const limit = new Ridge({ alpha: 1e-300 }).fit(X, y);
    limit.predict(X).forEach((v, i) => {
      expect(Math.abs(v - y[i]!)).toBeLessThan(1e-10);
    });
    const near = new Ridge({ alpha: 1e-9 }).fit(X, y);
    near.coefficients.forEach((w, j) => {
      expect(limit.coefficients[j]).toBeCloseTo(w, 8);
    });
  });

  it('has the slope of a column that varies in the last digits of float64 or float32', () => {
    for (const [Type, offset, unit] of [
      [Float64Array, 1.7e18, 256],
      [Float64Array, 1e9, 2 ** -23],
      [Float32Array, 133333336, 8],
      [Float32Array, 0, 2 ** -149],
    ] as const) {
      const k = [0, 1, 3, 4, 4, 6, 7, 9];
      const data = Type.from(k.map((v) => offset + v * unit));
      const model = new Ridge({ alpha: 0 }).fit({ data, rows: k.length, columns: 1 }, k);
      expect(model.coefficients[0]! * unit).toBeCloseTo(1, 12);
    }
  });

  it('refuses a penalty too small for columns that depend on each other', () => {
    const X = [
      [1, 2],
      [2, 4],
      [3, 6],
    ];
    for (const alpha of [0, 1e-300]) {
      const call = () => new Ridge({ alpha }).fit(X, [1, 2, 4]);
      expect(messageOf(call, 'ERR_INVALID_ARGUMENT')).toContain('alpha: expected a larger weight');
    }
    messageOf(() => new Ridge({ alpha: 0 }).fit([[1, 2, 3]], [1]), 'ERR_INVALID_ARGUMENT');
  });
});
