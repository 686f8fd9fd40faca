import { describe, expect, it } from 'vitest';
import { accuracy, balancedAccuracy, confusionMatrix } from '../../src/metrics/index.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';

interface Case {
  truth: number[];
  predicted: number[];
  accuracy: number;
  balancedAccuracy: number;
  confusionMatrix: number[][];
}
const { classification } = readFixture<{ classification: Case[] }>('metrics.json');

describe('classification metrics', () => {
  it('agree with scikit-learn', () => {
    expect(classification.length).toBeGreaterThan(5);
    for (const { truth, predicted, ...expected } of classification) {
      expect(Math.abs(accuracy(truth, predicted) - expected.accuracy)).toBeLessThan(1e-10);
      const balanced = balancedAccuracy(truth, predicted);
      expect(Math.abs(balanced - expected.balancedAccuracy)).toBeLessThan(1e-10);
      expect(confusionMatrix(truth, predicted).toArray()).toEqual(expected.confusionMatrix);
    }
  });

  it('take strings', () => {
    const truth = ['cat', 'cat', 'dog', 'emu'];
    const predicted = ['cat', 'dog', 'dog', 'emu'];
    expect(accuracy(truth, predicted)).toBe(0.75);
    expect(balancedAccuracy(truth, predicted)).toBeCloseTo(2.5 / 3, 12);
    expect(confusionMatrix(truth, predicted).toArray()).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  it.each([accuracy, balancedAccuracy, confusionMatrix])(
    '%o rejects what does not fit',
    (metric) => {
      messageOf(() => metric([1, 2], [1]), 'ERR_SHAPE_MISMATCH');
      messageOf(() => metric([1], ['1']), 'ERR_INVALID_ARGUMENT');
      messageOf(() => metric([], []), 'ERR_INVALID_ARGUMENT');
      messageOf(() => metric([Number.POSITIVE_INFINITY], [1]), 'ERR_NON_FINITE_INPUT');
    },
  );
});
