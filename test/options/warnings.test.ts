// What is done as it was asked for, though it was hardly meant: the process is warned.
import { describe, expect, it, vi } from 'vitest';
import { DeepType, type DeepTypeOptions } from '../../src/index.js';
import { OPTIONS, rows, y } from './refusals.js';

/** Codes and texts of the warnings of one fit. */
async function warningsOf(labels: number[] | string[], options: Partial<DeepTypeOptions> = {}) {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await new DeepType({ ...OPTIONS, ...options }).fit(rows, labels);
  const calls = emit.mock.calls as unknown[][];
  const told = calls.map(([text, about]) => {
    const { code, type } = about as NodeJS.EmitWarningOptions;
    expect(type).toBe('DeepTypeWarning');
    return [code, text];
  });
  emit.mockRestore();
  return told;
}

describe('a fit warns of', () => {
  it('nothing, where nothing is odd', async () => {
    expect(await warningsOf(y)).toEqual([]);
    expect(await warningsOf(y, { validation: { fraction: 0.5 } })).toEqual([]);
    expect(await warningsOf(y, { loss: 'mse' })).toEqual([]);
  });

  it('the empty string as a class', async () => {
    const labels = y.map((k) => (k === 0 ? '' : 'b'));
    const count = labels.filter((label) => label === '').length;
    const expected = [
      [
        'DEEPTYPE_EMPTY_CLASS',
        `y: the empty string in ${count} of 20 rows is a class like any other; leave rows without a label out`,
      ],
    ];
    expect(await warningsOf(labels)).toEqual(expected);
    expect(await warningsOf(labels, { loss: 'bce' })).toEqual(expected);
  });

  it('a class for every row', async () => {
    expect(await warningsOf(y.map((_, i) => i))).toEqual([
      [
        'DEEPTYPE_CLASS_PER_ROW',
        "y: every one of the 20 rows has a class of its own; for values set loss: 'mse'",
      ],
    ]);
  });

  it('a cluster for every row that is trained on', async () => {
    const text = (n: number) => `clusters: ${n} for ${n} rows, one for each`;
    expect(await warningsOf(y, { clusters: 20 })).toEqual([['DEEPTYPE_CLUSTER_PER_ROW', text(20)]]);
    expect(await warningsOf(y, { clusters: 10, validation: { fraction: 0.5 } })).toEqual([
      ['DEEPTYPE_CLUSTER_PER_ROW', text(10)],
    ]);
  });

  it('a validation that holds out more rows than it leaves', async () => {
    const [warning] = await warningsOf(y, { clusters: 1, validation: { fraction: 0.99 } });
    expect(warning).toEqual([
      'DEEPTYPE_FEW_TRAINING_ROWS',
      'validation.fraction: 18 rows are held out, only 2 are trained on',
    ]);
  });
});
