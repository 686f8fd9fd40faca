import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { metrics, survival } from '../../src/index.js';
import { chiSquaredTail } from '../../src/survival/tails.js';
import { readFixture } from './read-fixture.js';

/** A curve, of which every so many times were kept; null stands for R's NA. */
interface Curve {
  transform: survival.ConfidenceTransform;
  level: number;
  length: number;
  every: number;
  time: number[];
  atRisk: number[];
  events: number[];
  censored: number[];
  survival: number[];
  standardError: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
  median: number | null;
  medianLower: number | null;
  medianUpper: number | null;
}

interface Test {
  observed: number[];
  expected: number[];
  statistic: number;
  degreesOfFreedom: number;
  logPValue: number;
}

/** Written by survival.R. */
interface Study {
  name: string;
  time: number[];
  event: number[];
  group: number[];
  strata: number[];
  risk: number[];
  kaplanMeier: Curve[];
  logRank: Test;
  stratifiedLogRank: Test;
  concordance: number;
}

const fixture = readFixture<{
  survival: string;
  studies: Study[];
  chiSquared: [x: number, df: number, p: number, logP: number][];
}>('survival.json');

/** The fixture holds ten digits. */
const TOLERANCE = 1e-8;
function expectNear(ours: ArrayLike<number>, theirs: readonly (number | null)[], scale = 1): void {
  expect(ours.length).toBe(theirs.length);
  theirs.forEach((x, i) => {
    if (x !== null) expect(Math.abs(ours[i]! - x)).toBeLessThanOrEqual(TOLERANCE * scale);
  });
}

describe.each(fixture.studies)(`$name, against R's survival ${fixture.survival}`, (study) => {
  const { time, event, group, strata, risk } = study;

  it.each(study.kaplanMeier)('Kaplan-Meier, $transform limits at $level', (theirs) => {
    const { transform, level: confidenceLevel } = theirs;
    const ours = survival.kaplanMeier(time, event, { transform, confidenceLevel });
    expect(ours.time.length).toBe(theirs.length);
    const kept = (values: Float64Array) => values.filter((_, i) => i % theirs.every === 0);
    for (const name of ['time', 'atRisk', 'events', 'censored'] as const) {
      expect([...kept(ours[name])]).toEqual(theirs[name]);
    }
    for (const name of ['survival', 'standardError', 'lower', 'upper'] as const) {
      expectNear(kept(ours[name]), theirs[name]);
    }
    for (const name of ['median', 'medianLower', 'medianUpper'] as const) {
      expect(ours[name]).toBe(theirs[name]);
    }
  });

  it.each([
    ['log-rank', study.logRank, {}],
    ['stratified log-rank', study.stratifiedLogRank, { strata }],
  ])('%s', (_, theirs, options) => {
    const ours = survival.logRank(time, event, group, options);
    expect([...ours.observed]).toEqual(theirs.observed);
    expectNear(ours.expected, theirs.expected, 1000);
    expect(ours.degreesOfFreedom).toBe(theirs.degreesOfFreedom);
    expectNear([ours.statistic], [theirs.statistic], theirs.statistic);
    expectNear([ours.logPValue], [theirs.logPValue], Math.abs(theirs.logPValue));
    expect(Math.log(ours.pValue)).toBeCloseTo(ours.logPValue, 9);
  });

  it('concordance index', () => {
    expect(metrics.concordanceIndex(time, event, risk)).toBeCloseTo(study.concordance, 9);
  });
});

describe("tails of chi-squared, against R's pchisq", () => {
  it.each(fixture.chiSquared)('of x = %d with %d degrees of freedom', (x, df, p, logP) => {
    const ours = chiSquaredTail(x, df);
    expect(Math.abs(ours.logP - logP)).toBeLessThanOrEqual(1e-9 * Math.abs(logP) + 1e-300);
    expect(Math.abs(ours.p - p)).toBeLessThanOrEqual(1e-9 * p);
  });
});

const metabric = new URL('../../../shared/data/metabric_1976x600.csv.gz', import.meta.url);

describe.skipIf(!existsSync(metabric))('METABRIC, read from the folder beside the project', () => {
  it('overall survival differs over the six subtypes, NC left out', () => {
    const text = gunzipSync(readFileSync(metabric)).toString();
    const rows = (parse(text, { columns: true, cast: false }) as Record<string, string>[]).filter(
      (row) => row.pam50_claudin !== 'NC' && row.pam50_claudin !== '',
    );
    expect(rows.length).toBe(1970);
    const { statistic, degreesOfFreedom, pValue } = survival.logRank(
      rows.map((row) => Number(row.os_months)),
      rows.map((row) => Number(row.os_event)),
      rows.map((row) => row.pam50_claudin!),
    );
    expect(degreesOfFreedom).toBe(5);
    expect(statistic).toBeCloseTo(54.503, 3);
    expect(pValue).toBeCloseTo(1.652e-10, 13);
  });
});
