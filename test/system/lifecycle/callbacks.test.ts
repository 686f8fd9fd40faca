// Functions of the caller's: what they may return, in which context they run, and signals that many calls share.
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kmeans, kmeansGenerator } from '../../../src/clustering/ml-kmeans.js';
import {
  type Clusterer,
  DeepType,
  type DeepTypeOptions,
  KMeans,
  Lasso,
  Network,
  type PrimaryLoss,
  selection,
  Trainer,
} from '../../../src/index.js';
import { onAbort } from '../../../src/native/abort.js';
import { QUICK, X, y } from './models.js';

const values = Float32Array.from(y);
const GRID = { beta: [0.1] };
const clusterer: Clusterer = (representation, clusters) => {
  const { labels, centroids } = new KMeans({ clusters, nInit: 1 }).fit(representation);
  return { labels, centroids };
};
const evaluate: PrimaryLoss['evaluate'] = (outputs, targets) => {
  const t = (targets as { data: Float32Array }).data;
  const gradient = outputs.data.map((o, i) => (o - t[i]!) / outputs.data.length);
  return { loss: gradient.reduce((sum, g) => sum + g * g, 0), gradient };
};

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
afterEach(() => vi.restoreAllMocks());

/** What runs `body` and some turns after it leave unhandled. */
async function unhandledOf(body: () => Promise<unknown>): Promise<unknown[]> {
  unhandled.length = 0;
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
  try {
    await body();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    return [...unhandled];
  } finally {
    process.removeListener('unhandledRejection', note);
    for (const listener of others) process.on('unhandledRejection', listener);
  }
}

const mine = new RangeError('mine');
/** What an asynchronous function may return; each is rejected. */
const PROMISES: [string, () => unknown][] = [
  ['a promise', async () => Promise.reject(mine)],
  ['one that is rejected later', () => new Promise((_, reject) => setTimeout(reject, 1, mine))],
  ['a subclass', () => class extends Promise<never> {}.reject(mine)],
  // biome-ignore lint/suspicious/noThenProperty: what is tried
  ['a thenable', () => ({ then: (_: unknown, reject: (e: unknown) => void) => reject(mine) })],
];

describe.each(PROMISES)('a callback that returns %s', (_, promised) => {
  const refusal = (name: string) => ({
    code: 'ERR_INVALID_ARGUMENT',
    message: expect.stringMatching(`^${name}: expected a synchronous function.* a promise`),
  });
  const bad = promised as () => never;
  const loss = { evaluate: bad };

  it.each<[string, string, () => Promise<unknown>]>([
    ['a clusterer', 'clusterer', () => new DeepType({ ...QUICK, clusterer: bad }).fit(X, y)],
    [
      'a clusterer of a range',
      'clusterer',
      () => new DeepType({ ...QUICK, clusters: { max: 3 }, clusterer: bad }).fit(X, y),
    ],
    ['a loss', 'loss.evaluate', () => new DeepType({ ...QUICK, loss }).fit(X, values)],
    [
      'a loss of a trainer',
      'loss.evaluate',
      () => trainerWith(loss).pretrain(X, values, { epochs: 1 }),
    ],
    ['a step', 'loss.evaluate', async () => trainerWith(loss).step(X, values)],
    [
      'a scoring',
      'scoring',
      () => selection.crossValidate(X, y, QUICK, GRID, { folds: 2, scoring: bad }),
    ],
    ['a distance', 'distanceFunction', async () => kmeans(X, 2, { distanceFunction: bad })],
    [
      'a distance of a generator',
      'distanceFunction',
      async () => [...kmeansGenerator(X, 2, { distanceFunction: bad })],
    ],
  ])('is refused: %s', async (_, name, call) => {
    const left = await unhandledOf(() => expect(call()).rejects.toMatchObject(refusal(name)));
    expect(left).toEqual([]);
  });

  it('is refused where a part of the result is one', async () => {
    const parts: Partial<DeepTypeOptions>[] = [
      { clusterer: (...args) => ({ ...clusterer(...args), labels: promised() as never }) },
      { clusterer: (...args) => ({ ...clusterer(...args), centroids: promised() as never }) },
      { loss: { evaluate: (...args) => ({ ...evaluate(...args), loss: promised() as never }) } },
      { loss: { evaluate: (...args) => ({ ...evaluate(...args), gradient: bad() }) } },
    ];
    for (const part of parts) {
      const start = () => new DeepType({ loss: 'mse', ...QUICK, ...part }).fit(X, values);
      const left = await unhandledOf(() =>
        expect(start()).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' }),
      );
      expect(left).toEqual([]);
    }
  });

  it('is not waited for where it tells of progress: the first rejection is a warning', async () => {
    const calls: (() => Promise<unknown>)[] = [
      () => new DeepType(QUICK).fit(X, y, { onProgress: bad }),
      () => trainerWith({ evaluate }).pretrain(X, values, { epochs: 2, onProgress: bad }),
      () => selection.stability(X, y, QUICK, { resamples: 2, onProgress: bad }),
      () => selection.chooseClusters(X, y, QUICK, { range: { max: 3 }, onProgress: bad }),
    ];
    for (const call of calls) {
      const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      expect(await unhandledOf(call)).toEqual([]);
      await vi.waitFor(() => expect(warnings).toHaveBeenCalledOnce());
      const [message, about] = warnings.mock.calls[0]! as unknown[];
      expect(message).toMatch(/^onProgress: .*mine/);
      expect(about).toEqual({ type: 'DeepTypeWarning', code: 'DEEPTYPE_PROGRESS_REJECTED' });
      warnings.mockRestore();
    }
  });
});

function trainerWith(loss: PrimaryLoss): Trainer {
  const network = new Network({ inputs: 12, hidden: [4], outputs: 1 });
  return new Trainer({ network, loss, clusters: 2 });
}

describe('callbacks run in the asynchronous context of the call', () => {
  it('in every phase, of calls that run side by side', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = new Map<string, Set<string | undefined>>();
    const see = (who: string) => {
      const stores = seen.get(who) ?? new Set();
      seen.set(who, stores.add(storage.getStore()));
    };
    const run = (name: string) =>
      storage.run(name, async () => {
        const options: DeepTypeOptions = {
          ...QUICK,
          pretrain: { epochs: 8 },
          clusterer: (...args) => {
            see(`${name} clusterer`);
            return clusterer(...args);
          },
          loss: {
            evaluate: (...args) => {
              see(`${name} loss`);
              return evaluate(...args);
            },
          },
        };
        const onProgress = () => see(`${name} onProgress`);
        const model = new DeepType(options);
        await model.fit(X, values, { onProgress });
        see(`${name} after fit`);
        await model.fit(X, values, { onProgress, warmStart: true });
        await model.predictAsync(X).then(() => see(`${name} after predictAsync`));
        const scoring = () => {
          see(`${name} scoring`);
          return 0;
        };
        const settings = { folds: 2, scoring, onProgress };
        await selection.crossValidate(X, values, options, GRID, settings);
        await selection.chooseClusters(X, y, QUICK, { range: { max: 3 }, onProgress });
      });
    await Promise.all(['a', 'b'].map(run));
    const who = ['clusterer', 'loss', 'onProgress', 'after fit', 'after predictAsync', 'scoring'];
    const expected = ['a', 'b'].flatMap((name) =>
      who.map((each) => [`${name} ${each}`, new Set([name])] as const),
    );
    expect(new Map([...seen].sort())).toEqual(new Map(expected.sort()));
  });

  it('of a trainer: of the call, not of the one that made it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const stores = new Set<string | undefined>();
    const see = () => stores.add(storage.getStore());
    const trainer = storage.run('made', () =>
      trainerWith({
        evaluate: (...args) => {
          see();
          return evaluate(...args);
        },
      }),
    );
    const settings = { epochs: 3, onProgress: see };
    const calls: [string, () => unknown][] = [
      ['pretrain', () => trainer.pretrain(X, values, settings)],
      ['kktResidual', () => trainer.kktResidual()],
      ['joint', () => trainer.joint(X, values, settings)],
      ['step', () => trainer.step(X, values)],
    ];
    for (const [name, call] of calls) {
      stores.clear();
      await storage.run(name, call as () => Promise<unknown>);
      expect([...stores]).toEqual([name]);
    }
  });
});

describe('one signal for many calls', () => {
  it('has one listener of this package, none when they are over, and warns of nothing', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { signal } = new AbortController();
    let listeners = 0;
    let most = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      most = Math.max(most, ++listeners);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const options: DeepTypeOptions = { ...QUICK, hidden: [4], threads: 1 };
    const fits = Array.from({ length: 30 }, () => new DeepType(options).fit(X, y, { signal }));
    const lassos = Array.from({ length: 30 }, () =>
      new Lasso({ alpha: 0.1 }).fitAsync(X, values, { signal }),
    );
    const searches = Array.from({ length: 3 }, () =>
      selection.stability(X, y, options, { resamples: 20, signal }),
    );
    await Promise.all([...fits, ...lassos, ...searches]);
    const model = new DeepType(options);
    await model.fit(X, y, { signal });
    await Promise.all(Array.from({ length: 1000 }, () => model.predictAsync(X, { signal })));
    expect([most, listeners]).toEqual([1, 0]);
    expect(warnings).not.toHaveBeenCalled();
  });

  it('ends them all when it aborts', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const options = { ...QUICK, pretrain: { epochs: 1e6 } };
    const fits = Array.from({ length: 12 }, () => new DeepType(options).fit(X, y, { signal }));
    setTimeout(() => controller.abort('enough'), 20);
    for (const end of await Promise.allSettled(fits)) {
      expect(end).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_ABORTED', cause: 'enough' },
      });
    }
  });

  it('tells a listener once for each time that it was given, and no longer than it waits', () => {
    const controller = new AbortController();
    let told = 0;
    const listener = () => told++;
    const ends = Array.from({ length: 3 }, () => onAbort(controller.signal, listener));
    ends[1]!();
    ends[1]!();
    controller.abort();
    expect(told).toBe(2);
    for (const end of ends) end();
    expect(onAbort(undefined, listener)()).toBeUndefined();
  });
});
