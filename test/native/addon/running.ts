// Programs around the bare addon that run in a process of their own, so that a crash is seen as one.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LOADER = fileURLToPath(new URL('../../../src/native/load.cjs', import.meta.url));

/** JavaScript that defines `addon`, `busy()` (a K-means that takes a while) and `tiny`. */
export const PRELUDE = `
  const addon = require(${JSON.stringify(LOADER)}).load().addon;
  const options = { clusters: 64, init: 'random', start: null, restarts: 1000,
    maxIterations: 1000, tolerance: 0, seed: 0, threads: 2 };
  const large = { data: Float32Array.from({ length: 400000 }, (_, i) => Math.sin(i * i)),
    rows: 20000, columns: 20 };
  const busy = () => addon.kmeansAsync(large, options);
  const tiny = { data: Float32Array.of(0, 1, 10, 11), rows: 4, columns: 1 };
  const small = () => addon.kmeansAsync(tiny, { ...options, clusters: 2, restarts: 1 });
`;

export interface Ended {
  /** Exit status, or the name of the signal that ended the process. */
  readonly status: number | string | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `body` after the prelude in a Node process of its own. */
export function runProgram(body: string): Ended {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '-e', PRELUDE + body],
    { encoding: 'utf8', timeout: 1_200_000 },
  );
  return { status: signal ?? status, output: stdout.trim(), errors: stderr.trim() };
}
