#!/usr/bin/env node
// Stands in for node-gyp when prebuildify calls it in out/prebuild: builds the addon by CMake in the
// usual folder and puts a copy where prebuildify looks for one.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
const { status, error } = spawnSync(
  process.execPath,
  [cmakeJs, 'compile', '--directory', root, '--CDCMAKE_BUILD_TYPE=Release'],
  { cwd: root, stdio: 'inherit' },
);
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);
const folder = join('build', 'Release');
mkdirSync(folder, { recursive: true });
copyFileSync(join(root, folder, 'deeptype.node'), join(folder, 'deeptype.node'));
