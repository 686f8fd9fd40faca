import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concordanceIndex } from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  time: number[];
  event: number[];
  risk: number[];
  concordance: number;
}
const { concordance } = readFixture<{ concordance: Case[] }>('metrics.json');

const rows = fc.array(fc.tuple(fc.nat(8), fc.boolean(), fc.nat(6)), {
  minLength: 1,
  maxLength: 40,
});

/** Every pair looked at, by the definition. */
function byPairs(drawn: readonly (readonly [number, boolean, number])[]): number {
  let score = 0;
  let comparable = 0;
  for (const [time, event, risk] of drawn) {
    for (const [otherTime, otherEvent, otherRisk] of drawn) {
      if (!event || otherTime < time || (otherTime === time && otherEvent)) continue;
      comparable++;
      if (risk > otherRisk) score += 1;
      if (risk === otherRisk) score += 0.5;
    }
  }
  return score / comparable;
}

describe('concordanceIndex', () => {
  it("agrees with SciPy's Somers' D and scikit-learn's area under the ROC curve", () => {
    expect(concordance.length).toBe(5);
    for (const { time, event, risk, concordance: expected } of concordance) {
      expect(Math.abs(concordanceIndex(time, event, risk) - expected)).toBeLessThan(1e-10);
    }
  });

  it('counts pairs as the definition does, under censoring and ties', () => {
    assertProperty(
      fc.property(rows, (drawn) => {
        const expected = byPairs(drawn);
        fc.pre(!Number.isNaN(expected));
        const time = drawn.map(([t]) => t);
        const event = drawn.map(([, e]) => e);
        const risk = drawn.map(([, , r]) => r);
        expect(concordanceIndex(time, event, risk)).toBeCloseTo(expected, 12);
        const opposite = risk.map((r) => -r);
        expect(concordanceIndex(time, event, opposite)).toBeCloseTo(1 - expected, 12);
      }),
    );
  });

  it('is 1 when the risks put the events in order', () => {
    expect(concordanceIndex([1, 2, 3], [1, 1, 0], [3, 2, 1])).toBe(1);
    expect(concordanceIndex([1, 2, 3], [1, 1, 0], [1, 2, 3])).toBe(0);
    expect(concordanceIndex([1, 2, 3], Uint8Array.of(1, 1, 0), [5, 5, 5])).toBe(0.5);
  });

  it('takes an event before a censoring at the same time, and no order of two events', () => {
    expect(concordanceIndex([1, 1], [true, false], [2, 1])).toBe(1);
    messageOf(() => concordanceIndex([1, 1], [1, 1], [2, 1]), 'ERR_INVALID_ARGUMENT');
  });

  it('names what is wrong', () => {
    expect(messageOf(() => concordanceIndex([1, 2], [0, 2], [1, 1]), 'ERR_INVALID_ARGUMENT')).toBe(
      'event[1]: expected 0, 1, true or false, received 2',
    );
    messageOf(() => concordanceIndex([1, 2], [0, 0], [1, 1]), 'ERR_INVALID_ARGUMENT');
    messageOf(() => concordanceIndex([1, 2], [1, 0], [1]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => concordanceIndex([1, 2], [1], [1, 2]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => concordanceIndex([1, 2], [1, 0], [1, Number.NaN]), 'ERR_NON_FINITE_INPUT');
  });

  it('takes 200,000 rows, of which it cannot look at every pair', () => {
    const count = 200_000;
    const time = Float64Array.from({ length: count }, (_, i) => (i * 7919) % count);
    const event = Uint8Array.from({ length: count }, (_, i) => (i % 3 ? 1 : 0));
    expect(
      concordanceIndex(
        time,
        event,
        time.map((t) => -t),
      ),
    ).toBe(1);
  });
});
