import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'deeptype-starve-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('memory that fails', () => {
  it('at any allocation is ERR_OUT_OF_MEMORY, and all goes on as before', async () => {
    const library = join(folder, 'failing.so');
    const flags = [
      '-std=c++20',
      '-O1',
      '-shared',
      '-fPIC',
      '-o',
      library,
      here('failing.cc'),
      '-ldl',
    ];
    execFileSync(process.env.CXX ?? 'c++', flags);
    const state = join(folder, 'state');
    writeFileSync(state, new Uint8Array(16));
    const env = { ...process.env, DEEPTYPE_FAILING: state, LD_PRELOAD: library };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', here('starve.ts'), '60'],
      { env, timeout: 1_200_000 },
    );
    const met: Record<string, number> = JSON.parse(stdout);
    for (const call of ['new Network', 'fromBytes', 'predictAsync', 'KMeans.fit', 'Lasso']) {
      expect(met[call], call).toBeGreaterThan(5);
    }
    expect(met.fit).toBeGreaterThan(60);
  });
});
