// What the package computes, to the bit, under each instruction set: the proof of a change that should change no result.
// A change that means to change results writes the file anew (`npm run bits`) and says why in its commit.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { native } from '../../../src/native/addon.js';
import type { Digests } from './main.js';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const committed: Readonly<Record<string, Digests>> = JSON.parse(
  readFileSync(new URL('bits.json', import.meta.url), 'utf8'),
);
const SETS = ['baseline', 'avx2', 'avx512'];
/** The best set that this processor has; those after it are skipped. */
const best = SETS.indexOf(native().machine().simd);

async function computed(set: string): Promise<Digests> {
  const options = { env: { ...process.env, DEEPTYPE_SIMD: set }, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', MAIN],
    options,
  );
  return JSON.parse(stdout);
}

describe('every bit of the results is as committed', () => {
  for (const [rank, set] of SETS.entries()) {
    it.skipIf(rank > best)(`on ${set}`, async () => {
      expect(await computed(set)).toEqual(committed[set]);
    });
  }
});
