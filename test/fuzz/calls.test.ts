import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DeepTypeError } from '../../src/index.js';
import { CALLS } from './calls.js';
import { fitModels } from './subjects.js';

beforeAll(fitModels);

/** A call by name, with its arguments. */
const calls = fc.oneof(
  ...Object.entries(CALLS).map(([name, { args }]) =>
    fc.tuple(fc.constant(name), fc.tuple(...args)),
  ),
);

describe('thousands of random malformed calls', () => {
  it('throw a DeepTypeError or succeed; none crashes, hangs or throws a bare error', async () => {
    const counts = { coded: 0, succeeded: 0 };
    const seen = new Set<string>();
    const runs = Number(process.env.FUZZ_RUNS ?? 5000);
    await fc.assert(
      fc.asyncProperty(calls, async ([name, args]) => {
        seen.add(name);
        let timer: NodeJS.Timeout | undefined;
        const hangs = new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`${name} hangs`)), 10_000);
        });
        try {
          await Promise.race([Promise.resolve(CALLS[name]!.call(...args)), hangs]);
          counts.succeeded++;
        } catch (error) {
          if (!(error instanceof DeepTypeError)) throw error;
          expect(error.message.length).toBeGreaterThan(5);
          counts.coded++;
        } finally {
          clearTimeout(timer);
        }
      }),
      { numRuns: runs, seed: Number(process.env.FUZZ_SEED ?? 20260), endOnFailure: false },
    );
    expect(seen.size).toBe(Object.keys(CALLS).length);
    expect(counts.coded).toBeGreaterThan(0.3 * runs);
    expect(counts.succeeded).toBeGreaterThan(0.1 * runs);
  });
});
