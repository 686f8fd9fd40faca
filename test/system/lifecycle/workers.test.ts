import { describe, expect, it } from 'vitest';
import { PRELUDE, runProgram } from './programs.js';

describe('worker threads', () => {
  const WORKERS = `
    const { Worker } = await import('node:worker_threads');
    // The loader of TypeScript is not inherited; the type of the module is.
    const start = (body) => new Worker(
      'import { register } from "tsx/esm/api"; register();' + ${JSON.stringify(PRELUDE)} +
      'const { parentPort } = await import("node:worker_threads");' + body, { eval: true });
    const message = (worker) => new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  `;

  it('fit models, several at once, with the result of the main thread', async () => {
    const ended = await runProgram(`${WORKERS}
      const body = \`
        const model = new DeepType(quick);
        await model.fit(X, y);
        parentPort.postMessage(model.labels.join());
      \`;
      const workers = [start(body), start(body)];
      const model = new DeepType(quick);
      await model.fit(X, y);
      const labels = await Promise.all(workers.map(message));
      console.log(labels.every((list) => list === model.labels.join()));
    `);
    expect(ended).toEqual({ status: 0, output: 'true', errors: '' });
  });

  it('may be terminated while they fit, again and again, and the process goes on', async () => {
    const ended = await runProgram(`${WORKERS}
      for (const [k, wait] of [1, 10, 30, 60, 120].entries()) {
        const worker = start(\`
          new DeepType(endless).fit(X, y);
          new DeepType({ ...endless, loss }).fit(X, values);
          parentPort.postMessage('fits');
        \`);
        await message(worker);
        await sleep(wait);
        await worker.terminate();
      }
      const model = new DeepType(quick);
      await model.fit(X, y);
      console.log(model.labels.length);
    `);
    expect(ended).toEqual({ status: 0, output: '300', errors: '' });
  });
});
