// Scores without a unit are the same in any unit, the others change with it, from 1e-300 to 1e300; and a value
// of any size leaves alone what it has no part in. Ordinary values are checked elsewhere, against scikit-learn.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import {
  calinskiHarabasz,
  concordanceIndex,
  daviesBouldin,
  maxError,
  meanAbsoluteError,
  meanSquaredError,
  rSquared,
  silhouetteSamples,
  silhouetteScore,
  silhouetteScoreAsync,
} from '../../src/metrics/index.js';
import { kaplanMeier } from '../../src/survival/index.js';

const POWERS = Array.from({ length: 21 }, (_, i) => 10 ** (30 * i - 300));
/** Powers of two, which round nothing. */
const EXACT = [-1000, -600, -500, -1, 1, 500, 600, 1000].map((power) => 2 ** power);

function draw(seed: number, rows: number, columns: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (i % 3) * (j + 2) + random.normal()),
  );
}

function times(rows: readonly (readonly number[])[], factor: number): number[][] {
  return rows.map((row) => row.map((x) => x * factor));
}

const X = draw(1, 60, 4);
const LABELS = X.map((_, i) => i % 3);

describe.each(Object.entries({ silhouetteScore, calinskiHarabasz, daviesBouldin }))(
  '%s',
  (_, index) => {
    it('is the same in any unit', () => {
      const value = index(X, LABELS);
      for (const unit of EXACT) expect(index(times(X, unit), LABELS)).toBe(value);
      for (const unit of POWERS) {
        expect(Math.abs(index(times(X, unit), LABELS) / value - 1)).toBeLessThan(1e-12);
      }
    });

    it('is a number where values fill all of float64', () => {
      const most = Number.MAX_VALUE;
      const ends = [[most], [-most], [most / 2], [-most / 2], [most], [0]];
      expect(index(ends, [0, 1, 0, 1, 0, 1])).toBeCloseTo(
        index(
          ends.map(([x]) => [x! / most]),
          [0, 1, 0, 1, 0, 1],
        ),
        12,
      );
    });
  },
);

describe('a row of any size in a cluster of its own', () => {
  it('leaves the silhouettes of the others alone', async () => {
    const expected = silhouetteSamples(X, LABELS);
    for (const fill of [1e20, 1e150, 1e200, -1e300]) {
      for (const at of [0, 30, 60]) {
        const table = X.toSpliced(at, 0, [fill, fill, fill, fill]);
        const labels = LABELS.toSpliced(at, 0, 3);
        const found = silhouetteSamples(table, labels);
        expect(found[at]).toBe(0);
        found
          .filter((_, i) => i !== at)
          .forEach((s, i) => {
            expect(Math.abs(s - expected[i]!)).toBeLessThan(1e-12);
          });
        expect(await silhouetteScoreAsync(table, labels)).toBe(silhouetteScore(table, labels));
      }
    }
  });

  it('leaves the spread of the others and their distances in Davies-Bouldin alone', () => {
    // Its own worst ratio and those to it are 0 but for rounding.
    const expected = (3 * daviesBouldin(X, LABELS)) / 4;
    for (const fill of [1e20, 1e37, 1e150, 1e300]) {
      for (const at of [0, 30, 60]) {
        const table = X.toSpliced(at, 0, [fill, fill, fill, fill]);
        const value = daviesBouldin(table, LABELS.toSpliced(at, 0, 3));
        expect(Math.abs(value / expected - 1)).toBeLessThan(1e-12);
      }
    }
  });

  it('leaves the scatter of the others in Calinski-Harabasz', () => {
    // Closed form: within from the others alone; between 2 f^2 / 3, f the distance, but for 1 / f.
    const table = [[0], [2], [1e20]];
    expect(calinskiHarabasz(table, [0, 0, 1]) / (((2 / 3) * 1e40) / 2)).toBeCloseTo(1, 12);
  });
});

describe('daviesBouldin where means coincide', () => {
  const rings = [1, 3].flatMap((radius) =>
    [0, 1, 2, 3].map((quarter) => [
      radius * Math.round(Math.cos((quarter * Math.PI) / 2)),
      radius * Math.round(Math.sin((quarter * Math.PI) / 2)),
    ]),
  );
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2];
  const table = [...rings, [10, 0], [11, 0], [10, 1]];

  it('is infinite, as its formula says', () => {
    expect(daviesBouldin(table, labels)).toBe(Infinity);
  });

  it('is so where they coincide but for rounding', () => {
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    for (const [a, b] of [
      [0, 0],
      [0.1, 0.7],
      [100.1, -33.3],
    ] as const) {
      const turned = table.map(([x, y]) => [a + cos * x! - sin * y!, b + sin * x! + cos * y!]);
      for (const unit of [1, 1e-200, 1e200]) {
        expect(daviesBouldin(times(turned, unit), labels)).toBe(Infinity);
      }
    }
  });

  it('is finite for means a few units in the last place apart', () => {
    const ulp = 2 ** -23; // of 1e9
    const near = [0, 8, 0, 8, 16, 24, 16, 24].map((x) => [1e9 + x * ulp]);
    // Spread 4, distance 16.
    expect(daviesBouldin(near, [0, 0, 0, 0, 1, 1, 1, 1])).toBe(0.5);
  });
});

describe('scores of values', () => {
  const truth = draw(2, 40, 2);
  const predicted = truth.map((row, i) => row.map((x, j) => x + Math.sin(7 * i + j) / 4));

  it('keep R^2 in any unit', () => {
    const value = rSquared(truth, predicted);
    for (const unit of EXACT)
      expect(rSquared(times(truth, unit), times(predicted, unit))).toBe(value);
    for (const unit of POWERS) {
      const found = rSquared(times(truth, unit), times(predicted, unit));
      expect(Math.abs(found - value)).toBeLessThan(1e-12);
    }
  });

  it('keep R^2 where columns have units of their own', () => {
    const mixed = (rows: number[][]) => rows.map(([a, b]) => [a! * 2 ** 900, b! * 2 ** -900]);
    expect(rSquared(mixed(truth), mixed(predicted))).toBe(rSquared(truth, predicted));
  });

  it('change errors with the unit', () => {
    for (const unit of EXACT) {
      const [t, p] = [times(truth, unit), times(predicted, unit)];
      expect(maxError(t, p)).toBe(maxError(truth, predicted) * unit);
      expect(meanAbsoluteError(t, p)).toBe(meanAbsoluteError(truth, predicted) * unit);
      expect(meanSquaredError(t, p)).toBe(meanSquaredError(truth, predicted) * unit * unit);
    }
  });

  it('are infinite where they are beyond float64, and never not a number', () => {
    const most = Number.MAX_VALUE;
    expect(maxError([most, 0], [-most, 0])).toBe(Infinity);
    expect(meanAbsoluteError([most, 0], [-most, 0])).toBe(most);
    expect(meanAbsoluteError([most, most, most], [0, 0, 0])).toBeCloseTo(most, -295);
    expect(meanSquaredError([1e200, 0], [0, 0])).toBe(Infinity);
    expect(meanSquaredError([1e160, 0], [0, 0])).toBe(Infinity);
    expect(meanSquaredError([1e154, 0], [0, 0])).toBeCloseTo(5e307, -295);
    expect(rSquared([most, -most], [-most, most])).toBe(-3);
    expect(rSquared([most, -most], [most, -most])).toBe(1);
    expect(rSquared([1e-300, 2e-300], [1, 1])).toBe(-Infinity);
    expect(rSquared([1e300, 1e300], [1e300, 0])).toBe(0);
  });

  it('keep concordance and the median of survival in any unit', () => {
    const time = truth.map(([x]) => 10 + x!);
    const event = time.map((_, i) => i % 4 !== 0);
    const risk = predicted.map(([x]) => -x!);
    const value = concordanceIndex(time, event, risk);
    const { median } = kaplanMeier(time, event);
    for (const unit of EXACT) {
      const scaled = time.map((t) => t * unit);
      expect(
        concordanceIndex(
          scaled,
          event,
          risk.map((r) => r * unit),
        ),
      ).toBe(value);
      expect(kaplanMeier(scaled, event).median).toBe(median * unit);
    }
    const most = Number.MAX_VALUE;
    expect(kaplanMeier([most / 2, most], [true, true]).median).toBe(0.75 * most);
  });
});
