import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  checkKeys,
  integer,
  number,
  object,
  oneOf,
  SEED,
} from '../../src/common/checks.js';
import { DeepTypeError } from '../../src/common/errors.js';
import { assertProperty } from '../properties/assert-property.js';
import { messageOf as coded } from './coded.js';

const messageOf = (call: () => unknown) => coded(call, 'ERR_INVALID_ARGUMENT');

describe('predicates', () => {
  it('return the value they accept', () => {
    expect(integer('k', 3, { min: 1 })).toBe(3);
    expect(integer('seed', Number.MAX_SAFE_INTEGER, SEED)).toBe(Number.MAX_SAFE_INTEGER);
    expect(number('x', 0.5, { exclusiveMin: 0, exclusiveMax: 1 })).toBe(0.5);
    expect(boolean('b', false)).toBe(false);
    expect(oneOf('s', 'b', ['a', 'b'])).toBe('b');
  });

  it('name the argument, the expectation and the value', () => {
    expect(messageOf(() => integer('clusters', 2.5, { min: 1 }))).toBe(
      'clusters: expected an integer of at least 1, received 2.5',
    );
    expect(messageOf(() => integer('k', 9, { min: 1, max: 8 }))).toBe(
      'k: expected an integer from 1 to 8, received 9',
    );
    expect(messageOf(() => number('rate', 0, { exclusiveMin: 0 }))).toBe(
      'rate: expected a finite number greater than 0, received 0',
    );
    expect(messageOf(() => number('p', 1, { min: 0, exclusiveMax: 1 }))).toBe(
      'p: expected a finite number of at least 0 and less than 1, received 1',
    );
    expect(messageOf(() => number('x', Number.NaN))).toBe(
      'x: expected a finite number, received NaN',
    );
    expect(messageOf(() => boolean('shuffle', 1))).toBe(
      'shuffle: expected true or false, received 1',
    );
    expect(messageOf(() => oneOf('activation', 'leakyReLU', ['relu', 'leaky-relu']))).toBe(
      "activation: expected one of 'relu', 'leaky-relu' (did you mean 'leaky-relu'?), received 'leakyReLU'",
    );
    expect(messageOf(() => object('options', [1]))).toBe(
      'options: expected an object, received an array of length 1',
    );
  });

  it('reject a bigint, a boxed number and numbers past 2^53', () => {
    for (const value of [3n, Object(3), '3', null, undefined, Number.POSITIVE_INFINITY, 2 ** 53]) {
      messageOf(() => integer('k', value));
    }
  });
});

describe('checkKeys', () => {
  it('returns the options that are given and takes undefined for none', () => {
    expect(checkKeys('options', undefined, ['seed'])).toEqual({});
    expect(checkKeys('options', { seed: 1, noise: undefined }, ['seed', 'noise'])).toEqual({
      seed: 1,
    });
  });

  it('reads options that come from a prototype', () => {
    expect(checkKeys('options', Object.create({ seed: 4 }), ['seed'])).toEqual({ seed: 4 });
  });

  it('suggests the nearest name for an unknown option', () => {
    expect(messageOf(() => checkKeys('options', { batchsize: 1 }, ['batchSize', 'seed']))).toBe(
      "options: unknown option 'batchsize' (did you mean 'batchSize'?); the options are batchSize, seed",
    );
    expect(messageOf(() => checkKeys('options', { zebra: 1 }, ['batchSize', 'seed']))).toBe(
      "options: unknown option 'zebra'; the options are batchSize, seed",
    );
  });

  it('throws nothing but coded errors, whatever comes', () => {
    assertProperty(
      fc.property(fc.anything({ withNullPrototype: true, withTypedArray: true }), (value) => {
        try {
          checkKeys('options', value, ['seed', 'noise']);
        } catch (error) {
          expect(error).toBeInstanceOf(DeepTypeError);
        }
      }),
    );
  });
});
