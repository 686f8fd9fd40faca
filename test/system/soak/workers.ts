// Worker threads that fit without end, to be terminated in the middle.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { endlessIn, X, y } from '../lifecycle/models.js';

// Compiled and by `require`: it is the package that is under load, not loaders of modules.
const PACKAGE = fileURLToPath(new URL('../../../dist/cjs/index.js', import.meta.url));

const BODY = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DeepType } = require(${JSON.stringify(PACKAGE)});
  const { pretrain, settle, X, y } = workerData;
  const loss = { evaluate(outputs, { data }) {
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]) / data.length) };
  } };
  for (const endless of [pretrain, settle]) {
    new DeepType({ ...endless, threads: 1 }).fit(X, y).catch(() => {});
  }
  new DeepType({ ...pretrain, loss }).fit(X, Float32Array.from(y)).catch(() => {});
  parentPort.postMessage('fits');
`;
const workerData = { pretrain: endlessIn('pretrain'), settle: endlessIn('settle'), X, y };

/** A worker in which three fits run: two native ones and one with a loss in JavaScript. */
export async function startFits(): Promise<Worker> {
  const worker = new Worker(BODY, { eval: true, workerData });
  await once(worker, 'message');
  return worker;
}

/** Terminates the worker and waits until it has ended; in milliseconds. */
export async function terminate(worker: Worker): Promise<number> {
  const began = performance.now();
  await worker.terminate();
  return performance.now() - began;
}
