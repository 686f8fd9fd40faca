import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Matrix } from '../../src/data/matrix.js';
import { Imputer, type ImputerJson } from '../../src/preprocessing/imputer.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  strategy: 'median' | 'mean';
  X: (number | null)[][];
  statistics: number[];
  transformed: number[][];
}
const fixture = readFixture<{ versions: Record<string, string>; cases: Case[] }>('imputer.json');

const gaps = (X: readonly (number | null)[][]): number[][] =>
  X.map((row) => row.map((x) => x ?? Number.NaN));
const X = gaps([
  [1, 10],
  [null, 30],
  [3, null],
  [8, 20],
]);

describe(`Imputer and scikit-learn ${fixture.versions['scikit-learn']}`, () => {
  it.each(fixture.cases)('fills by the $strategy alike', (c) => {
    const imputer = new Imputer({ strategy: c.strategy }).fit(gaps(c.X));
    imputer.statistics.forEach((value, j) => {
      expect(value).toBeCloseTo(c.statistics[j]!, 12);
    });
    const filled = imputer.transform(gaps(c.X)).toArray();
    expect(filled).toEqual(Matrix.from(c.transformed).toArray());
  });
});

describe('Imputer', () => {
  it('fills gaps of other rows by what the fitted rows had', () => {
    const imputer = new Imputer().fit(X);
    expect([...imputer.statistics]).toEqual([3, 20]);
    expect(imputer.transform(gaps([[null, null]])).toArray()).toEqual([[3, 20]]);
    expect([...new Imputer({ strategy: 'mean' }).fit(X).statistics]).toEqual([4, 20]);
  });

  it('keeps what float64 resolves, in its statistics and in `fill`', () => {
    const unit = 2 ** -23; // of numbers near 1e9 float64 holds no smaller part
    const values = [0, 4, 8, 2, 1, 3].map((k) => 1e9 + k * unit);
    const table = [...values, Number.NaN].map((x) => [x, 1]);
    for (const [strategy, expected] of [
      ['mean', 3],
      ['median', 2.5],
    ] as const) {
      const imputer = new Imputer({ strategy }).fit(table);
      const rounded = 1e9 + Math.round(expected - 0.1) * unit; // 2.5 to the even number
      expect(imputer.statistics[0]).toBe(rounded);
      const { data, rows, columns } = imputer.fill(table);
      expect([rows, columns]).toEqual([7, 2]);
      expect(data).toEqual(Float64Array.from([...values, rounded].flatMap((x) => [x, 1])));
      const single = imputer.fill(Matrix.from(table.slice(0, 6)));
      expect(single.data).toBeInstanceOf(Float32Array);
    }
    const tiny = new Imputer().fit([[5e-324], [1e-323], [Number.NaN]]);
    expect(tiny.statistics[0]).toBe(1e-323); // 7.5e-324, to the even number
  });

  it('changes gaps only, and not the table it is given', () => {
    const entry = fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constant(Number.NaN));
    const rows = fc.array(fc.tuple(entry, entry), { minLength: 0, maxLength: 30 });
    assertProperty(
      fc.property(rows, fc.constantFrom('median', 'mean'), (drawn, strategy) => {
        const table = [[5, -5], ...drawn];
        const before = structuredClone(table);
        const imputer = new Imputer({ strategy });
        const filled = imputer.fitTransform(table).toArray();
        expect(table).toEqual(before);
        filled.forEach((row, i) => {
          row.forEach((x, j) => {
            const was = table[i]![j]!;
            expect(x).toBe(Number.isNaN(was) ? Math.fround(imputer.statistics[j]!) : was);
          });
        });
      }),
    );
  });

  it('does not overflow where the fill does not', () => {
    const huge = [[1.6e308], [1.4e308]];
    for (const strategy of ['median', 'mean'] as const) {
      const [fill] = new Imputer({ strategy }).fit(huge).statistics;
      expect(fill! / 1.5e308).toBeCloseTo(1, 12);
    }
  });

  it('goes through JSON unchanged', () => {
    const imputer = new Imputer({ strategy: 'mean' }).fit(X);
    const again = Imputer.fromJSON(JSON.parse(JSON.stringify(imputer)) as ImputerJson);
    expect([again.strategy, again.statistics]).toEqual(['mean', imputer.statistics]);
  });

  it('refuses what it cannot use', () => {
    const imputer = new Imputer();
    for (const use of [() => imputer.transform(X), () => imputer.statistics]) {
      messageOf(use, 'ERR_NOT_FITTED');
    }
    expect(messageOf(() => imputer.fit(gaps([[1, null]])), 'ERR_INVALID_ARGUMENT')).toBe(
      'X: expected a value in each column, received none in column 1',
    );
    expect(messageOf(() => imputer.fit([[1], [-Infinity]]), 'ERR_NON_FINITE_INPUT')).toBe(
      'X: expected finite values or NaN, received -Infinity at row 1, column 0',
    );
    messageOf(() => imputer.fit([]), 'ERR_INVALID_ARGUMENT');
    imputer.fit(X);
    messageOf(() => imputer.transform([[1, 2, 3]]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => imputer.transform([[1, 1e300]]), 'ERR_NON_FINITE_INPUT');
    const options = { strategy: 'mode' } as unknown as { strategy: 'mean' };
    messageOf(() => new Imputer(options), 'ERR_INVALID_ARGUMENT');
  });

  it('refuses JSON that toJSON has not written', () => {
    for (const json of [
      null,
      { statistics: [1] },
      { strategy: 'mean', statistics: [] },
      { strategy: 'mean', statistics: [null] },
    ]) {
      messageOf(() => Imputer.fromJSON(json as unknown as ImputerJson), 'ERR_INVALID_ARGUMENT');
    }
  });
});
