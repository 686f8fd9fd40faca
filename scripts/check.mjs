// npm run check [-- BASE]: the fast inner loop: format, types, and the tests that depend on what is not committed or, with
// BASE, on what has changed since that commit. Native code is built first where it changed. `npm test` runs all tests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const base = process.argv[2] ?? 'HEAD';
/** Tests that take long: programs of their own, compilers, measurements of memory. */
const SLOW = ['test/system/**', 'test/examples/**', 'test/docs/pages.test.ts', 'test/types/**'];

/** @param {string[]} given @returns {string[]} */
function gitPaths(...given) {
  const { stdout, status } = spawnSync('git', given, { cwd: root, encoding: 'utf8' });
  if (status !== 0) process.exit(status ?? 1);
  return stdout.split('\n').filter((path) => path !== '');
}

/** Runs a step; ends the check where it fails. @param {string} name @param {string} file @param {string[]} given */
function step(name, file, ...given) {
  const began = performance.now();
  const program = file.startsWith('node_modules/') ? process.execPath : file;
  const words = program === file ? given : [join(root, file), ...given];
  const { status } = spawnSync(program, words, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`-- ${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${seconds} s`);
  if (status !== 0) process.exit(status ?? 1);
}

const changed = [
  ...gitPaths('diff', '--name-only', '--diff-filter=d', base),
  ...gitPaths('ls-files', '--others', '--exclude-standard'),
];
const isNative = changed.some((path) => /^(native|test\/native)\/.*\.(cc|h)$/.test(path));

step('format', 'node_modules/@biomejs/biome/bin/biome', 'check', '.');
if (isNative) step('format of C++', process.execPath, 'scripts/check-format.mjs');
if (!existsSync(join(root, 'dist/esm/index.d.ts'))) step('build', 'npm', 'run', 'build:ts');
step('types', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit');
if (isNative) {
  step('native build', 'npm', 'run', 'build:native');
  step('native tests', 'node_modules/vitest/vitest.mjs', 'run', 'test/native/core.test.ts');
}
const excluded = SLOW.flatMap((pattern) => ['--exclude', pattern]);
const tests = ['run', `--changed=${base}`, '--passWithNoTests', '--reporter=dot', ...excluded];
step('tests of what changed', 'node_modules/vitest/vitest.mjs', ...tests);
