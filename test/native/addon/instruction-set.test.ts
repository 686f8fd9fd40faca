// The instruction set that DEEPTYPE_SIMD asks for is used, or refused.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { checkSimd, INSTRUCTION_SETS, native } from '../../../src/native/addon.js';
import { messageOf } from '../../common/coded.js';

const PACKAGE = createRequire(import.meta.url).resolve('deeptype');
const LOADER = createRequire(import.meta.url).resolve('../../../src/native/load.cjs');
const { bestSimd } = native().machine();
const available = INSTRUCTION_SETS.slice(0, INSTRUCTION_SETS.indexOf(bestSimd) + 1);

/** What a process says that uses the package twice, and what is in use. */
function said(wanted: string): string {
  const body = `
    const { KMeans, Network } = require(${JSON.stringify(PACKAGE)});
    for (const use of [() => new KMeans({ clusters: 1 }).fit([[1]]), () => new Network({ inputs: 1, outputs: 1 })]) {
      try { use(); console.log(require(${JSON.stringify(LOADER)}).load().addon.machine().simd); }
      catch (error) { console.log(error.code, error.message); }
    }`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', body], {
    encoding: 'utf8',
    env: { ...process.env, DEEPTYPE_SIMD: wanted },
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

describe('DEEPTYPE_SIMD', () => {
  it('names the instruction set in use; empty it names none', () => {
    for (const name of available) expect(said(name)).toBe(`${name}\n${name}`);
    expect(said('')).toBe(`${bestSimd}\n${bestSimd}`);
  });

  it('that names none is refused by every call, with the choices', () => {
    for (const wanted of ['bogus', 'AVX2', 'avx2 ', '1', 'sse4']) {
      const [first, second] = said(wanted).split('\n');
      expect(first).toMatch(/^ERR_INVALID_ARGUMENT the environment variable DEEPTYPE_SIMD: /);
      expect(first).toContain(`'${available.join("', '")}'`);
      expect(first).toContain(`received '${wanted}'`);
      expect(second).toBe(first);
    }
  });

  it('that the processor has not is refused', () => {
    const refusal = messageOf(
      () => checkSimd({ simd: 'avx2', bestSimd: 'avx2', wantedSimd: 'avx512' }),
      'ERR_INVALID_ARGUMENT',
    );
    expect(refusal).toMatch(
      /one of 'baseline', 'avx2', which this processor has, received 'avx512'/,
    );
    expect(() => checkSimd({ simd: 'avx2', bestSimd: 'avx512', wantedSimd: 'avx2' })).not.toThrow();
    expect(() => checkSimd({ simd: 'avx512', bestSimd: 'avx512', wantedSimd: '' })).not.toThrow();
  });
});
