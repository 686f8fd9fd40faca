// That what people write passes strict TypeScript, against the declarations of the built package.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMPILERS, complaintsOf } from './compiler.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'out', 'types');

describe('what people write passes strict TypeScript', () => {
  it.each(COMPILERS)('%s, as an ES module and as CommonJS', async (_, name) => {
    mkdirSync(folder, { recursive: true });
    const files = ['usages.ts', 'usages.cts'];
    for (const file of files) {
      copyFileSync(join(root, 'test', 'types', 'usages.ts'), join(folder, file));
    }
    expect(await complaintsOf(name, folder, files)).toBe('');
  });
});
