// Fits and predicts again and again, and looks whether memory grows and whether models are collected.
// Needs --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeepType, type PrimaryLoss } from '../../src/index.js';
import { native } from '../../src/native.js';
import { QUICK, X, y } from '../lifecycle/models.js';

export interface Memory {
  /** Resident, MiB. */
  resident: number;
  /** Told to V8, MiB. */
  told: number;
  /** In use: V8's objects and what malloc has handed out, MiB. Free pages that either keeps do not count. */
  used: number;
}
export interface LeakTally {
  rounds: number;
  afterWarmUp: Memory;
  atEnd: Memory;
  /** Models not collected of those dropped, in how many fits of each kind. */
  alive: Record<string, number>;
}

// Until V8's heap and code, and the arenas of malloc, have grown to what they need. Over 6,000 fits resident
// memory is 111, 135, 139, 139, 139, 140, 131 MiB after 0, 250, 1500, 3000, 4500, 5250 and 6000: pages that are
// kept free, for what is in use stays the same.
const FITS_TO_WARM_UP = 1000;
const PREDICTIONS_TO_WARM_UP = 10_000;

async function collect(): Promise<Memory> {
  for (let k = 0; k < 6; k++) {
    globalThis.gc!();
    await sleep(5); // for finalizers
  }
  return {
    resident: process.memoryUsage().rss / 2 ** 20,
    told: native().externalMemory() / 2 ** 20,
    used: (process.memoryUsage().heapUsed + (native().allocatedMemory() ?? 0)) / 2 ** 20,
  };
}

const values = Float32Array.from(y);
const loss: PrimaryLoss = {
  evaluate: ({ data }) => ({ loss: 1, gradient: data.map((o) => o / data.length) }),
};
const KINDS: Record<string, () => Promise<DeepType>> = {
  dropped: async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    return model;
  },
  disposed: async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    model.dispose();
    return model;
  },
  'with a loss of the caller': async () => {
    const model = new DeepType({ ...QUICK, joint: { epochs: 0 }, settle: { iterations: 0 }, loss });
    await model.fit(X, values);
    return model;
  },
  aborted: async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y, { signal: AbortSignal.timeout(1) }).catch(() => {});
    return model;
  },
  'disposed while it ran': async () => {
    const model = new DeepType(QUICK);
    const pending = model.fit(X, y).catch(() => {});
    model.dispose();
    await pending;
    return model;
  },
};

/** @param leak bytes that are kept of each fit, to see that the test finds them */
export async function fits(rounds: number, leak = 0): Promise<LeakTally> {
  const kinds = Object.keys(KINDS);
  const models: [kind: string, model: WeakRef<DeepType>][] = [];
  const kept: Uint8Array[] = [];
  const run = async (count: number): Promise<void> => {
    for (let k = 0; k < count; k++) {
      const kind = kinds[k % kinds.length]!;
      models.push([kind, new WeakRef(await KINDS[kind]!())]);
      if (leak > 0) kept.push(new Uint8Array(leak));
    }
  };
  await run(FITS_TO_WARM_UP);
  models.length = 0; // their weak references are memory too
  const afterWarmUp = await collect();
  await run(rounds);
  const atEnd = await collect();
  const alive = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  for (const [kind, model] of models) if (model.deref() !== undefined) alive[kind]!++;
  return { rounds, afterWarmUp, atEnd, alive };
}

export async function predictions(rounds: number): Promise<LeakTally> {
  const model = new DeepType(QUICK);
  await model.fit(X, y);
  const row = X.data.slice(0, X.columns);
  const few = { data: row, rows: 1, columns: X.columns };
  const run = async (count: number): Promise<void> => {
    for (let k = 0; k < count; k++) {
      if (k % 10 === 0) await model.predictAsync(X);
      else if (k % 10 === 1) model.transform(X);
      else model.predict(few);
    }
  };
  const warmUp = Math.min(rounds, PREDICTIONS_TO_WARM_UP);
  await run(warmUp);
  const afterWarmUp = await collect();
  await run(rounds - warmUp);
  return { rounds, afterWarmUp, atEnd: await collect(), alive: {} };
}
