// Builds the addon with node-gyp from binding.gyp and loads it, to prove that the second build system
// works. In a folder of its own: node-gyp empties build/, which belongs to CMake.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'out', 'gyp');
const require = createRequire(import.meta.url);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of ['package.json', 'binding.gyp', 'native']) {
  cpSync(join(root, name), join(folder, name), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');

// Node's headers, where they are installed beside Node, need not be downloaded.
const prefix = dirname(dirname(process.execPath));
const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
run(process.execPath, [
  require.resolve('node-gyp/bin/node-gyp.js'),
  'rebuild',
  `--jobs=${availableParallelism()}`,
  '--loglevel=warn',
  ...(hasHeaders ? [`--nodedir=${prefix}`] : []),
]);

const addon = join(folder, 'build', 'Release', 'deeptype.node');
process.env.DEEPTYPE_NATIVE = addon;
const { KMeans } = await import('deeptype');
const rows = [
  [0, 0],
  [0, 1],
  [9, 9],
  [9, 8],
];
const model = new KMeans({ clusters: 2, seed: 0 }).fit(rows);
const [a, b, c, d] = model.labels;
assert.ok(a === b && c === d && a !== c, `two pairs of rows ended as ${model.labels}`);
model.dispose();
const { sharedObjects } = /** @type {{ sharedObjects: string[] }} */ (process.report.getReport());
assert.ok(sharedObjects.includes(addon), `another addon than ${addon} was loaded`);
console.log(`node-gyp built ${relative(root, addon)}; it loads and works`);

/**
 * Runs a program in the folder and exits with its status if that is not 0.
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
