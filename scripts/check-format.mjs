// Checks the format of the C++ sources with clang-format; with --write puts it right. Where there is
// no clang-format it says so, and fails only in CI.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');

const files = ['native', 'test/native', 'bench/native'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(h|cc|cu)$/.test(name))
    .map((name) => join(folder, name)),
);
const mode = write ? ['-i'] : ['--dry-run', '-Werror'];
const { status, error } = spawnSync('clang-format', ['--style=file', ...mode, ...files.sort()], {
  cwd: root,
  stdio: 'inherit',
});

if (error && /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') {
  console.warn(
    'NOTE: clang-format is not installed: the format of the C++ sources was NOT checked.',
  );
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else if (error) {
  throw error;
} else {
  const done = write ? 'formatted' : 'checked';
  if (status === 0) console.log(`clang-format: ${files.length} files ${done}`);
  process.exitCode = status ?? 1;
}
