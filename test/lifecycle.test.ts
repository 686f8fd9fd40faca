import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  type DeepTypeOptions,
  datasets,
  type Matrix,
  Network,
  type Phase,
  type PrimaryLoss,
  type ProgressEvent,
  Trainer,
} from '../src/index.js';
import { messageOf } from './coded.js';

const { X, y } = datasets.makeClusters({ samples: 300, features: 12, clusters: 3, seed: 5 });
const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 24 },
};
/** Every phase takes long enough to be met in the middle; a test ends it early. */
const LONG: DeepTypeOptions = {
  ...QUICK,
  hidden: [16, 8],
  pretrain: { epochs: 60 },
  joint: { epochs: 60, tolerance: 0, hold: 1 },
  settle: { iterations: 6000, tolerance: 1e-12 },
};
const PHASES: Phase[] = ['pretrain', 'joint', 'settle'];
/** LONG, with the phases before `phase` cut short and that phase all but endless. */
function endlessIn(phase: Phase): DeepTypeOptions {
  const epochs = (p: Phase) => (p === phase ? 1_000_000 : 2);
  return {
    ...LONG,
    pretrain: { epochs: epochs('pretrain') },
    joint: { epochs: epochs('joint'), tolerance: 0, reclusterEvery: { steps: 1000 } },
    settle: { iterations: phase === 'settle' ? 4_000_000_000 : 12, tolerance: 1e-30 },
  };
}

const isFiniteModel = (model: DeepType): boolean =>
  model.network.parameters().every(({ data }) => data.every(Number.isFinite));

/** Fits until the first progress event of `phase`, then acts. */
function fitUntil(
  phase: Phase,
  action: (model: DeepType, controller: AbortController) => void,
  options: DeepTypeOptions = endlessIn(phase),
) {
  const model = new DeepType(options);
  const controller = new AbortController();
  let isDone = false;
  const onProgress = (event: ProgressEvent): void => {
    if (isDone || event.phase !== phase) return;
    isDone = true;
    // Not from within the callback, as a caller would.
    setTimeout(() => action(model, controller), 5);
  };
  return { model, promise: model.fit(X, y, { signal: controller.signal, onProgress }) };
}

describe('an abort', () => {
  for (const phase of PHASES) {
    it(`in ${phase} rejects with the reason and leaves a usable model`, async () => {
      const reason = { why: 'enough' };
      const { model, promise } = fitUntil(phase, (_, controller) => controller.abort(reason));
      const error = await promise.then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(DeepTypeError);
      expect(error).toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' });
      expect((error as DeepTypeError).cause).toBe(reason);
      expect(isFiniteModel(model)).toBe(true);
      expect(model.predict(X).length).toBe(300);
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      messageOf(() => model.kktResidual, 'ERR_NOT_FITTED');
      messageOf(() => model.assign(X), 'ERR_NOT_FITTED');
    });
  }

  it('before the fit rejects at once, and a new fit goes as ever', async () => {
    const model = new DeepType(QUICK);
    const signal = AbortSignal.abort('before');
    await expect(model.fit(X, y, { signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      name: 'AbortError',
      cause: 'before',
    });
    expect(isFiniteModel(model)).toBe(true);
    await model.fit(X, y);
    const fresh = new DeepType(QUICK);
    await fresh.fit(X, y);
    expect(model.network.parameters()).toEqual(fresh.network.parameters());
    expect(model.labels).toEqual(fresh.labels);
  });

  it('of a fit at any moment rejects with ERR_ABORTED or comes too late', async () => {
    const reason = new Error('mine');
    let rejected = 0;
    for (let wait = 0; wait < 40; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), wait);
      try {
        await model.fit(X, y, { signal: controller.signal });
        expect(model.labels.length).toBe(300);
      } catch (error) {
        rejected++;
        expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: reason });
      }
      expect(isFiniteModel(model)).toBe(true);
    }
    expect(rejected).toBeGreaterThan(2);
  });

  it('after the fit does nothing, and listeners do not pile up', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const model = new DeepType(QUICK);
    for (let k = 0; k < 3; k++) await model.fit(X, y, { signal });
    expect(listeners).toBe(0);
    controller.abort();
    expect(model.labels.length).toBe(300);
  });

  it('of a warm start leaves finite weights and no stale results', async () => {
    const model = new DeepType(endlessIn('pretrain'));
    const stopped = model.fit(X, y);
    setTimeout(() => model.stop(), 20);
    await stopped;
    expect(model.labels.length).toBe(300);
    const signal = AbortSignal.timeout(30);
    await expect(model.fit(X, y, { signal, warmStart: true })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    });
    messageOf(() => model.kktResidual, 'ERR_NOT_FITTED');
    messageOf(() => model.labels, 'ERR_NOT_FITTED');
    expect(isFiniteModel(model)).toBe(true);
  });
});

describe('stop', () => {
  for (const phase of PHASES) {
    it(`in ${phase} resolves with clusters`, async () => {
      const { model, promise } = fitUntil(phase, (m) => m.stop());
      const result = await promise;
      expect(result.stopReason).toBe('stopped');
      expect(result.history.at(-1)!.phase).toBe(phase);
      expect(model.labels.length).toBe(300);
      expect(model.assign(X)).toEqual(model.labels);
      expect(Number.isFinite(result.kktResidual)).toBe(true);
      expect(result.alphaMax).toBeGreaterThan(0);
      expect(isFiniteModel(model)).toBe(true);
    });
  }

  it('at any moment, also again and again, leaves labels and whole numbers', async () => {
    let stopped = 0;
    for (let wait = 0; wait < 40; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      const pending = model.fit(X, y);
      let isRunning = true;
      const stopAgain = () => {
        model.stop();
        if (isRunning) setImmediate(stopAgain);
      };
      setTimeout(stopAgain, wait / 2);
      const { stopReason, history, alpha, kktResidual } = await pending;
      isRunning = false;
      if (stopReason === 'stopped') stopped++;
      expect(model.labels.length).toBe(300);
      expect(alpha).toBeGreaterThan(0);
      expect(Number.isFinite(kktResidual)).toBe(true);
      expect(history.every(({ total, primary }) => Number.isFinite(total) && primary > 0)).toBe(
        true,
      );
    }
    expect(stopped).toBeGreaterThan(2);
  });

  it('right after fit stops in the first epoch; without a fit it does nothing', async () => {
    const model = new DeepType(QUICK);
    model.stop();
    const pending = model.fit(X, y);
    model.stop();
    const { stopReason, history, steps } = await pending;
    expect(stopReason).toBe('stopped');
    expect(history.length).toBe(steps === 0 ? 0 : 1);
    expect(steps).toBeLessThanOrEqual(5);
    expect(model.labels.length).toBe(300);
    model.stop();
    expect((await model.fit(X, y)).stopReason).not.toBe('stopped');
  });

  it('then a warm start goes on with an automatic beta of the clusters', async () => {
    const model = new DeepType(QUICK);
    const pending = model.fit(X, y);
    model.stop();
    expect((await pending).beta).toBe(0);
    const { beta } = await model.fit(X, y, { warmStart: true });
    expect(beta).toBeGreaterThan(0);
    expect(beta).toBeLessThan(1);
  });
});

describe('dispose', () => {
  for (const phase of PHASES) {
    it(`in ${phase} aborts the fit`, async () => {
      const { model, promise } = fitUntil(phase, (m) => m.dispose());
      await expect(promise).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' });
      messageOf(() => model.predict(X), 'ERR_DISPOSED');
    });
  }

  it('at any moment of a fit gives ERR_ABORTED and no other code', async () => {
    for (let wait = 0; wait < 30; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      setTimeout(() => model.dispose(), wait);
      await model.fit(X, y).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'ERR_ABORTED' });
      });
      model.dispose();
    }
  });

  it('is idempotent, is Symbol.dispose, and all later calls throw ERR_DISPOSED', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    model[Symbol.dispose]();
    model.dispose();
    model.stop();
    const calls: (() => unknown)[] = [
      () => model.labels,
      () => model.centroids,
      () => model.featureImportances,
      () => model.selectedFeatures,
      () => model.classes,
      () => model.network,
      () => model.history,
      () => model.kktResidual,
      () => model.alpha,
      () => model.alphaMax,
      () => model.predict(X),
      () => model.predictProba(X),
      () => model.transform(X),
      () => model.assign(X),
      () => model.score(X, y),
    ];
    for (const call of calls) messageOf(call, 'ERR_DISPOSED');
    for (const promise of [
      model.fit(X, y),
      model.predictAsync(X),
      model.transformAsync(X),
      model.assignAsync(X),
    ]) {
      await expect(promise).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    }
    new DeepType(QUICK).dispose();
  });

  it('while predictAsync runs lets it end', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const expected = model.predict(X);
    const pending = model.predictAsync(X);
    model.dispose();
    expect(await pending).toEqual(expected);
  });

  it('of a network or a trainer in the middle of a phase gives a coded error', async () => {
    const table = { network: new Network({ inputs: 12, hidden: [4], outputs: 3 }), clusters: 3 };
    const trainer = new Trainer(table);
    const pending = trainer.pretrain(X, y, { epochs: 100_000 });
    messageOf(() => trainer.step(X, y), 'ERR_BUSY');
    messageOf(() => table.network.forward(X), 'ERR_BUSY');
    const other = new Trainer(table);
    messageOf(() => other.step(X, y), 'ERR_BUSY');
    await expect(trainer.joint(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    trainer.dispose();
    trainer[Symbol.dispose]();
    await expect(pending).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    messageOf(() => trainer.computeLosses(X, y), 'ERR_DISPOSED');
    expect(Number.isFinite(other.step(X, y).total)).toBe(true);
    const third = other.pretrain(X, y, { epochs: 100_000 });
    table.network.dispose();
    table.network.dispose();
    other.stop();
    await expect(third).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    messageOf(() => table.network.forward(X), 'ERR_DISPOSED');
  });
});

describe('while a fit runs', () => {
  it('every call that needs the model throws ERR_BUSY, and the fit goes on', async () => {
    const model = new DeepType(QUICK);
    const pending = model.fit(X, y);
    messageOf(() => model.predict(X), 'ERR_BUSY');
    messageOf(() => model.labels, 'ERR_BUSY');
    messageOf(() => model.network, 'ERR_BUSY');
    messageOf(() => model.history, 'ERR_BUSY');
    messageOf(() => model.score(X, y), 'ERR_BUSY');
    await expect(model.fit(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await expect(model.assignAsync(X)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await pending;
    expect(model.labels.length).toBe(300);
  });

  it('other models train beside it with the same results as alone', async () => {
    const options = [0, 1, 2, 3, 4].map((seed) => ({ ...QUICK, seed }));
    const together = options.map((o) => new DeepType(o));
    await Promise.all(together.map((model) => model.fit(X, y)));
    for (const [k, o] of options.entries()) {
      const alone = new DeepType(o);
      await alone.fit(X, y);
      expect(together[k]!.network.parameters()).toEqual(alone.network.parameters());
      expect(together[k]!.labels).toEqual(alone.labels);
      expect(together[k]!.history).toEqual(alone.history);
    }
  });
});

describe('onProgress', () => {
  it('is called at most 20 times a second, in order, and once at the end of each phase', async () => {
    const events: (ProgressEvent & { at: number })[] = [];
    const model = new DeepType({ ...LONG, settle: { iterations: 3000, tolerance: 1e-12 } });
    await model.fit(X, y, {
      onProgress: (event) => events.push({ ...event, at: performance.now() }),
    });
    const ends = events.filter(({ fraction }) => fraction === 1);
    for (const phase of PHASES) {
      const own = events.filter((event) => event.phase === phase);
      expect(own.at(-1)!.fraction).toBe(1);
      expect(own.at(-1)!.epoch).toBe(own.at(-1)!.epochs);
      expect(own.at(-1)!.last).toMatchObject({ phase, epoch: own.at(-1)!.epoch });
      const fractions = own.map(({ fraction }) => fraction);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    }
    const phases = events.map(({ phase }) => PHASES.indexOf(phase));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    const elapsed = events.at(-1)!.at - events[0]!.at;
    expect(events.length - ends.length).toBeLessThanOrEqual(1 + elapsed / 50);
    expect(events.length).toBeGreaterThan(3);
  });

  it('is told of the end of a joint phase that converges early, once', async () => {
    const events: string[] = [];
    const model = new DeepType({
      ...QUICK,
      pretrain: { epochs: 3, sparsityScale: 1 },
      joint: { epochs: 100, tolerance: 0.9 },
    });
    await model.fit(X, y, {
      onProgress: ({ phase, fraction }) => {
        if (fraction === 1) events.push(phase);
      },
    });
    expect(model.history.filter(({ phase }) => phase === 'joint').length).toBeLessThan(100);
    expect(events).toEqual(PHASES);
  });

  it('that throws makes the fit reject with that very error', async () => {
    for (const phase of PHASES) {
      const mine = new RangeError(phase);
      const model = new DeepType({ ...QUICK, settle: { iterations: 24, tolerance: 1e-9 } });
      const promise = model.fit(X, y, {
        onProgress: (event) => {
          if (event.phase === phase) throw mine;
        },
      });
      await expect(promise).rejects.toBe(mine);
      expect(isFiniteModel(model)).toBe(true);
      await model.fit(X, y);
    }
    const model = new DeepType(QUICK);
    const onProgress = () => {
      throw undefined;
    };
    await expect(model.fit(X, y, { onProgress })).rejects.toBeUndefined();
  });

  it('may stop or dispose of the model, and start no second fit', async () => {
    const model = new DeepType(LONG);
    const { stopReason } = await model.fit(X, y, { onProgress: () => model.stop() });
    expect(stopReason).toBe('stopped');
    const codes: unknown[] = [];
    await model.fit(X, y, {
      onProgress: () => {
        model.fit(X, y).catch((error: DeepTypeError) => codes.push(error.code));
        model.stop();
      },
    });
    expect(new Set(codes)).toEqual(new Set(['ERR_BUSY']));
    const disposed = model.fit(X, y, { onProgress: () => model.dispose() });
    await expect(disposed).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});

describe("a caller's loss", () => {
  const evaluate: PrimaryLoss['evaluate'] = (outputs, targets) => {
    const { data } = targets as Matrix;
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]!) / data.length) };
  };

  it('is heard again by a trainer after a stop', async () => {
    const network = new Network({ inputs: 12, hidden: [4], outputs: 1 });
    const mine = new RangeError('mine');
    let fails = false;
    const loss: PrimaryLoss = {
      evaluate: (...args) => {
        if (fails) throw mine;
        return evaluate(...args);
      },
    };
    const trainer = new Trainer({ network, loss, clusters: 3 });
    const pending = trainer.pretrain(X, Float32Array.from(y), { epochs: 1000 });
    setTimeout(() => trainer.stop(), 10);
    expect((await pending).stopReason).toBe('stopped');
    expect(await trainer.kktResidual()).toBeGreaterThan(0);
    fails = true;
    await expect(trainer.kktResidual()).rejects.toBe(mine);
    expect(() => trainer.computeLosses(X, Float32Array.from(y))).toThrow(mine);
  });
});

// ---- programs of their own

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INDEX = JSON.stringify(pathToFileURL(`${ROOT}/src/index.ts`).href);
const PRELUDE = `
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

interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `body`, an ES module after the prelude, in a Node process of its own. */
function runProgram(body: string): Promise<Ended> {
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', PRELUDE + body];
  const child = spawn(process.execPath, flags, { cwd: ROOT, timeout: 30_000 });
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

describe('a process', () => {
  it('exits with 0 by process.exit(0) while fits run', async () => {
    const ended = await runProgram(`
      for (const seed of [0, 1]) new DeepType({ ...endless, seed }).fit(X, y);
      new DeepType({ ...endless, loss }).fit(X, values);
      setTimeout(() => process.exit(0), 60);
    `);
    expect(ended).toEqual({ status: 0, output: '', errors: '' });
  });

  it('ends with the status of an uncaught error while a fit runs', async () => {
    const ended = await runProgram(`
      new DeepType(endless).fit(X, y);
      setTimeout(() => { throw new Error('on purpose'); }, 40);
    `);
    expect(ended.status).toBe(1);
    expect(ended.errors).toContain('on purpose');
  });

  it('lives until a fit has ended, and no longer', async () => {
    const ended = await runProgram(`
      new DeepType(quick).fit(X, y).then(({ stopReason }) => console.log(stopReason));
    `);
    expect(ended.status).toBe(0);
    expect(ended.output).toMatch(/^(epochs|converged)$/);
  });

  it('sees no unhandled rejection, however fits end', async () => {
    const ended = await runProgram(`
      process.on('unhandledRejection', (error) => console.log('unhandled', error));
      process.on('uncaughtException', (error) => console.log('uncaught', error));
      let settled = 0;
      const ends = [
        (model, controller) => controller.abort(),
        (model) => model.dispose(),
        (model) => model.stop(),
        (model) => { model.fit(X, y).catch(() => {}); model.stop(); },
      ];
      const fits = [];
      for (const end of ends) for (const wait of [0, 5, 20]) {
        for (const custom of [false, true]) {
          const model = new DeepType(custom ? { ...endless, loss } : endless);
          const controller = new AbortController();
          const onProgress = wait === 20 && custom ? () => { throw new Error('mine'); } : undefined;
          fits.push(model.fit(X, custom ? values : y, { signal: controller.signal, onProgress })
            .then(() => settled++, () => settled++));
          setTimeout(() => end(model, controller), wait);
        }
      }
      await Promise.all(fits);
      await sleep(20);
      console.log(settled, fits.length);
    `);
    expect(ended).toEqual({ status: 0, output: '24 24', errors: '' });
  });

  it('collects models that were dropped, disposed of or not', async () => {
    const ended = await runProgram(`
      const count = { dropped: 0, disposed: 0, custom: 0, aborted: 0 };
      const registry = new FinalizationRegistry((kind) => { count[kind]++; });
      const fit = async (kind) => {
        const model = new DeepType(kind === 'custom' ? { ...quick, loss } : quick);
        registry.register(model, kind);
        const signal = kind === 'aborted' ? AbortSignal.timeout(1) : undefined;
        await model.fit(X, kind === 'custom' ? values : y, { signal }).catch(() => {});
        registry.register(kind === 'disposed' ? {} : model.network, kind);
        if (kind === 'disposed') model.dispose();
      };
      for (let k = 0; k < 20; k++) for (const kind of Object.keys(count)) await fit(kind);
      for (let k = 0; k < 20; k++) { gc(); await sleep(5); }
      console.log(JSON.stringify(count));
    `);
    expect({ ...ended, output: JSON.parse(ended.output) }).toEqual({
      status: 0,
      output: { dropped: 40, disposed: 40, custom: 40, aborted: 40 },
      errors: '',
    });
  });

  it('gives back the memory of models that were disposed of', async () => {
    const ended = await runProgram(`
      const wide = { ...quick, hidden: [512, 512], pretrain: { epochs: 1 }, joint: { epochs: 0 },
        settle: { iterations: 0 } };
      const round = async (count) => {
        for (let k = 0; k < count; k++) {
          const model = new DeepType(wide);
          await model.fit(X, y);
          model.dispose();
          if (k % 5 === 0) { gc(); await sleep(0); }
        }
        gc(); await sleep(5);
        return process.memoryUsage().rss / 2 ** 20;
      };
      const before = await round(10);
      const after = await round(25);
      console.log(Math.round(after - before));
    `);
    expect(ended.errors).toBe('');
    // Each model has more than 5 MB of weights, moments and gradients: 125 MB if they leaked.
    expect(Number(ended.output)).toBeLessThan(60);
  });
});

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

describe('the event loop', () => {
  it('is never held up by more than 10 ms at the 99th percentile while a fit runs', {
    retry: 1,
  }, async () => {
    const ended = await runProgram(`
      const { monitorEventLoopDelay } = await import('node:perf_hooks');
      const { stat } = await import('node:fs/promises');
      const table = datasets.makeClusters({ samples: 4000, features: 50, seed: 2 });
      const model = new DeepType({ clusters: 4, joint: { tolerance: 0 }, settle: { tolerance: 1e-12 } });
      const histogram = monitorEventLoopDelay({ resolution: 1 });
      histogram.enable();
      let isRunning = true;
      let reports = 0;
      const onProgress = () => { reports++; };
      const pending = model.fit(table.X, table.y, { onProgress }).then(() => { isRunning = false; });
      let stats = 0;
      let slowest = 0;
      while (isRunning) {
        const asked = performance.now();
        await stat('package.json');
        slowest = Math.max(slowest, performance.now() - asked);
        stats++;
        await sleep(5);
      }
      histogram.disable();
      await pending;
      console.log(JSON.stringify({ p99: histogram.percentile(99) / 1e6, stats, slowest, reports }));
    `);
    expect(ended.errors).toBe('');
    const { p99, stats, slowest, reports } = JSON.parse(ended.output);
    expect(reports).toBeGreaterThanOrEqual(3);
    expect(p99).toBeLessThan(10);
    expect(stats).toBeGreaterThan(20);
    expect(slowest).toBeLessThan(1000);
  });
});
