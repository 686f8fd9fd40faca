import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runSliced, runSync } from '../../src/common/time-slices.js';
import type { RawMatrix } from '../../src/data/matrix.js';
import { LOSSES } from '../../src/options/losses.js';
import {
  learnTargets,
  type Standard,
  TargetScaler,
} from '../../src/preprocessing/target-scaler.js';
import { weightedQuantile } from '../../src/preprocessing/weighted-quantile.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

const column = (y: ArrayLike<number>): RawMatrix => ({
  data: Float64Array.from(y),
  rows: y.length,
  columns: 1,
});

function learned(y: ArrayLike<number>, standard: Standard, weights: ArrayLike<number> | null) {
  const heft = weights && Float32Array.from(weights);
  const scaler = runSync(learnTargets({ exact: column(y), weights: heft }, { standard }))!;
  return { location: scaler.location[0]!, scale: scaler.scale[0]! };
}

interface Case {
  y: number[];
  weights: number[] | null;
  mean: number;
  deviation: number;
  median: number;
  spread: number;
}
const fixture = readFixture<{ versions: Record<string, string>; cases: Record<string, Case> }>(
  'targets.json',
);

describe(`location and scale, and scikit-learn ${fixture.versions['scikit-learn']}`, () => {
  it.each(Object.entries(fixture.cases))('%s', (_, { y, weights, ...expected }) => {
    const moments = learned(y, 'moments', weights);
    // Weights come in float32.
    const relative = weights === null ? 1e-12 : 1e-6;
    const size = Math.abs(expected.mean) * 1e-15;
    expect(Math.abs(moments.location - expected.mean)).toBeLessThan(
      relative * expected.deviation + size,
    );
    expect(Math.abs(moments.scale) / expected.deviation).toBeCloseTo(1, weights ? 5 : 8);
    const quantiles = learned(y, 'quantiles', weights);
    expect(quantiles.location).toBe(expected.median);
    expect(Math.abs(quantiles.scale)).toBeCloseTo(expected.spread, 12);
  });
});

describe('quantiles', () => {
  const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 });
  const share = fc.constantFrom(0.1, 0.25, 0.5, 0.75, 0.9);
  const of = (y: readonly number[], p: number, weights: readonly number[] | null = null) =>
    runSync(
      weightedQuantile(
        { values: Float64Array.from(y), weights: weights && Float64Array.from(weights) },
        p,
      ),
    );

  it('count a value of weight w as w values', () => {
    const weighed = fc.array(
      fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 1, max: 4 })),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    assertProperty(
      fc.property(weighed, share, (pairs, p) => {
        const repeated = pairs.flatMap(([y, w]) => new Array<number>(w).fill(y));
        const [y, weights] = [pairs.map(([value]) => value), pairs.map(([, w]) => w / 7)];
        expect(of(y, p, weights)).toBe(of(repeated, p));
      }),
      { seed: 1 },
    );
  });

  it('of negated values are those of the other side', () => {
    assertProperty(
      fc.property(values, fc.constantFrom(0.25, 0.5, 0.75), (y, p) => {
        expect(
          of(
            y.map((value) => -value),
            p,
          ) + of(y, 1 - p),
        ).toBe(0);
      }),
      { seed: 2 },
    );
  });

  it('of many values in any order take turns, and come out the same', async () => {
    const n = 600_001;
    for (const order of [(i: number) => i, (i: number) => n - i, (i: number) => (i * 7919) % n]) {
      const sample = {
        values: Float64Array.from({ length: n }, (_, i) => order(i)),
        weights: null,
      };
      const later = runSliced(weightedQuantile(sample, 0.5));
      expect(later).toBeInstanceOf(Promise);
      expect(await later).toBe(order(0) === n ? (n + 1) / 2 : (n - 1) / 2);
    }
  });
});

describe('a target scaler', () => {
  const draw = (k: number) => Math.sin(12.9898 * (k + 1)) * 3 + Math.cos(k);
  const y = Array.from({ length: 57 }, (_, k) => draw(k));
  const standards = ['moments', 'quantiles'] as const;
  const transformed = (of: readonly number[], standard: Standard) => {
    const exact = column(of);
    const scaler = runSync(learnTargets({ exact, weights: null }, { standard }))!;
    return { scaler, z: runSync(scaler.transform(exact, 'y')) };
  };

  it('is there for the losses that compare values', () => {
    const standard = Object.entries(LOSSES).map(([name, traits]) => [name, 'standard' in traits]);
    expect(Object.fromEntries(standard)).toEqual({
      ...{ mse: true, mae: true, huber: true },
      ...{ 'cross-entropy': false, bce: false, cox: false },
    });
  });

  it.each(standards)('by %s makes one of a y + b, whatever a and b', (standard) => {
    const { z } = transformed(y, standard);
    const a = fc.tuple(fc.constantFrom(1, -1), fc.double({ min: -9, max: 9, noNaN: true }));
    assertProperty(
      fc.property(a, fc.double({ min: -1e6, max: 1e6, noNaN: true }), ([sign, decade], offset) => {
        const by = sign * 10 ** decade;
        const other = transformed(
          y.map((value) => by * (value + offset)),
          standard,
        ).z;
        other.data.forEach((value, i) => {
          expect(Math.abs(value - z.data[i]!)).toBeLessThan(1e-6);
        });
      }),
      { seed: 3 },
    );
  });

  it.each(standards)(
    'by %s makes the same bits of y times a power of two, or minus one',
    (standard) => {
      for (const a of [-1, 2 ** -90, -(2 ** 60)]) {
        expect(
          transformed(
            y.map((v) => a * v),
            standard,
          ).z.data,
        ).toEqual(transformed(y, standard).z.data);
      }
    },
  );

  it.each(standards)('by %s keeps what float64 resolves of y far from 0', (standard) => {
    const { scaler, z } = transformed(
      y.map((v) => 1e6 + 1e-3 * v),
      standard,
    );
    const back = runSync(scaler.undo(z, new Float64Array(57)));
    back.forEach((value, i) => {
      expect(Math.abs(value - 1e6 - 1e-3 * y[i]!)).toBeLessThan(2e-9);
    });
    const rounded = runSync(scaler.undo(z, new Float32Array(57)));
    expect(rounded).toEqual(Float32Array.from(back));
  });

  it.each(standards)('by %s takes a constant as scale 0, and gives it back exactly', (standard) => {
    for (const constant of [0, 0.1, -1e300, 5e-324]) {
      const { location, scale } = learned(new Array(7).fill(constant), standard, null);
      expect([location, scale]).toEqual([constant, 0]);
    }
    const scaler = new TargetScaler({ location: Float64Array.of(0.1), scale: Float64Array.of(0) });
    expect(runSync(scaler.transform(column([0.1, 7]), 'y')).data).toEqual(Float32Array.of(0, 0));
    const outputs = { ...column([0, 5]), data: Float32Array.of(0, 5) };
    expect(runSync(scaler.undo(outputs as never, new Float64Array(2)))).toEqual(
      Float64Array.of(0.1, 0.1),
    );
  });

  it.each(standards)('by %s has a scale above 0 wherever two values differ', (standard) => {
    const one = [0.3, 1e-30, 5e-324, 1e30].map((off) => [
      1,
      ...new Array(9).fill(1 - off),
      1 - off,
    ]);
    for (const values of [...one, [0, 5e-324], [0, 0, 0, 0, 0, 0, 0, 0, 1e-200]]) {
      if (new Set(values).size < 2) continue;
      const { scale } = learned(values, standard, null);
      expect(Math.abs(scale)).toBeGreaterThan(0);
    }
  });

  it('takes the median distance of the others where the quartiles coincide', () => {
    const values = [...new Array(16).fill(2), 5, 2.5, 12];
    expect(learned(values, 'quantiles', null)).toEqual({ location: 2, scale: 3 });
  });

  it('counts no row of weight 0, and only the rows it is told', () => {
    const weights = y.map((_, i) => (i % 3 === 0 ? 0 : 1));
    const others = y.filter((_, i) => i % 3 !== 0);
    const spoilt = y.map((v, i) => (i % 3 === 0 ? -999 : v));
    const rows = Int32Array.from(y.keys()).filter((i) => i % 3 !== 0);
    for (const standard of standards) {
      const expected = learned(others, standard, null);
      const weighed = learned(spoilt, standard, weights);
      const chosen = runSync(
        learnTargets({ exact: column(spoilt), weights: null }, { standard }, rows),
      )!;
      expect(weighed.location).toBeCloseTo(expected.location, 12);
      expect(weighed.scale).toBeCloseTo(expected.scale, 12);
      expect([chosen.location[0], chosen.scale[0]]).toEqual([expected.location, expected.scale]);
    }
  });

  it('refuses what is beyond float32 once standardised, and tables of other columns', () => {
    const scaler = new TargetScaler({ location: Float64Array.of(0), scale: Float64Array.of(1e-9) });
    expect(
      messageOf(() => runSync(scaler.transform(column([0, 1e30]), 'y')), 'ERR_NON_FINITE_INPUT'),
    ).toBe(
      'y: expected values within float32 once standardised, received 1e+30 at row 1, column 0',
    );
    const two = { data: new Float64Array(2), rows: 1, columns: 2 };
    messageOf(() => runSync(scaler.transform(two, 'y')), 'ERR_SHAPE_MISMATCH');
  });
});
