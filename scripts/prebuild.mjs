// Builds prebuilds/<platform>-<arch>[-musl]/deeptype.node for this machine by prebuildify, which strips
// it. The target is named and the build is CMake's: nothing is looked for online.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import loader from '../src/native/load.cjs';

// The oldest Node that the package supports. The addon is built for Node-API 8, which has no
// version of its own here: one file serves all later ones.
const NODE = '20.17.0';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const target = loader.target();
const [platform = '', ...arch] = target.split('-');
// prebuildify takes the finished file away from where it was built: not from build/, where tests use it.
const staging = join(root, 'out', 'prebuild');
rmSync(staging, { recursive: true, force: true });
rmSync(join(root, 'prebuilds', target), { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
copyFileSync(join(root, 'package.json'), join(staging, 'package.json'));

const { status, error } = spawnSync(
  process.execPath,
  [
    require.resolve('prebuildify/bin.js'),
    ...['--target', `node@${NODE}`, '--napi', '--strip'],
    ...['--platform', platform, '--arch', arch.join('-')],
    ...['--cwd', staging, '--out', root],
    ...['--node-gyp', join(root, 'scripts', 'cmake-gyp.mjs')],
  ],
  { cwd: root, stdio: 'inherit' },
);
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);

const file = join(root, 'prebuilds', target, 'deeptype.node');
if (!existsSync(file)) throw new Error(`prebuildify left no ${file}`);
console.log(`${relative(root, file)}: ${(statSync(file).size / 1e6).toFixed(2)} MB`);
