// Whether the imports of src/ keep to the rules of .dependency-cruiser.cjs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// dependency-cruiser reads TypeScript with the compiler's API, which version 7 does not have: it gets 5.9.
const cruiser = join(root, 'node_modules/dependency-cruiser');
const compiler = join(cruiser, 'node_modules/typescript');
if (!existsSync(compiler)) {
  mkdirSync(join(cruiser, 'node_modules'), { recursive: true });
  symlinkSync('../../typescript-5.9', compiler, 'junction');
}

try {
  const command = join(cruiser, 'bin/dependency-cruise.mjs');
  execFileSync(process.execPath, [command, 'src'], { cwd: root, stdio: 'inherit' });
} catch {
  process.exitCode = 1;
}
