// Packs the package as `npm publish` would, looks at what is inside, installs it in an empty folder
// without running any script, and uses it there from ESM and from CommonJS.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAX_BYTES = 8e6;
const WANTED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'dist/esm/index.js',
  'dist/esm/index.d.ts',
  'dist/cjs/index.js',
  'dist/cjs/index.d.ts',
  'dist/cjs/package.json',
];
const ADDON = /^(build\/Release|prebuilds\/.*)\/.*\.node$/;
const UNWANTED = /\.(cc|h|gyp|gypi)$|^(native|test|bench|examples|scripts|src)\/|CMakeLists/;
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

const PROGRAM = `
  const model = new KMeans({ clusters: 2, seed: 0 }).fit([[0, 0], [0, 1], [9, 9], [9, 8]]);
  const [a, b, c, d] = model.labels;
  if (a !== b || c !== d || a === c) throw new Error('labels ' + model.labels);
  const { X, y } = datasets.makeClusters({ samples: 60, seed: 1 });
  if (metrics.silhouetteScore(X, y) < 0) throw new Error('silhouette');
  const network = new Network({ inputs: 2, hidden: [3], outputs: 1 });
  if (network.toONNX().length < 100) throw new Error('ONNX');
  model.dispose();
  console.log(kind + ' consumer: works');
`;
const CONSUMERS = {
  'consumer.mjs': `import { datasets, KMeans, metrics, Network } from 'deeptype'; const kind = 'ESM';${PROGRAM}`,
  'consumer.cjs': `const { datasets, KMeans, metrics, Network } = require('deeptype'); const kind = 'CommonJS';${PROGRAM}`,
};

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'deeptype-pack-'));
try {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder));
  const tarball = join(folder, packed.filename);
  checkContents(packed);
  checkUse(tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {{ files: { path: string }[], size: number, unpackedSize: number }} packed */
function checkContents({ files, size, unpackedSize }) {
  const paths = files.map((file) => file.path);
  for (const path of WANTED) assert.ok(paths.includes(path), `the package lacks ${path}`);
  assert.ok(
    paths.some((path) => ADDON.test(path)),
    'the package lacks the addon',
  );
  const unwanted = paths.filter((path) => UNWANTED.test(path));
  assert.deepEqual(unwanted, [], 'the package holds files that nobody needs who installs it');
  assert.ok(size < MAX_BYTES, `the package has ${size} bytes, more than ${MAX_BYTES}`);
  console.log(
    `packed: ${paths.length} files, ${megabytes(size)} (${megabytes(unpackedSize)} unpacked)`,
  );
}

/** @param {string} tarball */
function checkUse(tarball) {
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  npm(folder, 'install', '--ignore-scripts', '--omit=peer', '--prefer-offline', tarball);
  const manifest = JSON.parse(
    run(folder, 'node', ['-p', `JSON.stringify(require('deeptype/package.json'))`]),
  );
  const scripts = INSTALL_SCRIPTS.filter((name) => name in manifest.scripts);
  assert.deepEqual(scripts, [], 'the package runs scripts when it is installed');
  assert.equal(manifest.gypfile, false, 'npm would run node-gyp if binding.gyp were there');
  for (const [name, text] of Object.entries(CONSUMERS)) {
    writeFileSync(join(folder, name), text);
    process.stdout.write(run(folder, process.execPath, [name]));
  }
}

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function npm(cwd, ...args) {
  // The npm that started this, if one did.
  const cli = process.env.npm_execpath;
  return cli ? run(cwd, process.execPath, [cli, ...args]) : run(cwd, 'npm', args);
}

/**
 * Runs a program; returns what it printed.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 */
function run(cwd, program, args) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|DEEPTYPE_|NODE_PATH$)/.test(name),
  );
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: Object.fromEntries(inherited),
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
