// npm run check [-- BASE]: the fast inner loop: format, types, and the tests of what is not committed or, with BASE, of what
// has changed since that commit: changed tests, and of src/ROOM those in test/ROOM. Where native code changed, it is built
// and the tests of the core run. `npm test` runs all tests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const base = process.argv[2] ?? 'HEAD';
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

/** The changed tests, and the rooms of test/ that mirror the changed rooms of src/. */
const tests = changed.flatMap((path) => {
  if (path.startsWith('test/') && path.endsWith('.test.ts')) return path;
  const room = /^src\/([^/]+)\//.exec(path)?.[1];
  return room !== undefined && existsSync(join(root, 'test', room)) ? `test/${room}/` : [];
});

if (changed.length > 0) {
  const biome = ['check', '--no-errors-on-unmatched', ...changed];
  step('format', 'node_modules/@biomejs/biome/bin/biome', ...biome);
}
if (isNative) step('format of C++', process.execPath, 'scripts/check-format.mjs');
if (!existsSync(join(root, 'dist/esm/index.d.ts'))) step('build', 'npm', 'run', 'build:ts');
const incremental = ['--incremental', '--tsBuildInfoFile', 'out/check.tsbuildinfo'];
step('types', 'node_modules/typescript/bin/tsc', '--noEmit', ...incremental);
if (isNative) {
  step('native build', 'npm', 'run', 'build:native');
  tests.push('test/native/core.test.ts');
}
if (tests.length > 0)
  step('tests', 'node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...new Set(tests));
