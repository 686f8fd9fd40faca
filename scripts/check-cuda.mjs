// Compiles the formulas of native/core/terms with nvcc, for one architecture and without running them: they are headers for host
// and device. Where there is no nvcc it says so.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out');
mkdirSync(out, { recursive: true });

const options = [
  '-std=c++20',
  '--expt-relaxed-constexpr',
  '-Werror',
  'all-warnings',
  '-arch=sm_80',
];
const files = ['-c', join(root, 'test/native/cuda/terms.cu'), '-o', join(out, 'terms.o')];
const PATH = [process.env.PATH, '/usr/local/cuda/bin', '/usr/local/bin'].join(delimiter);
const { status, error } = spawnSync('nvcc', [...options, ...files], {
  env: { ...process.env, PATH },
  stdio: 'inherit',
});

if (error && /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') {
  console.warn('SKIPPED: there is no nvcc here; the formulas were NOT compiled for a device.');
} else if (error) {
  throw error;
} else {
  if (status === 0) console.log('nvcc takes the formulas of native/core/terms');
  process.exitCode = status ?? 1;
}
