// Worker threads that fit without end, to be terminated in the middle.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;
const MODELS = new URL('../lifecycle/models.ts', import.meta.url).href;

// The loader of TypeScript is not inherited by a worker.
const BODY = `
  import { parentPort } from 'node:worker_threads';
  import { register } from 'tsx/esm/api';
  register();
  const { DeepType } = await import(${JSON.stringify(INDEX)});
  const { endlessIn, X, y } = await import(${JSON.stringify(MODELS)});
  const loss = { evaluate(outputs, { data }) {
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]) / data.length) };
  } };
  for (const phase of ['pretrain', 'settle']) {
    new DeepType({ ...endlessIn(phase), threads: 1 }).fit(X, y).catch(() => {});
  }
  new DeepType({ ...endlessIn('pretrain'), loss }).fit(X, Float32Array.from(y)).catch(() => {});
  parentPort.postMessage('fits');
`;

/** A worker in which three fits run: two native ones and one with a loss in JavaScript. */
export async function startFits(): Promise<Worker> {
  const worker = new Worker(BODY, { eval: true });
  await once(worker, 'message');
  return worker;
}

/** Terminates the worker and waits until it has ended; in milliseconds. */
export async function terminate(worker: Worker): Promise<number> {
  const began = performance.now();
  await worker.terminate();
  return performance.now() - began;
}
