// Fits and predicts again and again, and looks whether memory grows and whether models are collected.
// Needs --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeepType, type PrimaryLoss } from '../../../src/index.js';
import { native } from '../../../src/native/addon.js';
import { QUICK, X, y } from '../lifecycle/models.js';

export interface Memory {
  /** Resident, bytes. */
  resident: number;
  /** Told to V8, bytes. */
  told: number;
  /** In use: V8's objects and what malloc has handed out, bytes. Free pages that either keeps do not count. */
  used: number;
}
export interface LeakTally {
  rounds: number;
  afterWarmUp: Memory;
  /**
   * What the rounds added. In use and told: the median over the stages, times the stages, for a leak adds to every
   * stage, and blocks that come and go (V8's bytecode, 0.2 MiB at once) to one or two. Resident, which grows by whole
   * chunks: the lesser half, twice, for an arena that malloc touches late grows once.
   */
  added: Memory;
  /** Models not collected of those dropped, in how many fits of each kind. */
  alive: Record<string, number>;
}

// Until V8's heap and code, and the arenas of malloc, have grown to what they need. Over 6,000 fits resident
// memory is 111, 135, 139, 139, 139, 140, 131 MiB after 0, 250, 1500, 3000, 4500, 5250 and 6000: pages that are
// kept free, for what is in use stays the same.
const FITS_TO_WARM_UP = 1000;
const PREDICTIONS_TO_WARM_UP = 10_000;
const STAGES = 10;

async function collect(): Promise<Memory> {
  for (let k = 0; k < 6; k++) {
    globalThis.gc!();
    await sleep(5); // for finalizers
  }
  return {
    resident: process.memoryUsage().rss,
    told: native().externalMemory(),
    used: process.memoryUsage().heapUsed + (native().allocatedMemory() ?? 0),
  };
}

async function inStages(rounds: number, run: (count: number) => Promise<void>) {
  const seen = [await collect()];
  for (let s = 0; s < STAGES; s++) {
    await run(Math.round(((s + 1) * rounds) / STAGES) - Math.round((s * rounds) / STAGES));
    seen.push(await collect());
  }
  const added = (of: 'told' | 'used'): number =>
    STAGES * median(seen.slice(1).map((now, s) => now[of] - seen[s]![of]));
  const [first, middle, last] = [0, STAGES / 2, STAGES].map((s) => seen[s]!);
  const resident =
    2 * Math.min(middle!.resident - first!.resident, last!.resident - middle!.resident);
  return {
    rounds,
    afterWarmUp: first!,
    added: { resident, told: added('told'), used: added('used') },
  };
}
function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
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
  const tally = await inStages(rounds, run);
  const alive = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  for (const [kind, model] of models) if (model.deref() !== undefined) alive[kind]!++;
  return { ...tally, alive };
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
  return { ...(await inStages(rounds - warmUp, run)), alive: {} };
}
