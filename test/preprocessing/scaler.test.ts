import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Matrix } from '../../src/data/matrix.js';
import { Scaler, type ScalerJson } from '../../src/preprocessing/scaler.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Case {
  X: number[][];
  mean: number[];
  scale: number[];
  transformed: number[][];
}
const fixture = readFixture<{ versions: Record<string, string>; cases: Record<string, Case> }>(
  'scaler.json',
);

const X = [
  [1, 10, 5],
  [3, 10, 7],
];

describe(`Scaler and scikit-learn ${fixture.versions['scikit-learn']}`, () => {
  it.each(Object.entries(fixture.cases))('%s: same mean, scale and result', (_, c) => {
    const scaler = new Scaler();
    const scaled = scaler.fitTransform(c.X).toArray();
    expectClose([...scaler.mean], c.mean, 1e-15);
    expectClose([...scaler.scale], c.scale, 1e-9);
    scaled.forEach((row, i) => {
      expectClose(row, c.transformed[i]!, 1e-6);
    });
  });
});

describe('Scaler', () => {
  it('has scale 0 for a constant column, which becomes 0', () => {
    const scaler = new Scaler().fit(X);
    expect([...scaler.mean]).toEqual([2, 10, 6]);
    expect([...scaler.scale]).toEqual([1, 0, 1]);
    expect(scaler.transform(X).toArray()).toEqual([
      [-1, 0, -1],
      [1, 0, 1],
    ]);
    expect(scaler.transform([[2, 99, 6]]).toArray()).toEqual([[0, 0, 0]]);
  });

  it('is not moved by an offset in a float64 table', () => {
    const table = fc
      .tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.record({
          columns: fc.constant(columns),
          values: fc.array(fc.integer({ min: -1000, max: 1000 }), {
            minLength: rows * columns,
            maxLength: rows * columns,
          }),
        }),
      );
    assertProperty(
      fc.property(table, fc.constantFrom(1e6, -1e9), ({ columns, values }, offset) => {
        const rows = values.length / columns;
        const plain = new Scaler().fitTransform({ data: values, rows, columns });
        const moved = values.map((x) => x + offset);
        const shifted = new Scaler().fitTransform({ data: moved, rows, columns });
        expectClose([...shifted.data], [...plain.data], 1e-5);
      }),
    );
  });

  it('takes float32 tables too', () => {
    const scaled = new Scaler().fitTransform(Matrix.from(X));
    expect(scaled).toBeInstanceOf(Matrix);
    expect(scaled.toArray()).toEqual(new Scaler().fitTransform(X).toArray());
  });

  it('goes through JSON unchanged', () => {
    const scaler = new Scaler().fit([
      [0.1, 2],
      [0.7, 1 / 3],
    ]);
    const again = Scaler.fromJSON(JSON.parse(JSON.stringify(scaler)) as ScalerJson);
    expect(again.mean).toEqual(scaler.mean);
    expect(again.scale).toEqual(scaler.scale);
  });

  it('refuses what it cannot use', () => {
    const scaler = new Scaler();
    for (const use of [() => scaler.transform(X), () => scaler.mean, () => scaler.toJSON()]) {
      messageOf(use, 'ERR_NOT_FITTED');
    }
    messageOf(() => scaler.fit([]), 'ERR_INVALID_ARGUMENT');
    messageOf(() => scaler.fit([[1, Number.NaN]]), 'ERR_NON_FINITE_INPUT');
    messageOf(() => scaler.fit([[1], [1, 2]]), 'ERR_SHAPE_MISMATCH');
    messageOf(() => scaler.fit([[1e300], [-1e300]]), 'ERR_NON_FINITE_INPUT');
    scaler.fit(X);
    const message = messageOf(() => scaler.transform([[1, 2]]), 'ERR_SHAPE_MISMATCH');
    expect(message).toBe('X: expected 3 columns as in fit, received 2');
    expect(messageOf(() => scaler.transform([[1, 2, 1e300]]), 'ERR_NON_FINITE_INPUT')).toContain(
      'row 0, column 2',
    );
  });

  it('refuses JSON that toJSON has not written', () => {
    const from = (json: unknown) => () => Scaler.fromJSON(json as ScalerJson);
    messageOf(from(null), 'ERR_INVALID_ARGUMENT');
    messageOf(from({ mean: [1] }), 'ERR_INVALID_ARGUMENT');
    messageOf(from({ mean: [1], scale: ['1'] }), 'ERR_INVALID_ARGUMENT');
    messageOf(from({ mean: [1], scale: [-1] }), 'ERR_INVALID_ARGUMENT');
    messageOf(from({ mean: [1, 2], scale: [1] }), 'ERR_SHAPE_MISMATCH');
  });

  it('sees that a column is constant whatever the rounding of its sum', () => {
    for (const value of [0.1, 1e9 + 0.1, -1 / 3]) {
      const scaler = new Scaler().fit(Array.from({ length: 10_000 }, () => [value]));
      expect(scaler.scale[0]).toBe(0);
      expect(scaler.mean[0]).toBe(value);
    }
  });
});

/** Errors relative to the larger of 1 and the value. */
function expectClose(ours: readonly number[], theirs: readonly number[], tolerance: number): void {
  expect(ours.length).toBe(theirs.length);
  ours.forEach((value, j) => {
    const error = Math.abs(value - theirs[j]!) / Math.max(1, Math.abs(theirs[j]!));
    expect(error).toBeLessThanOrEqual(tolerance);
  });
}
