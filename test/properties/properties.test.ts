import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { COUNTEREXAMPLES, type Counterexample, PROPERTY_RUN } from './run.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const kept: Counterexample[] = JSON.parse(readFileSync(COUNTEREXAMPLES, 'utf8'));

it('only assertProperty asserts properties, so that their seed is that of the run', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const asserting = files
    .filter((name) => name.endsWith('.ts'))
    .filter((name) =>
      /\bfc\s*\.(assert|check)\(/.test(readFileSync(join(ROOT, 'test', name), 'utf8')),
    );
  expect(asserting).toEqual(['properties/assert-property.ts']);
});

it('draws the same values in every run', () => {
  const draw = () => fc.sample(fc.nat(), 5);
  expect(draw()).toEqual(draw());
  expect(fc.readConfigureGlobal().seed).toBe(PROPERTY_RUN.seed);
});

it('every counterexample that is kept belongs to a test', () => {
  for (const { test } of kept)
    expect(existsSync(join(ROOT, test.split(' > ')[0]!)), test).toBe(true);
});

const THIS = 'properties/properties.test.ts > repeats a counterexample';

it('repeats a counterexample that a run has found, whatever the seed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-properties-'));
  const found = join(folder, 'found');
  try {
    const isSmall = fc.property(fc.nat(1_000_000), (n) => n < 900_000);
    vi.resetModules();
    vi.doMock('./run.js', () => ({
      COUNTEREXAMPLES,
      PROPERTY_RUN: { seed: 1, factor: 50, found },
    }));
    const long = await import('./assert-property.js');
    expect(() => long.assertProperty(isSmall)).toThrow('Property failed after');
    const [one, ...others] = readFileSync(found, 'utf8').trim().split('\n');
    expect(others).toEqual([]);
    const counterexample: Counterexample = JSON.parse(one!);
    expect(counterexample).toMatchObject({ value: '[900000]' });
    expect(counterexample.test).toContain(THIS);

    const drawn: number[] = [];
    const see = fc.property(fc.nat(1_000_000), (n) => void drawn.push(n));
    vi.resetModules();
    vi.doMock('node:fs', () => ({ readFileSync: () => `[${one}]` }));
    vi.doMock('./run.js', () => ({ COUNTEREXAMPLES, PROPERTY_RUN: { seed: 2, factor: 1 } }));
    const short = await import('./assert-property.js');
    short.assertProperty(see, { numRuns: 3 });
    expect(drawn[0]).toBe(900_000);
    expect(drawn.length).toBeGreaterThanOrEqual(4);
  } finally {
    vi.doUnmock('node:fs');
    vi.doUnmock('./run.js');
    rmSync(folder, { recursive: true });
  }
});
