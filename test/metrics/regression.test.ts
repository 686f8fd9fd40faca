import { describe, expect, it } from 'vitest';
import {
  maxError,
  meanAbsoluteError,
  meanSquaredError,
  rSquared,
} from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';

const METRICS = { rSquared, meanSquaredError, meanAbsoluteError, maxError };
type Name = keyof typeof METRICS;
type Case = { truth: number[]; predicted: number[] } & Record<Name, number>;
const { regression } = readFixture<{ regression: Case[] }>('metrics.json');

describe.each(Object.keys(METRICS) as Name[])('%s', (name) => {
  const metric = METRICS[name];

  it('agrees with scikit-learn', () => {
    expect(regression.length).toBe(4);
    for (const { truth, predicted, ...expected } of regression) {
      const error = Math.abs(metric(truth, predicted) - expected[name]);
      expect(error).toBeLessThan(1e-10 * Math.max(1, Math.abs(expected[name])));
    }
  });

  it('takes typed arrays', () => {
    const { truth, predicted } = regression[1]!;
    const rounded = metric(Float32Array.from(truth), Float64Array.from(predicted));
    const exact = metric(truth, predicted);
    expect(Math.abs(rounded - exact)).toBeLessThan(1e-5 * Math.abs(exact));
  });

  it('rejects what does not fit', () => {
    expect(messageOf(() => metric([1, 2, 3], [1, 2]), 'ERR_SHAPE_MISMATCH')).toBe(
      'predicted: expected 3 x 1 values like truth, received 2 x 1',
    );
    messageOf(() => metric([1, Number.NaN], [1, 2]), 'ERR_NON_FINITE_INPUT');
    messageOf(() => metric([], []), 'ERR_INVALID_ARGUMENT');
    messageOf(() => metric([1, '2'] as unknown as number[], [1, 2]), 'ERR_INVALID_ARGUMENT');
    messageOf(() => metric(3 as unknown as number[], [1]), 'ERR_INVALID_ARGUMENT');
  });
});

describe('rSquared', () => {
  it('is 1 for a constant predicted exactly and 0 for one that is missed', () => {
    expect(rSquared([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBe(1);
    expect(rSquared([0.1, 0.1, 0.1], [0.1, 0.1, 0.2])).toBe(0);
  });

  it('is 0 for the mean, whatever the offset', () => {
    expect(rSquared([1e9, 1e9 + 2], [1e9 + 1, 1e9 + 1])).toBe(0);
  });

  it('needs two rows', () => {
    expect(messageOf(() => rSquared([1], [1]), 'ERR_INVALID_ARGUMENT')).toBe(
      'truth: expected at least 2 rows, received 1',
    );
  });
});
