import { describe, expect, it } from 'vitest';
import { PRELUDE, runProgram } from './running.js';

const WORKER = `
  const { Worker, isMainThread } = require('node:worker_threads');
  const startWorker = (body) =>
    new Worker(${JSON.stringify(PRELUDE)} + body, { eval: true });
`;

describe('the addon at the end of a process', () => {
  it('keeps the process until a K-means has ended, and lets it exit with 0', () => {
    const ended = runProgram(`small().then(({ labels }) => console.log(labels.length));`);
    expect(ended).toEqual({ status: 0, output: '4', errors: '' });
  });

  it('exits with 0 by process.exit while a K-means runs', () => {
    const ended = runProgram(`
      busy().then(() => console.log('ended'));
      busy().then(() => console.log('ended'));
      setTimeout(() => process.exit(0), 50);
    `);
    expect(ended).toEqual({ status: 0, output: '', errors: '' });
  });

  it('ends with the status of an uncaught error while a K-means runs', () => {
    const ended = runProgram(`busy(); setTimeout(() => { throw new Error('on purpose'); }, 50);`);
    expect(ended.status).toBe(1);
    expect(ended.errors).toContain('on purpose');
  });
});

describe('the addon in worker threads', () => {
  it('lets a worker be terminated while a K-means runs, and the process goes on', () => {
    const ended = runProgram(`${WORKER}
      const worker = startWorker('busy(); require("node:worker_threads").parentPort.postMessage(1);');
      worker.once('message', () => setTimeout(async () => {
        await worker.terminate();
        const { labels } = await small();
        console.log(labels.length);
      }, 50));
    `);
    expect(ended).toEqual({ status: 0, output: '4', errors: '' });
  });

  it('lets a worker exit by itself while a K-means runs', () => {
    const ended = runProgram(`${WORKER}
      const worker = startWorker('busy(); setTimeout(() => process.exit(3), 50);');
      worker.once('exit', async (code) => {
        const { labels } = await small();
        console.log(code, labels.length);
      });
    `);
    expect(ended).toEqual({ status: 0, output: '3 4', errors: '' });
  });

  it('works in several workers one after another and at once', () => {
    const ended = runProgram(`${WORKER}
      const round = () => new Promise((resolve, reject) => {
        const worker = startWorker(
          'small().then(({ labels }) => require("node:worker_threads").parentPort.postMessage(labels.length));');
        let got = 0;
        worker.on('message', (n) => { got = n; });
        worker.on('error', reject);
        worker.on('exit', () => resolve(got));
      });
      (async () => {
        const first = await round();
        const many = await Promise.all([round(), round(), round(), small().then((r) => r.labels.length)]);
        console.log(first, ...many);
      })();
    `);
    expect(ended).toEqual({ status: 0, output: '4 4 4 4 4', errors: '' });
  });

  it('goes on in the worker when the main thread has the addon no more in use', () => {
    const ended = runProgram(`${WORKER}
      const worker = startWorker(
        'small().then(({ inertia }) => require("node:worker_threads").parentPort.postMessage(inertia));');
      worker.on('message', (inertia) => console.log(inertia));
    `);
    expect(ended).toEqual({ status: 0, output: '1', errors: '' });
  });
});
