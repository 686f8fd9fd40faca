import { describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import { selection } from '../../src/index.js';

const random = new Random(2, 0);
const base = Array.from({ length: 40 }, (_, i) => [
  (i % 2) * 10 + Math.round(16 * random.normal()) / 16,
  Math.round(16 * random.normal()) / 16,
]);
const moved = (offset: number, unit = 1) => base.map((row) => row.map((v) => unit * v + offset));

// Neither depends on where the table lies, nor on its unit.
describe.each([
  ['1e9', moved(1e9)],
  ['1.7e9 in steps of 2^-20', moved(1.7e9, 2 ** -16)],
  ['units of 2^-100', moved(0, 2 ** -100)],
])('a table at %s', (_, table) => {
  it('has the gap statistic of the table at zero', async () => {
    const options = { min: 1, max: 4 };
    const expected = await selection.gapStatistic(base, options);
    const found = await selection.gapStatistic(table, options);
    expect(expected.clusters).toBe(2);
    expect(found.clusters).toBe(2);
    found.scores.forEach(({ gap }, i) => {
      expect(gap).toBeCloseTo(expected.scores[i]!.gap, 3);
    });
  });

  it('has its consensus', async () => {
    const expected = await selection.consensus(base, 2);
    const found = await selection.consensus(table, 2);
    expect(found.matrix.data).toEqual(expected.matrix.data);
  });
});
