// Asynchronous calls that outnumber the threads that serve them.
import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeepType, DeepTypeError, KMeans, Matrix, metrics } from '../../../src/index.js';
import { native } from '../../../src/native/addon.js';
import { QUICK, X, y } from './models.js';
import { runProgram } from './programs.js';

const row = new Matrix(X.data.slice(0, X.columns), 1, X.columns);
let model: DeepType;
beforeAll(async () => {
  model = new DeepType(QUICK);
  await model.fit(X, y);
});
afterAll(() => model.dispose());

/** K-means that takes so long that no test waits for it. */
const LONG = { clusters: 200, nInit: 1_000_000, tolerance: 0, threads: 1 };
/** The most threads that serve predictions: `mostThreads` in native/addon/jobs/environment.cc. */
const MOST_AT_ONCE = 8;
/** More than there are threads for long work. */
const MANY = 20;

describe('calls that wait for a thread', () => {
  it.runIf(process.platform === 'linux')('are no threads of the system', async () => {
    const threads = () =>
      Number(/Threads:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
    const before = threads();
    const calls = Array.from({ length: 5000 }, () => model.predictAsync(row));
    expect(threads() - before).toBeLessThanOrEqual(8);
    const labels = await Promise.all(calls);
    for (const label of labels) expect(label).toEqual(model.predict(row));
    const fits = Array.from({ length: 60 }, () => new KMeans({ clusters: 3 }).fitAsync(X));
    expect(threads() - before).toBeLessThanOrEqual(8 + 16);
    await Promise.all(fits);
  });

  it('are begun in the order in which they came', async () => {
    const ended: number[] = [];
    const calls = Array.from({ length: 400 }, (_, i) =>
      model.predictAsync(row).then(() => ended.push(i)),
    );
    await Promise.all(calls);
    // However long the system holds up a thread, it holds one call: no more calls are overtaken at a time.
    const waiting = new Set(calls.keys());
    for (const i of ended) {
      waiting.delete(i);
      expect([...waiting].filter((j) => j < i).length).toBeLessThan(MOST_AT_ONCE);
    }
  });

  it('and predictions do not wait for long work', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const fits = Array.from({ length: MANY }, () => new KMeans(LONG).fitAsync(X, { signal }));
    const settled = Promise.allSettled(fits);
    expect(await model.predictAsync(X)).toEqual(model.predict(X));
    controller.abort();
    await settled;
  });

  it('work on a model that was disposed of meanwhile', async () => {
    const copy = DeepType.fromBytes(model.toBytes());
    const native = copy.network;
    const expected = model.predict(X);
    const calls = Array.from({ length: 200 }, () => copy.predictAsync(X));
    native.dispose();
    for (const labels of await Promise.all(calls)) expect(labels).toEqual(expected);
  });
});

describe('an abort', () => {
  const CALLS: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    predictAsync: (signal) => model.predictAsync(X, { signal }),
    transformAsync: (signal) => model.transformAsync(X, { signal }),
    assignAsync: (signal) => model.assignAsync(X, { signal }),
    'KMeans.fitAsync': (signal) => new KMeans(LONG).fitAsync(X, { signal }),
    silhouetteSamplesAsync: (signal) => metrics.silhouetteSamplesAsync(X, y, { signal }),
    silhouetteScoreAsync: (signal) => metrics.silhouetteScoreAsync(X, y, { signal, sample: 50 }),
  };

  describe.each(Object.entries(CALLS))('of %s', (_, call) => {
    const reason = new Error('enough');
    const ABORTED = { code: 'ERR_ABORTED', name: 'AbortError', cause: reason };

    it('rejects, while it waits or runs, and leaves no listener', async () => {
      const controller = new AbortController();
      const calls = Array.from({ length: MANY }, () => call(controller.signal));
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
      controller.abort(reason);
      for (const result of calls) {
        await expect(result).rejects.toMatchObject(ABORTED);
        await expect(result).rejects.toBeInstanceOf(DeepTypeError);
      }
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    });

    it('that came before rejects too', async () => {
      await expect(call(AbortSignal.abort(reason))).rejects.toMatchObject(ABORTED);
    });

    it('is refused unless it is a signal', async () => {
      const none = call({ aborted: false } as AbortSignal);
      await expect(none).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    });
  });

  it('that does not come leaves no listener either, also where the call fails', async () => {
    const { signal } = new AbortController();
    expect(await model.predictAsync(X, { signal })).toEqual(model.predict(X));
    const wrong = new Matrix(new Float32Array(3), 1, 3);
    await expect(model.predictAsync(wrong, { signal })).rejects.toMatchObject({
      code: 'ERR_SHAPE_MISMATCH',
    });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('of one call leaves those beside it alone', async () => {
    const controllers = Array.from({ length: 300 }, () => new AbortController());
    const calls = controllers.map(({ signal }) => model.predictAsync(X, { signal }));
    const settled = Promise.allSettled(calls);
    for (const [i, controller] of controllers.entries()) if (i % 3 === 0) controller.abort();
    const expected = model.predict(X);
    for (const [i, result] of (await settled).entries()) {
      if (i % 3 === 0) expect(result.status).toBe('rejected');
      else expect(result).toEqual({ status: 'fulfilled', value: expected });
    }
  });

  it('reaches native work that waits behind work without an end', async () => {
    const busy = Array.from({ length: 16 }, () => new (native().StopHandle)());
    const options = { init: 'k-means++', start: null, maxIterations: 300, seed: 0 } as const;
    const endless = { ...LONG, ...options, restarts: LONG.nInit };
    const table = { data: X.data, rows: X.rows, columns: X.columns };
    const begin = (stop: (typeof busy)[number]) => native().kmeansAsync(table, endless, stop);
    const running = Promise.allSettled(busy.map(begin));
    const stop = new (native().StopHandle)();
    const queued = begin(stop);
    stop.stop();
    await expect(queued).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    for (const handle of busy) handle.stop();
    await running;
  });
});

describe('a full queue', () => {
  const FLOOD = `
    const model = new DeepType(quick);
    await model.fit(X, y);
    const calls = Array.from({ length: 20000 }, () => model.predictAsync(X));
  `;

  it('does not keep the process from ending', async () => {
    expect(await runProgram(`${FLOOD} console.log('over'); process.exit(3);`)).toEqual({
      status: 3,
      output: 'over',
      errors: '',
    });
  });

  it('is dropped with the worker that filled it, whose promises never settle', async () => {
    const ended = await runProgram(`
      const { Worker } = await import('node:worker_threads');
      const { PRELUDE } = await import(${JSON.stringify(new URL('programs.ts', import.meta.url).href)});
      const body = 'import { register } from "tsx/esm/api"; register();' + PRELUDE +
        'const { parentPort } = await import("node:worker_threads");' + ${JSON.stringify(FLOOD)} + \`
        for (const call of calls) call.finally(() => { globalThis.settled = true; });
        parentPort.postMessage('full');
        parentPort.postMessage(globalThis.settled ?? 'none');
        for (;;);
      \`;
      const worker = new Worker(body, { eval: true });
      const messages = [];
      await new Promise((resolve) => worker.on('message', (m) => messages.push(m) === 2 && resolve()));
      await worker.terminate();
      const model = new DeepType(quick);
      await model.fit(X, y);
      console.log(messages.join(), (await model.predictAsync(X)).length);
    `);
    expect(ended).toEqual({ status: 0, output: 'full,none 300', errors: '' });
  });

  const hasLimit = spawnSync('prlimit', ['--version']).status === 0;
  it.runIf(hasLimit)('is served where the system starts no thread any more', async () => {
    const ended = await runProgram(`
      const { execFileSync } = await import('node:child_process');
      const { readFileSync } = await import('node:fs');
      const model = new DeepType(quick);
      await model.fit(X, y);
      await model.predictAsync(X);
      const used = Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const limit = (used + 48 * 1024) * 1024;
      execFileSync('prlimit', ['--pid', String(process.pid), \`--as=\${limit}:\${limit}\`]);
      const row = new Matrix(X.data.slice(0, 12), 1, 12);
      const labels = await Promise.all(Array.from({ length: 3000 }, () => model.predictAsync(row)));
      console.log(labels.length);
    `);
    expect(ended).toEqual({ status: 0, output: '3000', errors: '' });
  });
});
