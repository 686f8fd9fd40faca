import { beforeAll, describe, expect, it } from 'vitest';
import { CALLS } from './calls.js';
import { caseOf, prepare } from './cases.js';
import { fuzz } from './run.js';
import { surface } from './surface.js';

beforeAll(prepare);

describe('thousands of random malformed calls', () => {
  it('throw a DeepTypeError or succeed; none crashes, hangs or throws a bare error', async () => {
    const counts = { coded: 0, succeeded: 0 };
    const runs = 2500;
    for (let seed = 20260; seed < 20260 + runs; seed++) {
      const { name, run } = caseOf(seed);
      const done = await run().catch((error: unknown) => {
        throw new Error(`${name}, npm run test:fuzz -- 1 ${seed}`, { cause: error });
      });
      counts[done ? 'succeeded' : 'coded']++;
    }
    expect(counts.coded).toBeGreaterThan(0.3 * runs);
    expect(counts.succeeded).toBeGreaterThan(0.1 * runs);
  });

  it('are of all that the package exports', () => {
    const called = new Set(Object.keys(CALLS).map((name) => name.split(':')[0]!));
    expect(surface().filter((name) => !called.has(name))).toEqual([]);
  });
});

it('a case that ends the process, hangs, throws or leaves a rejection is found', async () => {
  const cases = new URL('broken-cases.ts', import.meta.url).href;
  const { failures, ...tally } = await fuzz({ seed: 0, count: 8, longest: 15_000, cases });
  expect(failures.map(({ seed }) => seed)).toEqual([1, 2, 4, 6]);
  expect(failures.map(({ reason }) => reason.slice(0, 40))).toEqual([
    expect.stringContaining('the process ended with SIGABRT'),
    expect.stringContaining('Error: bare'),
    expect.stringContaining('the process hangs'),
    expect.stringContaining('Error: unhandled'),
  ]);
  expect(tally).toMatchObject({ cases: 8, succeeded: 3, coded: 2 });
});
