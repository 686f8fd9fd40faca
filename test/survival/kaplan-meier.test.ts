import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kaplanMeier } from '../../src/survival/index.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const observations = fc.array(fc.tuple(fc.nat(12), fc.boolean()), { minLength: 1, maxLength: 60 });

describe('kaplanMeier', () => {
  it('follows the product by hand', () => {
    const curve = kaplanMeier([1, 2, 2, 3, 5], [1, 1, 0, 0, 1]);
    expect([...curve.time]).toEqual([1, 2, 3, 5]);
    expect([...curve.atRisk]).toEqual([5, 4, 2, 1]);
    expect([...curve.events]).toEqual([1, 1, 0, 1]);
    expect([...curve.censored]).toEqual([0, 1, 1, 0]);
    [0.8, 0.6, 0.6, 0].forEach((s, i) => {
      expect(curve.survival[i]).toBeCloseTo(s, 14);
    });
    // Greenwood: 0.6 sqrt(1/(5*4) + 1/(4*3))
    expect(curve.standardError[1]).toBeCloseTo(0.6 * Math.sqrt(1 / 20 + 1 / 12), 14);
    expect(curve.standardError[3]).toBeNaN();
    expect(curve.lower[3]).toBeNaN();
    expect(curve.median).toBe(5);
  });

  it('is the share still alive where nothing is censored', () => {
    assertProperty(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }), (time) => {
        const curve = kaplanMeier(
          time,
          time.map(() => true),
        );
        curve.time.forEach((t, i) => {
          const alive = time.filter((x) => x > t).length / time.length;
          expect(curve.survival[i]).toBeCloseTo(alive, 12);
          // Greenwood's variance is then the binomial one.
          if (alive > 0) {
            expect(curve.standardError[i]).toBeCloseTo(
              Math.sqrt((alive * (1 - alive)) / time.length),
              12,
            );
          }
        });
      }),
    );
  });

  it('accounts for every row, never rises, and lies within its limits', () => {
    assertProperty(
      fc.property(
        observations,
        fc.constantFrom('log', 'log-log', 'plain'),
        fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        (rows, transform, confidenceLevel) => {
          const curve = kaplanMeier(
            rows.map(([t]) => t),
            rows.map(([, e]) => e),
            { transform, confidenceLevel },
          );
          const total = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0);
          expect(total(curve.events) + total(curve.censored)).toBe(rows.length);
          curve.survival.forEach((s, i) => {
            expect(s).toBeLessThanOrEqual(i === 0 ? 1 : curve.survival[i - 1]!);
            if (s === 0) return;
            expect(curve.lower[i]).toBeLessThanOrEqual(s);
            expect(curve.upper[i]).toBeGreaterThanOrEqual(s);
            expect(curve.lower[i]).toBeGreaterThanOrEqual(0);
            expect(curve.upper[i]).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });

  it('takes the middle of the times at which the curve is one half, Infinity above it', () => {
    expect(kaplanMeier([1, 2, 3, 4], [1, 1, 1, 1]).median).toBe(2.5);
    expect(kaplanMeier([1, 2, 3, 4], [1, 1, 0, 0]).median).toBe(3);
    expect(kaplanMeier([1, 2, 3, 4], [1, 0, 0, 0])).toMatchObject({
      median: Infinity,
      medianUpper: Infinity,
    });
    const none = kaplanMeier([1, 2], [0, 0]);
    expect([...none.survival, ...none.lower, ...none.upper]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('refuses what it cannot use', () => {
    const refusals = [
      [() => kaplanMeier([], []), 'ERR_INVALID_ARGUMENT', 'time: '],
      [() => kaplanMeier([1, 2], [1, 2]), 'ERR_INVALID_ARGUMENT', 'event[1]: '],
      [() => kaplanMeier([1, 2], [1]), 'ERR_SHAPE_MISMATCH', 'event: expected 2 values'],
      [() => kaplanMeier([1, Infinity], [1, 1]), 'ERR_NON_FINITE_INPUT', 'time: '],
      [() => kaplanMeier([1], [1], { confidenceLevel: 1 }), 'ERR_INVALID_ARGUMENT', 'confidenceL'],
      [
        () => kaplanMeier([1], [1], { transform: 'loglog' as 'log' }),
        'ERR_INVALID_ARGUMENT',
        "transform: expected one of 'log', 'log-log', 'plain' (did you mean 'log-log'?)",
      ],
    ] as const;
    for (const [call, code, start] of refusals) {
      expect(messageOf(call, code).startsWith(start)).toBe(true);
    }
    assertProperty(
      fc.property(fc.anything(), fc.anything(), (time, event) => {
        expectCoded(() => kaplanMeier(time as number[], event as number[]));
      }),
    );
  });
});
