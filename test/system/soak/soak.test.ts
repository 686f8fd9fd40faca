import { expect, it } from 'vitest';
import { soak } from './soak.js';

it('fits, predictions, aborts and ends of workers at once leave nothing unsettled', async () => {
  const tally = await soak(3, 20260);
  expect(tally).toMatchObject({ unsettled: 0, failures: [] });
  for (const count of [tally.fits, tally.predictions, tally.aborts, tally.stats]) {
    expect(count).toBeGreaterThan(0);
  }
  expect(tally.terminations).toBeGreaterThan(0);
});
