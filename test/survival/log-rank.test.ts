import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logRank } from '../../src/survival/index.js';
import { messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const groups = ['a', 'b', 'c'];
const observations = fc
  .array(fc.tuple(fc.nat(12), fc.boolean(), fc.constantFrom(...groups), fc.nat(2)), {
    minLength: 4,
    maxLength: 60,
  })
  .filter((rows) => {
    try {
      run(rows);
      return true;
    } catch {
      return false; // no two groups at risk together at an event
    }
  });
type Rows = readonly (readonly [number, boolean, string, number])[];

function run(rows: Rows, isStratified = false) {
  return logRank(
    rows.map(([t]) => t),
    rows.map(([, e]) => e),
    rows.map(([, , g]) => g),
    isStratified ? { strata: rows.map(([, , , s]) => s) } : {},
  );
}

describe('logRank', () => {
  it('of two groups is the test by hand', () => {
    // At 1: 1 of 4 at risk, 2 in a; at 2: 1 of 3, 1 in a; at 3: 1 of 2, 1 in a; 4: b alone.
    const { statistic, degreesOfFreedom, expected, observed, groups } = logRank(
      [1, 3, 2, 4],
      [1, 1, 1, 1],
      ['a', 'a', 'b', 'b'],
    );
    const e = 2 / 4 + 1 / 3 + 1 / 2;
    const v = 1 / 4 + (1 / 3) * (2 / 3) + 1 / 4;
    expect(groups).toEqual(['a', 'b']);
    expect([...observed]).toEqual([2, 2]);
    expect(expected[0]).toBeCloseTo(e, 14);
    expect(statistic).toBeCloseTo((2 - e) ** 2 / v, 14);
    expect(degreesOfFreedom).toBe(1);
  });

  it('does not depend on the order of rows, the names of groups or the unit of time', () => {
    assertProperty(
      fc.property(observations, fc.boolean(), (rows, isStratified) => {
        const first = attempt(rows);
        const names: Record<string, string> = { a: 'z', b: 'y', c: 'x' };
        const again = attempt(
          rows.map(([t, e, g, s]) => [7 * t + 1, e, names[g]!, 2 - s] as const).reverse(),
        );
        expect(again?.degreesOfFreedom).toBe(first?.degreesOfFreedom);
        if (first !== undefined) expect(again?.statistic).toBeCloseTo(first.statistic, 8);

        function attempt(of: Rows) {
          try {
            return run(of, isStratified);
          } catch {
            return undefined;
          }
        }
      }),
    );
  });

  it('sees as many events as expected in all, in every stratum', () => {
    assertProperty(
      fc.property(observations, (rows) => {
        const { observed, expected } = run(rows);
        const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
        expect(sum(expected)).toBeCloseTo(sum(observed), 10);
      }),
    );
  });

  it('stratified by copies is the test of one copy with twice the sums', () => {
    assertProperty(
      fc.property(observations, (rows) => {
        const one = run(rows);
        const two = run(
          [0, 1].flatMap((s) => rows.map(([t, e, g]) => [t, e, g, s] as const)),
          true,
        );
        expect(two.degreesOfFreedom).toBe(one.degreesOfFreedom);
        expect(two.statistic).toBeCloseTo(2 * one.statistic, 7);
      }),
    );
  });

  it('counts a degree of freedom less for each set of groups that never meet', () => {
    const half = [1, 2, 3, 4, 5, 6];
    const pairs = logRank(
      [...half, ...half],
      [...half, ...half].map(() => 1),
      [1, 1, 1, 2, 2, 2, 3, 4, 3, 4, 3, 4],
      { strata: half.map(() => 'x').concat(half.map(() => 'y')) },
    );
    expect(pairs.degreesOfFreedom).toBe(2);
    const one = logRank(
      half,
      half.map(() => 1),
      [1, 1, 1, 2, 2, 2],
    );
    const other = logRank(
      half,
      half.map(() => 1),
      [3, 4, 3, 4, 3, 4],
    );
    expect(pairs.statistic).toBeCloseTo(one.statistic + other.statistic, 12);
    // A group that is gone before the first event.
    const gone = logRank([0, 1, 2, 3, 4], [0, 1, 1, 1, 1], ['c', 'a', 'b', 'a', 'b']);
    expect(gone.degreesOfFreedom).toBe(1);
    expect(gone.expected[2]).toBe(0);
  });

  it('has a logarithm of p where p is no number of double precision', () => {
    const n = 3000;
    const time = Float64Array.from({ length: 2 * n }, (_, i) => i);
    const group = Array.from({ length: 2 * n }, (_, i) => (i < n ? 0 : 1));
    const { pValue, logPValue, statistic } = logRank(time, new Uint8Array(2 * n).fill(1), group);
    expect(statistic).toBeGreaterThan(2000);
    expect(pValue).toBe(0);
    // Of one degree of freedom: p < exp(-x/2), and log p ~ -x/2 - log(pi x / 2) / 2.
    expect(logPValue).toBeLessThan(-statistic / 2);
    expect(logPValue).toBeCloseTo(-statistic / 2 - Math.log((Math.PI * statistic) / 2) / 2, 2);
  });

  it('refuses what cannot be tested', () => {
    const refusals = [
      [
        () => logRank([1, 2], [1, 1], [0, 0]),
        'ERR_INVALID_ARGUMENT',
        'group: expected at least two',
      ],
      [() => logRank([1, 2], [0, 0], [0, 1]), 'ERR_INVALID_ARGUMENT', 'event: expected an event'],
      [() => logRank([1, 2], [1, 0], [0]), 'ERR_SHAPE_MISMATCH', 'group: '],
      [() => logRank([1, 2], [1, 0], [0, 1], { strata: [1] }), 'ERR_SHAPE_MISMATCH', 'strata: '],
      [
        () => logRank([1, 2], [1, 0], [0, 1], { stratum: [1, 2] } as object),
        'ERR_INVALID_ARGUMENT',
        'options: ',
      ],
      [
        // Each group is alone in its stratum.
        () => logRank([1, 2], [1, 1], [0, 1], { strata: [0, 1] }),
        'ERR_INVALID_ARGUMENT',
        'event: ',
      ],
    ] as const;
    for (const [call, code, start] of refusals) {
      expect(messageOf(call, code).startsWith(start)).toBe(true);
    }
  });
});
