// What the coverage-guided fuzzing has kept: inputs that each run something of their own, and those that
// once broke something.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TARGETS } from '../../native/fuzz/targets.js';

const ROOT = fileURLToPath(new URL('../../native/fuzz', import.meta.url));

describe.each(Object.entries(TARGETS))('%s', (name, target) => {
  it.each(['corpus', 'crashers'])(
    'takes every input of its %s',
    async (kind) => {
      const folder = join(ROOT, kind, name);
      const inputs = existsSync(folder) ? readdirSync(folder) : [];
      for (const input of inputs) {
        const bytes = new Uint8Array(readFileSync(join(folder, input)));
        await target(bytes).catch((cause: unknown) => {
          throw new Error(`${kind}/${name}/${input}`, { cause });
        });
      }
      if (kind === 'corpus') expect(inputs.length).toBeGreaterThan(0);
    },
    300_000,
  );
});
