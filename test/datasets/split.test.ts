import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { Matrix } from '../../src/data/matrix.js';
import { stratifiedFolds, trainTestSplit } from '../../src/datasets/index.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

const table = (rows: number): number[][] => Array.from({ length: rows }, (_, i) => [i, -i]);
const counts = (codes: ArrayLike<number>, size: number): number[] => {
  const result = new Array<number>(size).fill(0);
  for (let i = 0; i < codes.length; i++) result[codes[i]!]!++;
  return result;
};
const labels = fc.array(fc.nat(3), { minLength: 2, maxLength: 60 });
const fractions = fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe('trainTestSplit', () => {
  it('puts every row on one side, with its target', () => {
    assertProperty(
      fc.property(
        labels,
        fractions,
        fc.boolean(),
        fc.maxSafeNat(),
        (y, testFraction, stratify, seed) => {
          const split = trainTestSplit(table(y.length), y, { testFraction, stratify, seed });
          const { trainIndices, testIndices, XTrain, XTest, yTrain, yTest } = split;
          const all = [...trainIndices, ...testIndices].sort((a, b) => a - b);
          expect(all).toEqual(y.map((_, i) => i));
          expect(trainIndices.length).toBeGreaterThan(0);
          expect(testIndices.length).toBeGreaterThan(0);
          expect([...trainIndices].map((i) => y[i])).toEqual(yTrain);
          expect([...testIndices].map((i) => y[i])).toEqual(yTest);
          expect([...trainIndices].map((i) => [i, i === 0 ? -0 : -i])).toEqual(XTrain.toArray());
          expect(XTest.rows).toBe(testIndices.length);
        },
      ),
    );
  });

  it('splits a table with missing values as any other, and keeps them', () => {
    const gappy = [
      [0, Number.NaN],
      [1, 1],
      [Number.NaN, 2],
      [3, 3],
      [4, 4],
    ];
    const float32 = Float32Array.from(gappy.flat());
    for (const X of [gappy, new Matrix(float32, 5, 2), { data: float32, rows: 5, columns: 2 }]) {
      const { XTrain, XTest, trainIndices, testIndices } = trainTestSplit(X, gappy);
      expect(XTrain.toArray()).toEqual(Array.from(trainIndices, (i) => gappy[i]));
      expect(XTest.toArray()).toEqual(Array.from(testIndices, (i) => gappy[i]));
      expect([...trainIndices]).toEqual([...trainTestSplit(table(5), gappy).trainIndices]);
    }
  });

  it('refuses infinite values, and those that float32 does not hold', () => {
    for (const [value, note] of [
      [Number.NEGATIVE_INFINITY, 'received -Infinity at row 1, column 0'],
      [1e39, 'received Infinity at row 1, column 0 after rounding to float32'],
    ] as const) {
      const split = () => trainTestSplit([[Number.NaN], [value]], [0, 1]);
      expect(messageOf(split, 'ERR_NON_FINITE_INPUT')).toBe(
        `X: expected finite values or NaN, ${note}`,
      );
    }
  });

  it('holds out a quarter, rounded up, when not told otherwise', () => {
    const { XTrain, testIndices } = trainTestSplit(table(10), new Int32Array(10));
    expect([XTrain.rows, testIndices.length]).toEqual([7, 3]);
    expect(trainTestSplit(table(100), new Int32Array(100), { testFraction: 0.07 }).XTest.rows).toBe(
      7,
    );
  });

  it('gives each class its share of the test rows to within one', () => {
    assertProperty(
      fc.property(labels, fractions, (y, testFraction) => {
        const { yTest } = trainTestSplit(table(y.length), y, { testFraction, stratify: true });
        const share = yTest.length / y.length;
        const whole = counts(y, 4);
        counts(yTest, 4).forEach((n, k) => {
          expect(Math.abs(n - whole[k]! * share)).toBeLessThan(1);
        });
      }),
    );
  });

  it('keeps groups whole', () => {
    const drawn = fc
      .array(fc.tuple(fc.nat(2), fc.nat(6)), { minLength: 2, maxLength: 50 })
      .filter((rows) => new Set(rows.map(([, g]) => g)).size > 1);
    assertProperty(
      fc.property(drawn, fractions, fc.boolean(), (rows, testFraction, stratify) => {
        const y = rows.map(([label]) => label);
        const groups = rows.map(([, g]) => `patient ${g}`);
        const split = trainTestSplit(table(y.length), y, { testFraction, stratify, groups });
        const inTest = new Set([...split.testIndices].map((i) => groups[i]));
        expect([...split.trainIndices].some((i) => inTest.has(groups[i]))).toBe(false);
        const all = new Set(groups).size;
        const wanted = Math.min(all - 1, Math.max(1, Math.ceil(testFraction * all - 1e-9)));
        expect(inTest.size).toBe(wanted);
      }),
    );
  });

  it('stratifies groups by their most frequent class', () => {
    const y = Array.from({ length: 80 }, (_, i) => (i < 40 ? 0 : 1));
    const groups = y.map((_, i) => Math.floor(i / 5));
    const { yTest } = trainTestSplit(table(80), y, { stratify: true, groups, seed: 2 });
    expect(counts(yTest, 2)).toEqual([10, 10]);
  });

  it('is the same for one seed and another for the next', () => {
    const run = (seed: number): number[] => [
      ...trainTestSplit(table(50), new Uint8Array(50), { seed }).testIndices,
    ];
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('keeps the kind of the targets', () => {
    const X = table(8);
    const typed = trainTestSplit(
      X,
      Float64Array.from({ length: 8 }, (_, i) => i / 3),
    );
    expect(typed.yTest).toBeInstanceOf(Float64Array);
    expect([...typed.yTest]).toEqual([...typed.testIndices].map((i) => i / 3));
    const words = trainTestSplit(X, 'a b c d e f g h'.split(' '));
    expect(words.yTest).toEqual([...words.testIndices].map((i) => 'abcdefgh'[i]));
    const rows = trainTestSplit(X, X);
    expect(rows.yTest).toEqual(rows.XTest.toArray());
    const matrix = trainTestSplit(X, { data: new Float32Array(16), rows: 8, columns: 2 });
    expect([matrix.yTest.rows, matrix.yTest.columns]).toEqual([2, 2]);
    const time = Float64Array.from({ length: 8 }, (_, i) => i);
    const survival = trainTestSplit(X, { time, event: [1, 0, 1, 0, 1, 0, 1, 0] });
    expect([...survival.yTest.time]).toEqual([...survival.testIndices]);
    expect(survival.yTest.event).toEqual([...survival.testIndices].map((i) => 1 - (i % 2)));
  });

  it('names what is wrong', () => {
    const X = table(4);
    const y = [0, 1, 0, 1];
    expect(messageOf(() => trainTestSplit(X, [1, 2]), 'ERR_SHAPE_MISMATCH')).toBe(
      'y: expected 4 values like rows of X, received 2',
    );
    expect(messageOf(() => trainTestSplit(X, y, { groups: [1, 2] }), 'ERR_SHAPE_MISMATCH')).toMatch(
      /^groups: /,
    );
    const invalid = (options: unknown): string =>
      messageOf(() => trainTestSplit(X, y, options as object), 'ERR_INVALID_ARGUMENT');
    expect(invalid({ testFraction: 1 })).toBe(
      'testFraction: expected a finite number greater than 0 and less than 1, received 1',
    );
    expect(invalid({ stratify: 'yes' })).toMatch(/^stratify: /);
    expect(invalid({ groups: [1, 1, 1, 1] })).toBe(
      'groups: expected at least 2 groups, received 1',
    );
    expect(invalid({ stratified: true })).toContain("did you mean 'stratify'?");
    messageOf(() => trainTestSplit([[1]], [1]), 'ERR_INVALID_ARGUMENT');
    messageOf(() => trainTestSplit(X, [0.5, 1, 2, 3], { stratify: true }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => trainTestSplit(X, { time: y, event: 1 }), 'ERR_INVALID_ARGUMENT');
  });

  it('throws nothing but coded errors, whatever comes', () => {
    const odd = fc.anything({ withTypedArray: true });
    assertProperty(
      fc.property(odd, odd, odd, (X, y, options) => {
        expectCoded(() => trainTestSplit(X as number[][], y, options as object));
        expectCoded(() => trainTestSplit(table(3), y));
        expectCoded(() => trainTestSplit(table(3), [1, 2, 3], { groups: y as number[] }));
      }),
    );
  });
});

describe('stratifiedFolds', () => {
  it('balances the folds and the classes within them', () => {
    assertProperty(
      fc.property(labels, fc.integer({ min: 2, max: 9 }), fc.maxSafeNat(), (y, folds, seed) => {
        fc.pre(folds <= y.length);
        const foldOf = stratifiedFolds(y, folds, seed);
        const spread = (values: number[]): number => Math.max(...values) - Math.min(...values);
        expect(spread(counts(foldOf, folds))).toBeLessThanOrEqual(1);
        for (let label = 0; label < 4; label++) {
          const ofLabel = foldOf.filter((_, i) => y[i] === label);
          expect(spread(counts(ofLabel, folds))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('deals anew for each seed, and equally for equal seeds', () => {
    const y = Array.from({ length: 40 }, (_, i) => (i % 2 ? 'a' : 'b'));
    expect(stratifiedFolds(y, 5, 1)).toEqual(stratifiedFolds(y, 5, 1));
    expect(stratifiedFolds(y, 5, 1)).not.toEqual(stratifiedFolds(y, 5, 2));
    expect(stratifiedFolds(y, 5)).toEqual(stratifiedFolds(y, 5, 0));
  });

  it('keeps groups whole and leaves no fold empty', () => {
    const drawn = fc.array(fc.tuple(fc.nat(2), fc.nat(9)), { minLength: 4, maxLength: 60 });
    assertProperty(
      fc.property(drawn, fc.integer({ min: 2, max: 5 }), fc.maxSafeNat(), (rows, folds, seed) => {
        const groups = rows.map(([, g]) => `mouse ${g}`);
        const count = new Set(groups).size;
        fc.pre(folds <= count);
        const y = rows.map(([label]) => label);
        const foldOf = stratifiedFolds(y, folds, { groups, seed });
        expect(Math.min(...counts(foldOf, folds))).toBeGreaterThan(0);
        const pairs = new Set(groups.map((g, i) => `${g} in ${foldOf[i]}`));
        expect(pairs.size).toBe(count);
        expect(stratifiedFolds(y, folds, { groups, seed })).toEqual(foldOf);
      }),
    );
  });

  it('balances classes over folds of groups as well as over folds of rows, where it can', () => {
    // 24 mice of 15 rows, each of one class: 6 of class 0, 6 of class 1, 12 of class 2.
    const mouse = Array.from({ length: 360 }, (_, i) => Math.floor(i / 15));
    const y = mouse.map((m) => Math.min(2, m % 4));
    for (let seed = 0; seed < 10; seed++) {
      const foldOf = stratifiedFolds(y, 6, { groups: mouse, seed });
      for (let label = 0; label < 3; label++) {
        const ofLabel = foldOf.filter((_, i) => y[i] === label);
        expect(counts(ofLabel, 6)).toEqual(new Array(6).fill(label === 2 ? 30 : 15));
      }
    }
    expect(stratifiedFolds(y, 6, { groups: mouse, seed: 1 })).not.toEqual(
      stratifiedFolds(y, 6, { groups: mouse, seed: 2 }),
    );
  });

  it('mixes groups of several classes so that folds are nearly alike', () => {
    const random = new Random(3);
    const sizes = Array.from({ length: 60 }, () => 1 + random.below(20));
    const groups = sizes.flatMap((size, g) => new Array<number>(size).fill(g));
    const y = groups.map((g) => (random.uniform() < (g % 7) / 7 ? 1 : 0));
    const foldOf = stratifiedFolds(y, 5, { groups });
    for (let fold = 0; fold < 5; fold++) {
      expect(Math.abs(counts(foldOf, 5)[fold]! / y.length - 0.2)).toBeLessThan(0.02);
      const ones = y.filter((label, i) => label === 1 && foldOf[i] === fold).length;
      expect(Math.abs(ones / y.filter((label) => label === 1).length - 0.2)).toBeLessThan(0.02);
    }
  });

  it('names what is wrong', () => {
    expect(messageOf(() => stratifiedFolds([1, 2, 3], 4), 'ERR_INVALID_ARGUMENT')).toBe(
      'folds: expected an integer from 2 to 3, received 4',
    );
    messageOf(() => stratifiedFolds([1, 2, 3], 1), 'ERR_INVALID_ARGUMENT');
    messageOf(() => stratifiedFolds([1, 2, 3], 2, -1), 'ERR_INVALID_ARGUMENT');
    messageOf(() => stratifiedFolds([], 2), 'ERR_INVALID_ARGUMENT');
    messageOf(() => stratifiedFolds([1, 2], 2, { groups: [1] }), 'ERR_SHAPE_MISMATCH');
    expect(
      messageOf(() => stratifiedFolds([1, 2, 1], 3, { groups: [1, 1, 2] }), 'ERR_INVALID_ARGUMENT'),
    ).toBe('groups: expected at least 3 groups, one a fold, received 2');
    const unknown = { group: [1, 2] } as unknown as { groups: number[] };
    messageOf(() => stratifiedFolds([1, 2], 2, unknown), 'ERR_INVALID_ARGUMENT');
  });
});
