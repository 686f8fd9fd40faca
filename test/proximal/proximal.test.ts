import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Matrix, project, prox } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const V = [3, -1, 0.5, -2.5, 0.2];

const sum = (v: readonly number[]): number => v.reduce((s, x) => s + x, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => x * b[i]!));
const l1 = (v: readonly number[]): number => sum(v.map(Math.abs));
const l2 = (v: readonly number[]): number => Math.hypot(...v);
const lInfinity = (v: readonly number[]): number => Math.max(...v.map(Math.abs));

function expectClose(got: ArrayLike<number>, expected: readonly number[], within = 1e-6): void {
  expect(got.length).toBe(expected.length);
  expect(lInfinity(expected.map((x, i) => got[i]! - x))).toBeLessThan(within);
}

/** Native arithmetic takes subnormal numbers for 0. */
const entries = fc
  .double({ min: -5, max: 5, noNaN: true })
  .map((x) => (Math.abs(x) < 1e-300 ? 0 : x));
const vectors = fc.array(entries, { minLength: 1, maxLength: 21 });
const sizes = fc.double({ min: 0.01, max: 12, noNaN: true });

describe('values worked out by hand', () => {
  it('of the proximal operators', () => {
    expect(prox.l1(V, 1.5)).toEqual([1.5, 0, 0, -1, 0]);
    expectClose(prox.l2Squared(V, 1.5), [1.2, -0.4, 0.2, -1, 0.08], 1e-15);
    expectClose(prox.groupL2(V, 1.5), [1.893517, -0.631172, 0.315586, -1.577931, 0.126234]);
    expect(prox.lInfinity(V, 1.5)).toEqual([2, -1, 0.5, -2, 0.2]);
  });

  it('of the elastic net, in its own scaling and in that of 0.5 |x|_1 + 0.5 |x|_2^2', () => {
    expectClose(prox.elasticNet(V, 1.5, 1 / 3), [1.25, -0.25, 0, -1, 0], 1e-15);
    expect(prox.elasticNet(V, 1.5, 1)).toEqual(prox.l1(V, 1.5));
    expect(prox.elasticNet(V, 1.5, 0)).toEqual(prox.l2Squared(V, 1.5));
  });

  it('of the projections', () => {
    expect(project.l1Ball(V, 1.5)).toEqual([1, 0, 0, -0.5, 0]);
    expect(project.lInfinityBall(V, 1.5)).toEqual([1.5, -1, 0.5, -1.5, 0.2]);
    expectClose(project.l2Ball([3, 4], 2.5), [1.5, 2], 1e-15);
    expect(project.simplex([2, 0.5])).toEqual([1, 0]);
    expectClose(project.simplex([0.1, -0.2, 0.4]), [1 / 3, 1 / 30, 19 / 30], 1e-15);
  });

  it("of LassoNet's operator", () => {
    const [v, u] = [
      [0.5, -0.2],
      [1, -0.3, 0.05],
    ];
    const wide = prox.hierarchical(v, u, { lambda: 0.1, lambdaBar: 0, M: 10 });
    expectClose(wide.beta, [0.4072, -0.1629], 5e-5);
    expect(wide.theta).toEqual(u);
    const narrow = prox.hierarchical(v, u, { lambda: 0.1, lambdaBar: 0, M: 1 });
    expectClose(narrow.beta, [0.667815, -0.267126]);
    expectClose(narrow.theta, [0.719258, -0.3, 0.05]);
  });
});

describe('proximal operators minimise what defines them', () => {
  it('l1, lInfinity, groupL2: v - x = t s with s in the subdifferential of the norm', () => {
    // s is in the subdifferential of a norm at x when its dual norm is at most 1 and s . x = |x|.
    const norms = [
      { operator: prox.l1, norm: l1, dual: lInfinity },
      { operator: prox.lInfinity, norm: lInfinity, dual: l1 },
      { operator: prox.groupL2, norm: l2, dual: l2 },
    ];
    const property = fc.property(fc.constantFrom(...norms), vectors, sizes, (c, v, t) => {
      const x = c.operator(v, t);
      const s = v.map((value, i) => (value - x[i]!) / t);
      const bound = 1e-13 * (1 + l1(v) / t);
      expect(c.dual(s)).toBeLessThanOrEqual(1 + bound);
      expect(Math.abs(dot(s, x) - c.norm(x))).toBeLessThanOrEqual(bound * (1 + c.norm(x)));
    });
    assertProperty(property, { numRuns: 1000 });
  });

  it('elasticNet and l2Squared: the slope of each entry is 0, or holds 0 where the entry is', () => {
    const ratios = fc.double({ min: 0, max: 1, noNaN: true });
    const property = fc.property(vectors, sizes, ratios, (v, t, ratio) => {
      prox.elasticNet(v, t, ratio).forEach((x, i) => {
        const smooth = x - v[i]! + t * (1 - ratio) * x;
        const gap =
          x === 0
            ? Math.max(0, Math.abs(smooth) - t * ratio)
            : Math.abs(smooth + t * ratio * Math.sign(x));
        expect(gap).toBeLessThan(1e-13 * (1 + t));
      });
      const shrunk = prox.l2Squared(v, t);
      expectClose(
        shrunk.map((x) => x * (1 + t)),
        v,
        1e-14,
      );
    });
    assertProperty(property, { numRuns: 500 });
  });

  it('hierarchical: feasible, and better than every feasible point near and far', () => {
    const shape = fc.record({
      v: fc.array(entries, { minLength: 1, maxLength: 3 }),
      u: fc.array(entries, { minLength: 1, maxLength: 9 }),
      lambda: fc.double({ min: 0, max: 6, noNaN: true }),
      lambdaBar: fc.double({ min: 0, max: 2, noNaN: true }),
      M: fc.double({ min: 0.05, max: 10, noNaN: true }),
      moves: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: 60,
        maxLength: 60,
      }),
    });
    const property = fc.property(shape, ({ v, u, lambda, lambdaBar, M, moves }) => {
      const value = (b: readonly number[], w: readonly number[]): number =>
        l2(b.map((x, i) => x - v[i]!)) ** 2 / 2 +
        l2(w.map((x, i) => x - u[i]!)) ** 2 / 2 +
        lambda * l2(b) +
        lambdaBar * l1(w);
      const { beta, theta } = prox.hierarchical(v, u, { lambda, lambdaBar, M });
      const least = value(beta, theta);
      expect(lInfinity(theta)).toBeLessThanOrEqual(M * l2(beta) * (1 + 1e-14));
      const zeros = u.map(() => 0);
      expect(least).toBeLessThanOrEqual(
        value(
          v.map(() => 0),
          zeros,
        ) + 1e-12,
      );
      expect(least).toBeLessThanOrEqual(value(v, project.lInfinityBall(u, M * l2(v))) + 1e-12);
      for (const step of [1e-3, 0.1, 3]) {
        for (let k = 0; k + v.length + u.length <= moves.length; k += v.length + u.length) {
          const b = beta.map((x, i) => x + step * moves[k + i]!);
          const w = theta.map((x, i) => x + step * moves[k + v.length + i]!);
          const feasible = project.lInfinityBall(w, M * l2(b));
          expect(least).toBeLessThanOrEqual(value(b, feasible) + 1e-12 * (1 + least));
        }
      }
    });
    assertProperty(property, { numRuns: 400 });
  });

  it('hierarchical with no bound that binds is groupL2 on v and l1 on u', () => {
    const property = fc.property(vectors, vectors, sizes, (v, u, lambda) => {
      fc.pre(l2(v) > lambda + 1e-3);
      const { beta, theta } = prox.hierarchical(v, u, { lambda, lambdaBar: 0.3, M: 1e6 });
      expectClose(beta, prox.groupL2(v, lambda), 1e-12);
      expectClose(theta, prox.l1(u, 0.3), 1e-15);
    });
    assertProperty(property, { numRuns: 200 });
  });

  it('hierarchical moves off v = 0 when u pulls hard enough', () => {
    const { beta, theta } = prox.hierarchical([0, 0], [3, -2], { lambda: 1, M: 1 });
    // n = (M (3 + 2) - 1) / (1 + 2 M^2) = 4/3
    expectClose(beta, [4 / 3, 0], 1e-15);
    expectClose(theta, [4 / 3, -4 / 3], 1e-15);
    const held = prox.hierarchical([0, 0], [3, -2], { lambda: 5, M: 1 });
    expect(held).toEqual({ beta: [0, 0], theta: [0, 0] });
  });
});

describe('projections are the nearest point', () => {
  const balls = [
    { operator: project.l1Ball, norm: l1, dual: lInfinity },
    { operator: project.l2Ball, norm: l2, dual: l2 },
    { operator: project.lInfinityBall, norm: lInfinity, dual: l1 },
  ];

  it('on a ball: (v - x) . z <= (v - x) . x for every z in it, most of all radius times the dual norm', () => {
    const property = fc.property(fc.constantFrom(...balls), vectors, sizes, (c, v, radius) => {
      const x = c.operator(v, radius);
      const away = v.map((value, i) => value - x[i]!);
      const bound = 1e-13 * (1 + l1(v)) * (1 + radius);
      expect(c.norm(x)).toBeLessThanOrEqual(radius + 1e-15 * l1(v));
      expect(radius * c.dual(away) - dot(away, x)).toBeLessThanOrEqual(bound);
      if (c.norm(v) <= radius) expect(x).toEqual(v);
    });
    assertProperty(property, { numRuns: 1000 });
  });

  it('on the simplex: no corner lies further along v - x', () => {
    const property = fc.property(vectors, (v) => {
      const x = project.simplex(v);
      const away = v.map((value, i) => value - x[i]!);
      expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(sum(x) - 1)).toBeLessThan(1e-13 * v.length);
      expect(Math.max(...away) - dot(away, x)).toBeLessThan(1e-12);
    });
    assertProperty(property, { numRuns: 500 });
  });

  it('Moreau: lInfinity(v, t) is v - l1Ball(v, t)', () => {
    const property = fc.property(vectors, sizes, (v, t) => {
      const ball = project.l1Ball(v, t);
      expectClose(
        prox.lInfinity(v, t),
        v.map((x, i) => x - ball[i]!),
        1e-13,
      );
    });
    assertProperty(property, { numRuns: 200 });
  });

  it('in float32 a projected point lies in its ball, measured in float64', () => {
    const property = fc.property(fc.constantFrom(...balls), vectors, sizes, (c, v, radius) => {
      const x = c.operator(Float32Array.from(v), radius);
      expect(c.norm(Array.from(x))).toBeLessThanOrEqual(radius);
      expect(c.operator(x, radius)).toEqual(x);
    });
    assertProperty(property, { numRuns: 500 });
  });

  it('at radius 0 and at scales whose squares overflow or vanish', () => {
    for (const { operator } of balls) expect(operator([3, -4], 0).map(Math.abs)).toEqual([0, 0]);
    expectClose(project.l2Ball([3e200, 4e200], 5), [3, 4], 1e-14);
    expect(project.l2Ball([3e-200, 4e-200], 1e-200)[1]! / 8e-201).toBeCloseTo(1, 12);
    expectClose(prox.groupL2([3e200, 4e200], 5e200), [0, 0], 1e-300);
  });
});

describe('what comes in and out', () => {
  const calls = [
    (v: never) => prox.l1(v, 0.3),
    (v: never) => prox.l2Squared(v, 0.3),
    (v: never) => prox.groupL2(v, 0.3),
    (v: never) => prox.lInfinity(v, 0.3),
    (v: never) => prox.elasticNet(v, 0.3, 0.4),
    (v: never) => project.l1Ball(v, 0.8),
    (v: never) => project.l2Ball(v, 0.8),
    (v: never) => project.lInfinityBall(v, 0.8),
    (v: never) => project.simplex(v),
  ] as unknown as ((v: unknown) => ArrayLike<number>)[];

  it.each(calls)('a vector comes back as what it came as, the argument untouched: %s', (call) => {
    const [list, double, single] = [[...V], Float64Array.from(V), Float32Array.from(V)];
    const [a, b, c] = [call(list), call(double), call(single)];
    expect(a).toBeInstanceOf(Array);
    expect(b).toBeInstanceOf(Float64Array);
    expect(c).toBeInstanceOf(Float32Array);
    expect(Array.from(b)).toEqual(a);
    expectClose(c, Array.from(a), 1e-6);
    expect(list).toEqual(V);
    expect(Array.from(double)).toEqual(V);
    expect(single).toEqual(Float32Array.from(V));
  });

  it.each([
    ...calls,
    (v: never) => prox.groupL2(v, 100),
    (v: never) => prox.l2Squared(v, 1e308),
    (v: never) => project.l1Ball(v, 100),
    (v: never) => project.l2Ball(v, 0),
    (v: never) => project.lInfinityBall(v, 0),
    (v: never) => prox.hierarchical(v, v, { lambda: 1 }).beta,
    (v: never) => prox.hierarchical(v, v, { lambda: 100, lambdaBar: 3 }).theta,
  ])('no entry is -0, whatever came in: %s', (call) => {
    const list = [3, -1, 0, -0, -0.5, -1e-40, -1e-300, -5e-324];
    for (const v of [list, Float64Array.from(list), Float32Array.from(list), [list, list]]) {
      const out = call(v as never) as unknown as ArrayLike<number> | Matrix;
      const numbers = out instanceof Matrix ? out.data : Array.from(out as number[]);
      expect(numbers.some((x) => Object.is(x, -0))).toBe(false);
    }
  });

  it.each(calls)('the rows of a table are vectors of their own: %s', (call) => {
    const rows = [V, V.map((x) => -2 * x), V.map(() => 0), [...V].reverse()];
    const out = call(rows) as unknown as Matrix;
    expect(out).toBeInstanceOf(Matrix);
    const single = rows.map((row) => Array.from(call(Float32Array.from(row))));
    expect(out.toArray()).toEqual(single);
  });

  it('a table large enough for threads gives the same as its rows', () => {
    const [rows, columns] = [700, 301];
    const data = Float32Array.from({ length: rows * columns }, (_, k) => Math.sin(k * k));
    const table = new Matrix(data, rows, columns);
    const out = prox.lInfinity(table, 5);
    for (const i of [0, 1, 350, 699]) {
      expect(out.row(i)).toEqual(prox.lInfinity(table.row(i), 5));
    }
  });

  it('hierarchical: two tables row by row, and vectors of two kinds', () => {
    const v = [
      [0.5, -0.2],
      [1, 1],
    ];
    const u = [
      [1, -0.3, 0.05],
      [4, 0, -9],
    ];
    const both = prox.hierarchical(v, u, { lambda: 0.1, M: 1 });
    v.forEach((row, i) => {
      const one = prox.hierarchical(row, u[i]!, { lambda: 0.1, M: 1 });
      expectClose(both.beta.row(i), one.beta);
      expectClose(both.theta.row(i), one.theta);
    });
    const mixed = prox.hierarchical(Float32Array.of(0.5, -0.25), [1, -0.5], { lambda: 0.1 });
    expect(mixed.beta).toBeInstanceOf(Float32Array);
    expect(mixed.theta).toEqual([1, -0.5]);
  });

  it('refuses what it cannot use', () => {
    const bad = 'ERR_INVALID_ARGUMENT';
    messageOf(() => prox.l1(V, -1), bad);
    messageOf(() => prox.l1(V, Number.NaN), bad);
    messageOf(() => prox.elasticNet(V, 1, 1.5), bad);
    messageOf(() => project.l1Ball(V, -0.1), bad);
    messageOf(() => project.simplex([]), bad);
    messageOf(() => prox.l1(new Float32Array(0), 1), bad);
    messageOf(() => prox.l1('abc' as never, 1), bad);
    messageOf(() => prox.l1([1, 'a'] as never, 1), bad);
    messageOf(() => prox.l1([1, Number.NaN], 1), 'ERR_NON_FINITE_INPUT');
    messageOf(() => prox.l1(Float32Array.of(1, Infinity), 1), 'ERR_NON_FINITE_INPUT');
    messageOf(() => prox.hierarchical(V, V, {} as never), bad);
    messageOf(() => prox.hierarchical(V, V, { lambda: 1, m: 2 } as never), bad);
    messageOf(() => prox.hierarchical([[1], [2]], [[1]], { lambda: 1 }), 'ERR_SHAPE_MISMATCH');
  });
});

describe('numbers far from the others', () => {
  // The projection on the simplex does not change when all numbers are shifted.
  it.each([
    [
      [1e15 + 0.5, 1e15, 1e15 - 0.25],
      [0.75, 0.25, 0],
    ],
    [
      [1e16 + 2, 1e16, 0],
      [1, 0, 0],
    ],
    [
      [1e17, 1, 2],
      [1, 0, 0],
    ],
    [
      [-1e17, -1e17],
      [0.5, 0.5],
    ],
  ])('simplex of %j', (v, expected) => {
    expect(project.simplex(v)).toEqual(expected);
    expect([...project.simplex(Float64Array.from(v))]).toEqual(expected);
  });

  it('simplex in float32', () => {
    expect([...project.simplex(Float32Array.of(3e38, 1, 1))]).toEqual([1, 0, 0]);
  });

  it.each([
    [[1e20], [1]],
    [
      [1e17, -1e17],
      [0.5, -0.5],
    ],
    [
      [1e16, 5e15, 1],
      [1, 0, 0],
    ],
  ])('L1 ball of %j', (v, expected) => {
    expect(project.l1Ball(v, 1)).toEqual(expected);
  });

  // sum_i max(|v_i| - c, 0) = t gives c = (3 + 2) / 3.
  it.each([1e16, 1e17])('L-infinity beside %d', (large) => {
    expect(prox.lInfinity([3, 2, large], large)).toEqual([5 / 3, 5 / 3, 5 / 3]);
  });
});
