// Models that are disposed of while calls on them are under way, as a service does when it takes a new one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { DeepType, type MatrixLike, Network, Trainer } from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { asyncCallsOf } from '../../reference/calls.js';
import { QUICK, X, y } from './models.js';

const folder = mkdtempSync(join(tmpdir(), 'deeptype-swaps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const REQUESTS = 10_000;
const SWAPS = 50;
const AT_ONCE = 32;

/** So many rows that they are copied in three slices, the last when the first is done. */
const WIDE = { data: new Float32Array(5.4e6).map((_, i) => i % 17), rows: 450_000, columns: 12 };

/** Asks `request` so many times, some at once. */
async function ask(count: number, request: (k: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await request(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

describe('a service that changes models', () => {
  it(`answers ${REQUESTS} requests over ${SWAPS} swaps without an error, each from one model`, async () => {
    const models = [new DeepType(QUICK), new DeepType({ ...QUICK, seed: 7 })];
    await Promise.all(models.map((model) => model.fit(X, y)));
    const files = models.map((model) => model.toBytes());
    const tables: MatrixLike[] = [X.toArray().slice(0, 8), WIDE];
    const bytesOf = ({ data }: { data: Float32Array }) => Buffer.from(data.buffer);
    const answers = models.map((model) => tables.map((rows) => bytesOf(model.transform(rows))));
    for (const model of models) model.dispose();
    let swaps = 0;
    let model = DeepType.fromBytes(files[0]!);
    await ask(REQUESTS, async (k) => {
      if (k % (REQUESTS / SWAPS) === 0) {
        const old = model;
        model = DeepType.fromBytes(files[++swaps % 2]!);
        old.dispose();
      }
      const [mine, table] = [swaps % 2, Number(k % 500 === 199)];
      const found = bytesOf(await model.transformAsync(tables[table]!));
      if (!found.equals(answers[mine]![table]!)) throw new Error(`request ${k}`);
    });
    expect(swaps).toBe(SWAPS);
  });

  it('or fits one again and again', async () => {
    const model = new DeepType({ ...QUICK, joint: { epochs: 1 }, settle: { iterations: 2 } });
    await model.fit(X, y);
    const expected = model.predict(X);
    let isOver = false;
    const fits = (async () => {
      for (let k = 0; k < 5; k++) await model.fit(X, y, { warmStart: k % 2 > 0 });
      await model.fit(X, y);
      isOver = true;
    })();
    let answered = 0;
    while (!isOver) {
      const [labels, H, clusters] = await Promise.all(asyncCallsOf(model, X));
      expect([labels, clusters].map((each) => (each as number[]).length)).toEqual([300, 300]);
      expect((H as { rows: number }).rows).toBe(300);
      answered++;
    }
    await fits;
    expect(answered).toBeGreaterThan(1);
    expect(model.predict(X)).toEqual(expected);
  });
});

describe('dispose', () => {
  it('lets every asynchronous call under way end, of a table in slices too', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const network = model.network;
    for (const table of [X, WIDE] as MatrixLike[]) {
      const copy = DeepType.fromBytes(model.toBytes());
      const { network: inner } = copy;
      const expected = [copy.predict(table), copy.transform(table), copy.assign(table)];
      const running = asyncCallsOf(copy, table);
      const saved = copy.save(join(folder, 'model'));
      copy.dispose();
      copy.dispose();
      messageOf(() => copy.predict(table), 'ERR_DISPOSED');
      messageOf(() => inner.forward(X), 'ERR_DISPOSED');
      for (const late of asyncCallsOf(copy, table)) {
        await expect(late).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
      }
      expect(isDeepStrictEqual(await Promise.all(running), expected)).toBe(true);
      await saved;
    }
    // So where the network itself is disposed of.
    const expected = model.predict(WIDE);
    const running = model.predictAsync(WIDE);
    network.dispose();
    messageOf(() => model.predict(X), 'ERR_DISPOSED');
    expect(isDeepStrictEqual(await running, expected)).toBe(true);
  });

  it('of a trainer lets a KKT residual under way end', async () => {
    const network = new Network({ inputs: 12, hidden: [16], outputs: 3 });
    const trainer = new Trainer({ network, clusters: 3 });
    await trainer.pretrain(X, y, { epochs: 2 });
    const expected = await trainer.kktResidual();
    const running = trainer.kktResidual();
    await expect(trainer.kktResidual()).rejects.toMatchObject({ code: 'ERR_BUSY' });
    trainer.dispose();
    network.dispose();
    await expect(trainer.kktResidual()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(await running).toBe(expected);
  });
});
