import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeClusters, makeRegression } from '../../src/datasets/index.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const sha = (data: Float32Array): string => createHash('sha256').update(data).digest('hex');

describe('makeClusters', () => {
  it('has the defaults it documents', () => {
    const { X, y, informative, centers } = makeClusters();
    expect([X.rows, X.columns]).toEqual([1000, 20]);
    expect([centers.rows, centers.columns]).toEqual([4, 5]);
    expect(informative.length).toBe(5);
    expect(y.length).toBe(1000);
    expect(sha(X.data)).toBe(
      sha(
        makeClusters({
          samples: 1000,
          features: 20,
          informative: 5,
          clusters: 4,
          centerScale: 5,
          noise: 1,
          seed: 0,
        }).X.data,
      ),
    );
  });

  it('gives other data for another seed', () => {
    expect(sha(makeClusters({ seed: 1 }).X.data)).not.toBe(sha(makeClusters().X.data));
  });

  it('has balanced labels in random order and ascending informative columns', () => {
    const sizes = fc.record({
      samples: fc.integer({ min: 7, max: 60 }),
      features: fc.integer({ min: 5, max: 12 }),
      informative: fc.nat(5),
      clusters: fc.integer({ min: 1, max: 7 }),
      seed: fc.maxSafeNat(),
    });
    assertProperty(
      fc.property(sizes, (options) => {
        const { X, y, informative, centers } = makeClusters(options);
        expect([X.rows, X.columns]).toEqual([options.samples, options.features]);
        expect([centers.rows, centers.columns]).toEqual([options.clusters, options.informative]);
        const counts = Array.from(
          { length: options.clusters },
          (_, k) => y.filter((c) => c === k).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(counts.reduce((a, b) => a + b)).toBe(options.samples);
        expect([...new Set(informative)].sort((a, b) => a - b)).toEqual([...informative]);
        expect(informative.every((j) => j >= 0 && j < options.features)).toBe(true);
      }),
    );
  });

  it('puts the rows of a cluster on its centre when there is no noise', () => {
    const { X, y, informative, centers } = makeClusters({ noise: 0, samples: 50, seed: 9 });
    for (let i = 0; i < 50; i++) {
      const values = Array.from(informative, (j) => X.get(i, j));
      expect(values).toEqual([...centers.row(y[i]!)]);
    }
  });

  it('has the spread it is asked for', () => {
    const made = makeClusters({
      samples: 20_000,
      features: 6,
      informative: 3,
      clusters: 2,
      noise: 2,
      seed: 4,
    });
    const { X, y, informative, centers } = made;
    for (let j = 0; j < 6; j++) {
      const k = informative.indexOf(j);
      const deviations = Array.from(y, (c, i) => X.get(i, j) - (k < 0 ? 0 : centers.get(c, k)));
      const mean = deviations.reduce((a, b) => a + b) / y.length;
      const spread = Math.sqrt(deviations.reduce((a, d) => a + d * d, 0) / y.length);
      expect(Math.abs(mean)).toBeLessThan(0.06);
      expect(Math.abs(spread - (k < 0 ? 1 : 2))).toBeLessThan(0.05);
    }
    const { centers: many } = makeClusters({ clusters: 2000, samples: 2000, centerScale: 3 });
    const scale = Math.sqrt(many.data.reduce((a, x) => a + x * x, 0) / many.data.length);
    expect(Math.abs(scale - 3)).toBeLessThan(0.1);
  });

  it('chooses every column about equally often', () => {
    const counts = new Float64Array(6);
    for (let seed = 0; seed < 600; seed++) {
      const { informative } = makeClusters({
        samples: 2,
        clusters: 2,
        features: 6,
        informative: 2,
        seed,
      });
      for (const j of informative) counts[j]!++;
    }
    for (const n of counts) expect(Math.abs(n - 200)).toBeLessThan(50);
  });

  it('names what is wrong', () => {
    const invalid = (options: unknown): string =>
      messageOf(() => makeClusters(options as object), 'ERR_INVALID_ARGUMENT');
    expect(invalid({ informative: 21 })).toBe(
      'informative: expected an integer from 0 to 20, received 21',
    );
    expect(invalid({ samples: 3 })).toBe('clusters: expected an integer from 1 to 3, received 4');
    expect(invalid({ noise: -1 })).toMatch(/^noise: expected a finite number from 0 to 1e\+30/);
    expect(invalid({ sample: 3 })).toContain("did you mean 'samples'?");
    expect(invalid({ seed: -1 })).toMatch(/^seed: /);
    expect(invalid({ samples: null })).toMatch(/^samples: /);
    expect(invalid(7)).toMatch(/^options: /);
    messageOf(() => makeClusters({ samples: Number.MAX_SAFE_INTEGER }), 'ERR_OUT_OF_MEMORY');
  });

  it('throws nothing but coded errors, whatever comes', () => {
    const odd = fc.oneof(fc.anything(), fc.double(), fc.nat(30));
    const options = fc.record(
      { samples: odd, features: odd, informative: odd, clusters: odd, noise: odd, seed: odd },
      { requiredKeys: [] },
    );
    assertProperty(
      fc.property(options, (drawn) => {
        expectCoded(() => makeClusters(drawn as object));
        expectCoded(() => makeRegression(drawn as object));
      }),
    );
  });
});

describe('makeRegression', () => {
  it('follows its coefficients exactly without noise', () => {
    const { X, y, coefficients } = makeRegression({ noise: 0, samples: 30, seed: 3 });
    y.forEach((value, i) => {
      const signal = X.row(i).reduce((sum, x, j) => sum + x * coefficients[j]!, 0);
      expect(value).toBeCloseTo(signal, 12);
    });
  });

  it('has as many coefficients as asked for, none of them small', () => {
    const { X, y, coefficients } = makeRegression({ features: 50, informative: 7 });
    expect([X.rows, X.columns, y.length, coefficients.length]).toEqual([1000, 50, 1000, 50]);
    const live = [...coefficients].filter((c) => c !== 0);
    expect(live.length).toBe(7);
    for (const c of live) expect(Math.abs(c) >= 25 && Math.abs(c) < 75).toBe(true);
  });

  it('scales its coefficients', () => {
    const one = makeRegression({ samples: 5, coefficientScale: 1 }).coefficients;
    const fifty = makeRegression({ samples: 5 }).coefficients;
    fifty.forEach((c, j) => {
      expect(c).toBeCloseTo(50 * one[j]!, 10);
    });
  });

  it('adds noise of the size asked for', () => {
    const { X, y, coefficients } = makeRegression({
      samples: 20_000,
      noise: 3,
      features: 4,
      informative: 2,
    });
    const squares = y.reduce((sum, value, i) => {
      const signal = X.row(i).reduce((s, x, j) => s + x * coefficients[j]!, 0);
      return sum + (value - signal) ** 2;
    }, 0);
    expect(Math.abs(Math.sqrt(squares / y.length) - 3)).toBeLessThan(0.06);
  });

  it('names what is wrong', () => {
    expect(
      messageOf(() => makeRegression({ features: 3, informative: 4 }), 'ERR_INVALID_ARGUMENT'),
    ).toBe('informative: expected an integer from 0 to 3, received 4');
    messageOf(() => makeRegression({ noise: Number.NaN }), 'ERR_INVALID_ARGUMENT');
  });
});
