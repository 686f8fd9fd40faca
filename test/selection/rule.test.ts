import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Parameters } from '../../src/selection/grid.js';
import { choose, type Judged } from '../../src/selection/rule.js';
import { assertProperty } from '../properties/assert-property.js';

const row = (parameters: Parameters, error: number, standardError = 0.01): Judged => ({
  parameters,
  error,
  standardError,
});

describe('choice of a row', () => {
  it("'best' takes the least error, of equals the simpler model", () => {
    const rows = [
      row({ alpha: 1, beta: 0 }, 0.2),
      row({ alpha: 2, beta: 0 }, 0.2),
      row({ alpha: 2, beta: 1 }, 0.2),
      row({ alpha: 4, beta: 0 }, 0.21),
    ];
    expect(choose(rows, 'best')).toBe(rows[2]);
  });

  it('tells errors of any size apart', () => {
    for (const unit of [1e-300, 1e-20, 1, 1e20]) {
      const rows = [row({ alpha: 1 }, 0.1 * unit, 0), row({ alpha: 2 }, 0.11 * unit, 0)];
      for (const rule of ['best', 'one-standard-error'] as const) {
        expect(choose(rows, rule)).toBe(rows[0]);
      }
    }
  });

  it("'one-standard-error' takes the largest alpha within one standard error of the best", () => {
    const rows = [0.1, 0.12, 0.13, 0.149, 0.16].map((error, k) =>
      row({ relativeWeight: k }, error, k === 1 ? 9 : 0.05),
    );
    expect(choose(rows, 'one-standard-error')).toBe(rows[3]);
  });

  it('then takes the largest beta whose error at that alpha is within 10 % of the least there', () => {
    const rows = [
      row({ alpha: 1, beta: 0.1 }, 0.1, 0.02),
      row({ alpha: 1, beta: 9 }, 0.3),
      row({ alpha: 2, beta: 0.1 }, 0.12),
      row({ alpha: 2, beta: 0.5 }, 0.131),
      row({ alpha: 2, beta: 1 }, 0.133),
      row({ alpha: 4, beta: 0.1 }, 0.13),
    ];
    expect(choose(rows, 'one-standard-error')).toBe(rows[3]);
  });

  it('leaves other options at their best', () => {
    const rows = [
      row({ hidden: [8], alpha: 1 }, 0.1, 0.05),
      row({ hidden: [4], alpha: 9 }, 0.12),
      row({ hidden: [4], alpha: 1 }, 0.13),
    ];
    expect(choose(rows, 'one-standard-error')).toBe(rows[0]);
  });

  it('never exceeds its bounds, and meets them with the largest weights', () => {
    const error = fc.double({ min: 0, max: 1, noNaN: true });
    assertProperty(
      fc.property(fc.array(error, { minLength: 12, maxLength: 12 }), error, (errors, se) => {
        const rows = errors.map((e, k) => row({ alpha: k % 4, beta: Math.floor(k / 4) }, e, se));
        const chosen = choose(rows, 'one-standard-error');
        const best = choose(rows, 'best');
        expect(best.error).toBeLessThanOrEqual(Math.min(...errors) + 1e-11);
        expect(chosen.parameters.alpha).toBeGreaterThanOrEqual(best.parameters.alpha!);
        const larger = rows.filter(
          ({ parameters: { alpha, beta } }) =>
            alpha! > chosen.parameters.alpha! && beta === best.parameters.beta,
        );
        for (const { error: e } of larger) expect(e).toBeGreaterThan(best.error + se);
        const there = rows.filter(({ parameters: p }) => p.alpha === chosen.parameters.alpha);
        const least = Math.min(...there.map((r) => r.error));
        expect(chosen.error).toBeLessThanOrEqual(1.1 * least + 1e-11);
      }),
    );
  });
});
