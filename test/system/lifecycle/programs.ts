// Programs around the package that run in a process of their own.
import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endlessIn, QUICK } from './models.js';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const INDEX = JSON.stringify(pathToFileURL(`${ROOT}/src/index.ts`).href);
export const PRELUDE = `
  const { DeepType, datasets, Matrix } = await import(${INDEX});
  const { X, y } = datasets.makeClusters({ samples: 300, features: 12, clusters: 3, seed: 5 });
  const quick = ${JSON.stringify(QUICK)};
  const endless = ${JSON.stringify(endlessIn('pretrain'))};
  const loss = { evaluate(outputs, targets) {
    const { data } = targets;
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]) / data.length) };
  } };
  const values = Float32Array.from(y);
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

export interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** What Node is to be given to run `body`, an ES module after the prelude. */
export function programArguments(body: string): string[] {
  return ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', PRELUDE + body];
}

/** Runs `body`, an ES module after the prelude, in a Node process of its own. */
export function runProgram(body: string): Promise<Ended> {
  const child = spawn(process.execPath, programArguments(body), { cwd: ROOT, timeout: 1_200_000 });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ status: signal ?? code, output: output.trim(), errors: errors.trim() }),
    );
  });
}
