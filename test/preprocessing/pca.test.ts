import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import type { Matrix } from '../../src/data/matrix.js';
import { pca } from '../../src/preprocessing/pca.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  X: number[][];
  transformed: number[][];
  components: number[][];
  explainedVariance: number[];
  explainedVarianceRatio: number[];
  mean: number[];
}
type Name = 'tall' | 'wide' | 'offset' | 'deficient';
const fixture = readFixture<Record<Name, Case>>('pca.json');

function expectClose(actual: ArrayLike<number>, expected: readonly number[], within: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((x, i) => {
    expect(Math.abs(actual[i]! - x)).toBeLessThanOrEqual(within);
  });
}

/** Largest absolute entry of V V^T - I. */
function departureFromOrthonormal(components: Matrix): number {
  let largest = 0;
  for (let a = 0; a < components.rows; a++) {
    for (let b = 0; b <= a; b++) {
      const other = components.row(b);
      const dot = components.row(a).reduce((sum, x, j) => sum + x * other[j]!, 0);
      largest = Math.max(largest, Math.abs(dot - (a === b ? 1 : 0)));
    }
  }
  return largest;
}

describe('pca', () => {
  it.each(['tall', 'wide', 'offset'] as const)('agrees with scikit-learn on a %s table', (name) => {
    const expected = fixture[name];
    const result = pca(expected.X, expected.components.length);
    // Of numbers near 1e6 only 1e-10 is stored.
    const within = name === 'offset' ? 1e-9 : 1e-10;
    expectClose(result.explainedVariance, expected.explainedVariance, within);
    expectClose(result.explainedVarianceRatio, expected.explainedVarianceRatio, within);
    expectClose(result.mean, expected.mean, within);
    // float32: a relative 2^-24.
    expectClose(result.components.data, expected.components.flat(), 1e-7);
    expectClose(result.transformed.data, expected.transformed.flat(), 1e-6);
  });

  it('gives directions without variance past the rank', () => {
    const expected = fixture.deficient;
    const result = pca(expected.X, 6);
    expectClose(result.explainedVariance, expected.explainedVariance, 1e-10);
    expect([...result.explainedVariance.subarray(3)]).toEqual([0, 0, 0]);
    expectClose(
      result.components.data.subarray(0, 24),
      expected.components.slice(0, 3).flat(),
      1e-7,
    );
    expectClose(result.transformed.data, expected.transformed.flat(), 1e-6);
    expect(departureFromOrthonormal(result.components)).toBeLessThan(1e-6);
  });

  it('returns orthonormal components, uncorrelated columns and all of the variance', () => {
    const tables = fc
      .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat())
      .map(([rows, columns, seed]) => {
        const random = new Random(seed);
        // Rounded, so that duplicates and constant columns come up.
        const value = (): number => Math.round(random.normal());
        return Array.from({ length: rows }, () => Array.from({ length: columns }, value));
      });
    assertProperty(
      fc.property(tables, (X) => {
        const columns = X[0]!.length;
        const count = Math.min(X.length, columns);
        const { components, transformed, explainedVariance, explainedVarianceRatio, mean } = pca(
          X,
          count,
        );
        expect(departureFromOrthonormal(components)).toBeLessThan(1e-6);
        const kept = explainedVarianceRatio.reduce((sum, r) => sum + r, 0);
        expect(Math.abs(kept - (explainedVariance[0]! > 0 ? 1 : 0))).toBeLessThan(1e-10);
        X.forEach((row, i) => {
          row.forEach((x, j) => {
            let rebuilt = mean[j]!;
            for (let c = 0; c < count; c++) rebuilt += transformed.get(i, c) * components.get(c, j);
            expect(Math.abs(rebuilt - x)).toBeLessThan(1e-5);
          });
        });
        for (let c = 0; c < count; c++) {
          const direction = components.row(c);
          // Entries of either sign may tie for the largest.
          expect(Math.max(...direction)).toBeGreaterThan(-Math.min(...direction) - 1e-6);
          if (c > 0) expect(explainedVariance[c]! <= explainedVariance[c - 1]!).toBe(true);
        }
      }),
    );
  });

  it.each([1, 1e-3, 1e-6, 1e-9, 1e-12])('keeps a column whose unit is %d of the others', (unit) => {
    // Orthogonal columns of signs: the components are the columns, whatever their units.
    const signs = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [1, 2, 4].map((b) => (i & b ? 1 : -1)));
    const units = [8, 2 * Math.sqrt(unit), unit];
    const X = signs.map((row) => row.map((s, j) => s * units[j]! + 5));
    const exact = X[0]!.map((x, j) => (X[7]![j]! - x) / 2); // 5 has cost the last one digits
    for (const table of [X, X.map((row) => [...row, 3, 3, 3, 3, 3, 3, 3])]) {
      const { explainedVariance, components, transformed } = pca(table, 3);
      exact.forEach((size, c) => {
        expect(explainedVariance[c]! / ((8 * size * size) / 7)).toBeCloseTo(1, 6);
        expect(components.get(c, c)).toBeCloseTo(1, 6);
        signs.forEach((row, i) => {
          expect(transformed.get(i, c) / size).toBeCloseTo(row[c]!, 2);
        });
      });
    }
  });

  it('finds no variance past the rank of a table far from 0', () => {
    for (const X of [
      [0, 1, 5].map((k) => [1e6 + k / 3, 1e6 - k / 3, 1e-3 * k]),
      [0, 1, 5, 2].map((k) => [1e9 + k / 3, 7]),
      [[0.1, 1e6, 0.3, 0.7].map((x) => x * 3), [0.2, 1e6 + 0.1, 0.1, 0.9]],
    ]) {
      const { explainedVariance } = pca(X, 2);
      expect(explainedVariance[0]).toBeGreaterThan(0);
      expect(explainedVariance[1]! / explainedVariance[0]!).toBeLessThan(1e-18);
    }
  });

  it('takes a constant table', () => {
    const { transformed, explainedVariance, explainedVarianceRatio } = pca(
      [
        [3, 4],
        [3, 4],
      ],
      2,
    );
    expect([...transformed.data]).toEqual([0, 0, 0, 0]);
    expect([...explainedVariance]).toEqual([0, 0]);
    expect([...explainedVarianceRatio]).toEqual([0, 0]);
  });

  it('does not change X', () => {
    const data = Float64Array.of(1, 2, 3, 5);
    pca({ data, rows: 2, columns: 2 }, 1);
    expect([...data]).toEqual([1, 2, 3, 5]);
  });

  it('takes a table of 400 x 1000', () => {
    const random = new Random(0);
    const data = Float64Array.from({ length: 400_000 }, () => random.normal());
    const { explainedVarianceRatio } = pca({ data, rows: 400, columns: 1000 }, 10);
    expect(explainedVarianceRatio[0]).toBeGreaterThan(0);
  });

  it('names what is wrong', () => {
    const X = [
      [1, 2, 3],
      [4, 5, 7],
    ];
    expect(messageOf(() => pca(X, 3), 'ERR_INVALID_ARGUMENT')).toBe(
      'components: expected an integer from 1 to 2, received 3',
    );
    messageOf(() => pca(X, 0), 'ERR_INVALID_ARGUMENT');
    messageOf(() => pca(X, 1.5), 'ERR_INVALID_ARGUMENT');
    expect(messageOf(() => pca([[1, 2]], 1), 'ERR_INVALID_ARGUMENT')).toBe(
      'X: expected at least 2 rows, received 1',
    );
    messageOf(() => pca([[1, 2], [3]], 1), 'ERR_SHAPE_MISMATCH');
    messageOf(
      () =>
        pca(
          [
            [1, Number.NaN],
            [3, 4],
          ],
          1,
        ),
      'ERR_NON_FINITE_INPUT',
    );
    messageOf(
      () =>
        pca(
          [
            [1, 1e39],
            [3, 4],
          ],
          1,
        ),
      'ERR_NON_FINITE_INPUT',
    );
  });
});
