import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compilers that users have: name and package. */
export const COMPILERS = [
  ['7', 'typescript'],
  ['5.9', 'typescript-5.9'],
] as const;

/** What the compiler of the package `name` says of files in `folder`, under its strictest options. */
export async function complaintsOf(
  name: string,
  folder: string,
  files: readonly string[],
): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const compiler = join(dirname(resolve(`${name}/package.json`)), 'bin', 'tsc');
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
  writeFileSync(project, JSON.stringify({ compilerOptions, files }));
  const run = promisify(execFile)(process.execPath, [compiler, '-p', project], { cwd: root });
  return run.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}
