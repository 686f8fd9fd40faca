// Packs the package as `npm publish` would, looks at what is inside, installs it in an empty folder
// without running any script, and uses it there without a compiler on PATH: from ESM, CommonJS,
// TypeScript, worker threads, the call of ml-kmeans, bundles of four bundlers and tests of Jest. Takes away the prebuild
// that it packed, which would hide later local builds; `--keep` leaves it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import loader from '../src/native/load.cjs';
import { BUNDLES, FILES, JEST, TOOLS } from './bundlers.mjs';
import { CONSUMERS, SOURCES, TYPED } from './consumers.mjs';

const MAX_BYTES = 8e6;
const WANTED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'THIRD_PARTY_NOTICES.txt',
  'docs/index.md',
  'dist/esm/index.js',
  'dist/esm/index.d.ts',
  'dist/esm/kmeans.js',
  'dist/cjs/index.js',
  'dist/cjs/index.d.ts',
  'dist/cjs/kmeans.js',
  'dist/cjs/package.json',
];
const ADDON = /^prebuilds\/[^/]+\/deeptype\.node$/;
const ALLOWED =
  /^(dist|prebuilds|docs)\/|^bench\/results\/[^/]+\.md$|^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD_PARTY_NOTICES\.txt)$/;
const UNWANTED = /\.(cc|h|gyp|gypi)$|CMakeLists/;
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
const COMPILERS = [
  'cc',
  'c++',
  'gcc',
  'g++',
  'clang',
  'clang++',
  'make',
  'ninja',
  'cmake',
  'python3',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'deeptype-pack-'));
// All that is on PATH: no compiler.
const programs = join(folder, 'programs');
mkdirSync(programs);
symlinkSync(process.execPath, join(programs, 'node'));
for (const name of COMPILERS) {
  const { error } = spawnSync(name, ['--version'], { env: { PATH: programs } });
  assert.ok(error, `${name} is on PATH`);
}
try {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder));
  checkContents(packed);
  const home = join(folder, 'consumer');
  mkdirSync(home);
  install(home, join(folder, packed.filename));
  checkUse(home);
  checkTypes(home);
  installTools(home);
  checkBundles(home);
  spawnChecked(home, process.execPath, JEST);
  console.log('Jest: tests pass in CommonJS, as ES modules and through Babel');
} finally {
  rmSync(folder, { recursive: true, force: true });
  const prebuild = join(root, 'prebuilds', loader.target());
  if (!process.argv.includes('--keep')) rmSync(prebuild, { recursive: true, force: true });
}

/** @param {{ files: { path: string }[], size: number, unpackedSize: number }} packed */
function checkContents({ files, size, unpackedSize }) {
  const paths = files.map((file) => file.path);
  for (const path of WANTED) assert.ok(paths.includes(path), `the package lacks ${path}`);
  assert.ok(
    paths.some((path) => ADDON.test(path)),
    'the package lacks the addon',
  );
  const unwanted = paths.filter((path) => !ALLOWED.test(path) || UNWANTED.test(path));
  assert.deepEqual(unwanted, [], 'the package holds files that nobody needs who installs it');
  assert.ok(size < MAX_BYTES, `the package has ${size} bytes, more than ${MAX_BYTES}`);
  console.log(
    `packed: ${paths.length} files, ${megabytes(size)} (${megabytes(unpackedSize)} unpacked)`,
  );
}

/**
 * @param {string} home an empty folder
 * @param {string} tarball
 */
function install(home, tarball) {
  writeFileSync(join(home, 'package.json'), '{ "name": "consumer", "private": true }\n');
  npm(home, 'install', '--ignore-scripts', '--omit=peer', '--prefer-offline', tarball);
  const manifest = JSON.parse(
    node(home, ['-p', `JSON.stringify(require('deeptype/package.json'))`]),
  );
  const scripts = INSTALL_SCRIPTS.filter((name) => name in manifest.scripts);
  assert.deepEqual(scripts, [], 'the package runs scripts when it is installed');
  assert.equal(manifest.gypfile, false, 'npm would run node-gyp if binding.gyp were there');
}

/** @param {string} home */
function checkUse(home) {
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(home, name), text);
  for (const name of CONSUMERS) process.stdout.write(node(home, [name]));
}

/** @param {string} home */
function checkTypes(home) {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  for (const [module, moduleResolution] of [
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ]) {
    const options = { module, moduleResolution, target: 'es2022', strict: true, types: ['node'] };
    const typeRoots = [dirname(dirname(require.resolve('@types/node/package.json')))];
    const compilerOptions = {
      ...options,
      typeRoots,
      noEmit: module === 'esnext',
      skipLibCheck: true,
    };
    const config = JSON.stringify({ compilerOptions, files: TYPED });
    writeFileSync(join(home, 'tsconfig.json'), config);
    node(home, [compiler, '--project', 'tsconfig.json']);
    console.log(`TypeScript, moduleResolution ${moduleResolution}: compiles`);
  }
  for (const name of TYPED) process.stdout.write(node(home, [name.replace(/ts$/, 'js')]));
}

/** @param {string} home */
function installTools(home) {
  npm(
    home,
    'install',
    '--ignore-scripts',
    '--omit=peer',
    '--prefer-offline',
    '--no-audit',
    ...TOOLS,
  );
  mkdirSync(join(home, 'jest'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(home, name), text);
}

/**
 * Bundles beside node_modules, and with only a copy of prebuilds/ beside them.
 * @param {string} home
 */
function checkBundles(home) {
  for (const { tool, entry, format, file, external = false } of BUNDLES) {
    const path = join('bundled', tool, file);
    node(home, ['bundle.mjs', tool, entry, format, path, ...(external ? ['external'] : [])]);
    process.stdout.write(`bundle ${tool} ${file}: ${node(home, [path])}`);
    if (external) continue;
    const alone = join(folder, 'alone', tool, file);
    cpSync(join(home, path), alone);
    cpSync(join(home, 'node_modules', 'deeptype', 'prebuilds'), join(dirname(alone), 'prebuilds'), {
      recursive: true,
    });
    process.stdout.write(`  without node_modules: ${node(dirname(dirname(alone)), [alone])}`);
  }
}

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function npm(cwd, ...args) {
  // The npm that started this, if one did.
  const cli = process.env.npm_execpath;
  if (cli) return node(cwd, [cli, ...args]);
  return spawnChecked(cwd, 'npm', args, process.env.PATH);
}

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function node(cwd, args) {
  return spawnChecked(cwd, process.execPath, args);
}

/**
 * Runs a program; returns what it printed.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 * @param {string} [path]
 */
function spawnChecked(cwd, program, args, path = programs) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|DEEPTYPE_|NODE_PATH$)/.test(name),
  );
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), PATH: path },
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  if (error) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
