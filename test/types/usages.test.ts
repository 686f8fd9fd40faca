// That what people write passes strict TypeScript, against the declarations of the built package.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'out', 'types');

/** What the compiler of the package `name` says of the usages, as an ES module and as CommonJS. */
async function complaintsOf(name: string): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const compiler = join(dirname(resolve(`${name}/package.json`)), 'bin', 'tsc');
  mkdirSync(folder, { recursive: true });
  for (const file of ['usages.ts', 'usages.cts']) {
    copyFileSync(join(root, 'test', 'types', 'usages.ts'), join(folder, file));
  }
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
  };
  const project = join(folder, `${name}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ['usages.ts', 'usages.cts'] }));
  const run = promisify(execFile)(process.execPath, [compiler, '-p', project], { cwd: root });
  return run.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe('what people write passes strict TypeScript', () => {
  it.each([
    ['7', 'typescript'],
    ['5.9', 'typescript-5.9'],
  ])(
    '%s',
    async (_, name) => {
      expect(await complaintsOf(name)).toBe('');
    },
    180_000,
  );
});
