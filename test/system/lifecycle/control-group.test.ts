import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

const PACKAGE = new URL('../../../src/index.ts', import.meta.url).href;
const NAME = `deeptype-test-${process.pid}`;
const LIMIT = 600 * 2 ** 20;

/** A control group of 600 MiB, where this process may make one: its folder. */
function makeGroup(): string | undefined {
  for (const [root, file] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const folder = `${root}/${NAME}`;
    try {
      mkdirSync(folder);
      if (existsSync(`${folder}/${file}`)) {
        writeFileSync(`${folder}/${file}`, String(LIMIT));
        return folder;
      }
      rmdirSync(folder);
    } catch {
      // Not ours to make.
    }
  }
  return undefined;
}

const group = process.platform === 'linux' ? makeGroup() : undefined;
afterAll(() => {
  if (group !== undefined) rmdirSync(group);
});

/** Several requests of which each would fit by itself. */
const CROWD = `
  const { writeFileSync } = await import('node:fs');
  writeFileSync('${group}/cgroup.procs', String(process.pid));
  const { KMeans, Network } = await import(${JSON.stringify(PACKAGE)});
  const code = async (body) => { try { await body(); return 'done'; } catch (error) { return error.code ?? error.stack; } };
  const told = [];
  const network = (width) => new Network({ inputs: width, hidden: [width], outputs: 2 });
  for (const [count, width] of [[12, 5000], [60, 2000], [12, 5000]]) {
    const networks = [];
    told.push(await code(() => { for (let i = 0; i < count; i++) networks.push(network(width)); }));
    told.push(networks.length * width * width * 4 > 2e8);
    networks.length = 0;
  }
  const table = { data: new Float32Array(4e6), rows: 40000, columns: 100 };
  const fits = Array.from({ length: 40 }, (_, seed) => new KMeans({ clusters: 4, nInit: 1, maxIterations: 2, seed }));
  told.push(await code(() => Promise.all(fits.map((kmeans) => kmeans.fitAsync(table)))));
  told.push(await code(() => network(4000)));
  console.log(JSON.stringify(told));
`;

describe.runIf(group !== undefined)('in a control group of 600 MiB', () => {
  it('requests that pass it together are refused, what was dropped makes room, and the process goes on', async () => {
    const { status, output, errors } = await runProgram(CROWD);
    expect(errors).toBe('');
    expect(status).toBe(0);
    const out = 'ERR_OUT_OF_MEMORY';
    expect(JSON.parse(output)).toEqual([out, true, out, true, out, true, out, 'done']);
  });
});
