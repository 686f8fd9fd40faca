// Several that save to one folder at once, and some that load meanwhile: whoever comes last has saved, whole.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeepType, Network } from '../../src/index.js';
import { tryLock } from '../../src/io/lock.js';
import { fitted, X, y } from '../estimator/tables.js';

let models: DeepType[];
let folder: string;
beforeAll(async () => {
  // Files of unlike length, so that a mixture is none of them.
  models = [await fitted({ seed: 1 }), await fitted({ seed: 2, hidden: [16, 4] })];
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-at-once-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Fails unless the folder holds one of the models whole. */
async function expectWhole(): Promise<void> {
  const model = await DeepType.load(folder);
  const bytes = Buffer.from(model.toBytes());
  expect(models.some((one) => bytes.equals(one.toBytes()))).toBe(true);
  model.dispose();
}

/** Saves the model of its bytes so many times. */
const program = (source: string) => `
  import { DeepType } from ${JSON.stringify(new URL('../../dist/esm/index.js', import.meta.url).href)};
  const { bytes, folder, count } = ${source};
  const model = DeepType.fromBytes(new Uint8Array(bytes));
  for (let k = 0; k < count; k++) {
    await model.save(folder);
    process.send?.(k);
  }
`;
const COUNT = 15;

async function loadUntil(done: Promise<unknown>): Promise<number> {
  let isDone = false;
  const end = done.finally(() => {
    isDone = true;
  });
  let loads = 0;
  for (; !isDone; loads++) await expectWhole();
  await end;
  return loads;
}

describe('saves to one folder at once', () => {
  it('of one thread: all resolve, and the folder holds one of the models', async () => {
    for (let round = 0; round < 20; round++) {
      const each = [...models, ...models];
      await Promise.all(each.map((model) => model.save(folder)));
      await expectWhole();
      expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
      if (round % 2 === 0) rmSync(folder, { recursive: true });
    }
  });

  it('of worker threads, with loads in between', async () => {
    await models[0]!.save(folder);
    const url = new URL(
      `data:text/javascript,${encodeURIComponent(program("(await import('node:worker_threads')).workerData"))}`,
    );
    const saves = models.map(async (model) => {
      const workerData = { bytes: model.toBytes(), folder, count: COUNT };
      const [code] = await once(new Worker(url, { workerData }), 'exit');
      expect(code).toBe(0);
    });
    await loadUntil(Promise.all(saves));
    await expectWhole();
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
  });

  /** A process that saves the model `count` times. */
  function saver(model: DeepType, count: number) {
    const script = join(folder, 'save.mjs');
    const wait = 'await new Promise((resolve) => process.once("message", resolve))';
    writeFileSync(script, program(wait));
    const child = fork(script, { serialization: 'advanced' });
    child.send({ bytes: model.toBytes(), folder, count });
    return { child, ended: once(child, 'exit') };
  }

  it('of processes, one of which is killed again and again, with loads in between', async () => {
    await models[0]!.save(folder);
    const others = models.map((model) => saver(model, COUNT));
    const killed = (async () => {
      for (let kill = 0; kill < 4; kill++) {
        const { child, ended } = saver(models[kill % 2]!, 1e9);
        await once(child, 'message'); // it has saved once
        await setTimeout(5 * kill);
        child.kill('SIGKILL');
        expect((await ended)[1]).toBe('SIGKILL');
        await expectWhole();
      }
    })();
    const ends = Promise.all([...others.map(({ ended }) => ended), killed]);
    expect(await loadUntil(ends)).toBeGreaterThan(0);
    expect((await ends).slice(0, 2)).toEqual([
      [0, null],
      [0, null],
    ]);
    rmSync(join(folder, 'save.mjs'));
    await models[1]!.save(folder); // and clears up after those that were killed
    await expectWhole();
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
  });
});

describe('temporary files', () => {
  it('of those that still write are left alone, others removed', async () => {
    const name = (k: number) => `.model.safetensors.${k}0000000-0000-4000-8000-000000000000.tmp`;
    const living = await open(join(folder, name(1)), 'wx');
    expect(tryLock(living)).toBe(true);
    writeFileSync(join(folder, name(2)), 'left');
    await models[0]!.save(folder);
    expect(readdirSync(folder).sort()).toEqual([name(1), 'model.json', 'model.safetensors']);
    await living.close();
    await models[0]!.save(folder);
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
  });

  it('networks and checkpoints on one path: one of them whole', async () => {
    const path = join(folder, 'shared');
    await Promise.all(models.flatMap(({ network }) => [network.save(path), network.save(path)]));
    const { hidden } = await Network.load(path);
    expect([8, 16]).toContain(hidden[0]);
    rmSync(path);
    const fits = [1, 2].map(async (seed) => {
      const model = new DeepType({ ...models[0]!.options, clusters: 3, seed });
      await model.fit(X, y, { checkpoint: { path, everySeconds: 0 } });
      return model.toBytes();
    });
    const ends = await Promise.all(fits);
    const resumed = Buffer.from((await DeepType.resume(path, X, y)).toBytes());
    expect(ends.some((bytes) => resumed.equals(bytes))).toBe(true);
    expect(readdirSync(folder)).toEqual(['shared']);
  });
});
