import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLabels, encodePair } from '../../src/data/labels.js';
import { expectCoded, messageOf } from '../common/coded.js';
import { assertProperty } from '../properties/assert-property.js';

describe('encodeLabels', () => {
  it('sorts numbers by value and strings by code unit', () => {
    expect(encodeLabels([10, -2, 9, 10], 'y')).toEqual({
      codes: Int32Array.of(2, 0, 1, 2),
      classes: [-2, 9, 10],
    });
    expect(encodeLabels(['b', 'B', 'é', 'a'], 'y')).toEqual({
      codes: Int32Array.of(2, 0, 3, 1),
      classes: ['B', 'a', 'b', 'é'],
    });
  });

  it.each([Int32Array, Uint32Array, Uint8Array])('takes %o', (Type) => {
    const { codes, classes } = encodeLabels(Type.of(7, 3, 7), 'y');
    expect([...codes]).toEqual([1, 0, 1]);
    expect(classes).toEqual([3, 7]);
  });

  it('takes a view into a larger buffer and holds -0 as 0', () => {
    const view = new Int32Array(Int32Array.of(9, 9, 1, 2, 9).buffer, 8, 2);
    expect(encodeLabels(view, 'y').classes).toEqual([1, 2]);
    const zero = encodeLabels([-0, 0], 'y');
    expect(zero.classes).toEqual([0]);
    expect([...zero.codes]).toEqual([0, 0]);
  });

  it('gives back every label', () => {
    const labels = fc.oneof(
      fc.array(
        fc.maxSafeInteger().map((n) => n + 0),
        { minLength: 1 },
      ),
      fc.array(fc.string(), { minLength: 1 }),
    );
    assertProperty(
      fc.property(labels, (y) => {
        const { codes, classes } = encodeLabels(y, 'y');
        expect(Array.from(codes, (code) => classes[code])).toEqual(y);
        for (let k = 1; k < classes.length; k++) {
          expect(classes[k - 1]! < classes[k]!).toBe(true);
        }
      }),
    );
  });

  it('names what is wrong', () => {
    const invalid = (y: unknown): string =>
      messageOf(() => encodeLabels(y, 'y'), 'ERR_INVALID_ARGUMENT');
    expect(invalid([])).toBe('y: expected at least one label, received an array of length 0');
    expect(invalid([0, 1.5])).toBe('y[1]: expected an integer, received 1.5');
    expect(invalid([0, 'a'])).toBe("y[1]: expected a number like y[0], received 'a'");
    expect(invalid(['a', null])).toBe('y[1]: expected an integer or a string, received null');
    expect(invalid(new Array(2))).toContain('y[0]');
    expect(invalid(new Float32Array(2))).toContain('received Float32Array of 8 bytes');
    expect(invalid('abc')).toContain("received 'abc'");
    expect(messageOf(() => encodeLabels([1, Number.NaN], 'y'), 'ERR_NON_FINITE_INPUT')).toBe(
      'y: expected finite labels, received NaN at row 1, column 0; leave rows without a label out',
    );
  });

  it('throws nothing but coded errors, whatever comes', () => {
    assertProperty(
      fc.property(fc.anything({ withTypedArray: true, withBigInt: true }), (y) => {
        expectCoded(() => encodeLabels(y, 'y'));
        expectCoded(() => encodeLabels([y], 'y'));
      }),
    );
  });
});

describe('encodePair', () => {
  it('uses the classes of both', () => {
    expect(encodePair([5, 1], Uint8Array.of(3, 5))).toEqual({
      truth: Int32Array.of(2, 0),
      predicted: Int32Array.of(1, 2),
      classes: [1, 3, 5],
    });
  });

  it('rejects unequal lengths and numbers against strings', () => {
    expect(messageOf(() => encodePair([1, 2], [1]), 'ERR_SHAPE_MISMATCH')).toBe(
      'predicted: expected 2 values like truth, received 1',
    );
    expect(messageOf(() => encodePair([1], ['a']), 'ERR_INVALID_ARGUMENT')).toBe(
      "predicted: expected numbers like those of truth, received 'a'",
    );
  });
});
