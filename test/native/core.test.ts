import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

// Builds test/native (the C++ tests of the core) and runs it once per instruction set.
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = fileURLToPath(new URL('../../build/native-tests', import.meta.url));

function cmake(...args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync('cmake', args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`cmake ${args.join(' ')}\n${stdout}\n${stderr}`);
}

beforeAll(() => {
  const ninja = spawnSync('ninja', ['--version']).status === 0;
  const generator = ninja ? ['-G', 'Ninja'] : [];
  cmake('-S', root, '-B', folder, ...generator, '-DDEEPTYPE_NATIVE_TESTS=ON');
  cmake('--build', folder, '--target', 'deeptype_core_tests', '--parallel', '2');
});

describe('C++ tests of the core', () => {
  it.each(['baseline', 'avx2', 'avx512'])('pass on %s', (level) => {
    const environment = { ...process.env, DEEPTYPE_SIMD: level };
    const output = execFileSync(`${folder}/deeptype_core_tests`, {
      encoding: 'utf8',
      env: environment,
    });
    // A processor without this instruction set ran the best it has.
    expect(output).toMatch(/^instruction set: (baseline|avx2|avx512)$/m);
    expect(output).toMatch(/^[1-9]\d* passed, 0 failed$/m);
  });
});
