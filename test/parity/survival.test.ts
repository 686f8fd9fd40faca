import { describe, expect, it } from 'vitest';
import { metrics } from '../../src/index.js';
import { readFixture } from '../fixtures.js';

/** Written by survival.R. */
interface Study {
  name: string;
  time: number[];
  event: number[];
  risk: number[];
  concordance: number;
}

const fixture = readFixture<{ survival: string; studies: Study[] }>('survival.json');

describe.each(fixture.studies)(`$name, against R's survival ${fixture.survival}`, (study) => {
  it('has the concordance index', () => {
    const { time, event, risk, concordance } = study;
    expect(metrics.concordanceIndex(time, event, risk)).toBeCloseTo(concordance, 9);
  });
});
