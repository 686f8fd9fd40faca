import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  Matrix,
  type PrimaryLoss,
  type Targets,
} from '../../src/index.js';
import { decodeSafetensors } from '../../src/io/safetensors.js';
import { messageOf } from '../common/coded.js';
import { fitted, SMALL, X, y } from '../estimator/tables.js';

const folder = mkdtempSync(join(tmpdir(), 'deeptype-'));
afterAll(() => rmSync(folder, { recursive: true }));

const names = Array.from(y, (k) => ['ä', 'b\u0000', '\ud800'][k]!);
const values = Float64Array.from(y, (k, i) => Math.sin(i) + k);
const halves = Array.from(y, (k) => (k > 0 ? 7 : -7));
const pairs = {
  data: Float32Array.from({ length: 240 }, (_, i) => (i % 5) / 4),
  rows: 120,
  columns: 2,
};

const survival = { time: values.map(Math.abs), event: y.map((k) => (k > 0 ? 1 : 0)) };

const models: [string, Partial<DeepTypeOptions>, Targets][] = [
  ['strings', {}, names],
  ['integers', { activation: 'gelu', standardize: false, seed: 2 ** 52 }, y],
  ['two classes', { loss: 'bce', activation: 'tanh' }, halves],
  ['rows of shares', { loss: 'bce', activation: 'sigmoid' }, pairs],
  ['values', { loss: 'huber', activation: 'leaky-relu', hidden: [5] }, values],
  ['rows of values', { loss: 'mse', activation: 'identity', init: { normal: 0.1 } }, pairs],
  ['survival', { loss: 'cox' }, survival],
  ['a dense first layer', { loss: 'mae', sparsity: { weight: 0, penalty: 'l2' } }, values],
];

/** All that a model says, as something that compares to the bit. */
function saysOf(model: DeepType) {
  const { labels, centroids, featureImportances, selectedFeatures, classes, history } = model;
  return {
    ...{ labels, centroids, featureImportances, selectedFeatures, classes, history },
    ...{ alpha: model.alpha, alphaMax: model.alphaMax, kktResidual: model.kktResidual },
    options: model.options,
    predictions: model.predict(X),
    probabilities: model.options.loss === undefined ? model.predictProba(X) : undefined,
    representation: model.transform(X),
    assigned: model.assign(X),
    parameters: model.network.parameters(),
  };
}

describe('a round trip', () => {
  it.each(models)(
    '%s: equal to the bit through a folder and through bytes',
    async (_, options, t) => {
      const model = await fitted(options, t);
      const path = join(folder, 'deep', 'model');
      await model.save(path);
      expect(readdirSync(path).sort()).toEqual(['model.json', 'model.safetensors']);
      const bytes = model.toBytes();
      const copies = [
        await DeepType.load(path),
        await DeepType.load(pathToFileURL(path)),
        DeepType.fromBytes(bytes),
        DeepType.fromBytes(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)),
      ];
      for (const copy of copies) {
        expect(saysOf(copy)).toStrictEqual(saysOf(model));
        expect(copy.toBytes()).toEqual(bytes);
        expect(copy.score(X, t)).toBe(model.score(X, t));
        copy.dispose();
      }
      model.dispose();
    },
  );

  it('of bytes in shared memory, and in a worker', async () => {
    const model = await fitted();
    const bytes = model.toBytes();
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(saysOf(DeepType.fromBytes(shared))).toStrictEqual(saysOf(model));
    const program = `
      import { parentPort, workerData } from 'node:worker_threads';
      import { DeepType } from ${JSON.stringify(new URL('../../dist/esm/index.js', import.meta.url))};
      parentPort.postMessage(DeepType.fromBytes(workerData.bytes).transform(workerData.X).data);
    `;
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
    const worker = new Worker(url, { workerData: { bytes, X: { ...X } } });
    const data = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(data).toEqual(model.transform(X).data);
  });

  it('of a fit that was aborted: the weights, and no result', async () => {
    const model = new DeepType(SMALL);
    const signal = AbortSignal.abort();
    await expect(model.fit(X, y, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const again = DeepType.fromBytes(model.toBytes());
    expect(again.predict(X)).toEqual(model.predict(X));
    expect(() => again.labels).toThrow(/clusters/);
    expect(() => again.history).toThrow(/end/);
  });

  it('says the numbers in model.json and the history in a table, for other programs', async () => {
    const model = await fitted({ seed: 4 });
    const path = join(folder, 'readable');
    await model.save(path);
    const json = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8'));
    expect(json.version).toBe(2);
    expect(json.options).toEqual({ ...SMALL, seed: 4 });
    expect(json.classes).toEqual(model.classes);
    const { tensors } = decodeSafetensors(readFileSync(join(path, 'model.safetensors')), 'tensors');
    const columns: { column: string; values?: string[] }[] = json.history;
    const { shape, data } = tensors.get('history')!;
    expect(shape).toEqual([model.history.length, columns.length]);
    const value = (row: number, name: string) =>
      data[row * columns.length + columns.findIndex(({ column }) => column === name)] as number;
    model.history.forEach((entry, row) => {
      expect(columns[0]!.values![value(row, 'phase')]).toBe(entry.phase);
      for (const name of ['epoch', 'primary', 'sparsity', 'distance', 'total'] as const) {
        expect(value(row, name)).toBe(entry[name]);
      }
      expect(value(row, 'selectedFeatures')).toBe(entry.selectedFeatures);
      expect(value(row, 'changedAssignments')).toBe(entry.changedAssignments ?? -1);
      expect(value(row, 'isValidated')).toBe(0);
    });
    expect(tensors.get('scaler.mean')!.shape).toEqual([X.columns]);
    expect(json.result.alpha).toBe(model.alpha);
  });
});

describe('training after load', () => {
  it('starts afresh as a new model does', async () => {
    const model = await fitted({ threads: 1 });
    const again = DeepType.fromBytes(model.toBytes(), { threads: 2 });
    expect(again.options.threads).toBe(2);
    await again.fit(X, y);
    expect(again.transform(X)).toEqual(model.transform(X));
  });

  it('goes on with warmStart from the weights and with the alpha of the file', async () => {
    const model = await fitted({ joint: { epochs: 1, restart: 'none' } });
    const again = DeepType.fromBytes(model.toBytes());
    const before = again.score(X, y);
    const { alpha, alphaMax } = await again.fit(X, y, { warmStart: true });
    expect([alpha, alphaMax]).toEqual([model.alpha, model.alphaMax]);
    expect(again.score(X, y)).toBeGreaterThanOrEqual(before - 0.1);
    await expect(again.fit(X, names, { warmStart: true })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });
});

describe('what a file cannot hold', () => {
  const loss: PrimaryLoss = {
    name: 'squared',
    evaluate: (outputs, targets) => {
      const t = (targets as { data: Float32Array }).data;
      const gradient = outputs.data.map((o, i) => (o - t[i]!) / outputs.data.length);
      return { loss: gradient.reduce((sum, g) => sum + g * g, 0), gradient };
    },
  };
  const clusterer: DeepTypeOptions['clusterer'] = (representation, k) => ({
    labels: Int32Array.from({ length: representation.rows }, (_, i) => i % k),
    centroids: Matrix.from(Array.from({ length: k }, (_, i) => representation.row(i))),
  });

  it('a loss and a clusterer: the model predicts, and says what it lacks to train', async () => {
    const model = await fitted({ loss, clusterer }, values);
    const bytes = model.toBytes();
    const again = DeepType.fromBytes(bytes);
    expect(again.predict(X)).toEqual(model.predict(X));
    expect(again.assign(X)).toEqual(model.assign(X));
    const missing = { code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining('give it') };
    await expect(again.fit(X, values)).rejects.toMatchObject(missing);
    const lacksClusterer = DeepType.fromBytes(bytes, { loss });
    await expect(lacksClusterer.fit(X, values)).rejects.toMatchObject(missing);
    const whole = DeepType.fromBytes(bytes, { loss, clusterer });
    await whole.fit(X, values);
    expect(whole.predict(X)).toEqual(model.predict(X));
  });

  it('knowledge of the training rows', async () => {
    const knowledge = { name: 'knowledge-graph' as const, pairs: [{ i: 0, j: 1 }] };
    const model = await fitted({ loss: knowledge });
    const bytes = model.toBytes();
    const again = DeepType.fromBytes(bytes);
    expect(again.predictProba(X)).toEqual(model.predictProba(X));
    await expect(again.fit(X, y)).rejects.toThrow(/loss: .* give it/);
    const whole = DeepType.fromBytes(bytes, { loss: knowledge });
    await whole.fit(X, y);
    expect(whole.predictProba(X)).toEqual(model.predictProba(X));
  });

  it('refuses other losses', async () => {
    const own = (await fitted({ loss }, values)).toBytes();
    const builtIn = (await fitted()).toBytes();
    const classes = { ...loss, targets: 'classes' as const };
    messageOf(() => DeepType.fromBytes(own, { loss: classes }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => DeepType.fromBytes(builtIn, { loss }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => DeepType.fromBytes(own, { clusterer, loss }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => DeepType.fromBytes(builtIn, { threads: 0 }), 'ERR_INVALID_ARGUMENT');
    messageOf(() => DeepType.fromBytes(builtIn, { hidden: [1] } as never), 'ERR_INVALID_ARGUMENT');
    messageOf(() => DeepType.fromBytes('x' as never), 'ERR_INVALID_ARGUMENT');
  });
});

describe('models that cannot be saved', () => {
  it('unfitted, busy or disposed ones', async () => {
    const model = new DeepType(SMALL);
    const path = join(folder, 'never');
    messageOf(() => model.toBytes(), 'ERR_NOT_FITTED');
    await expect(model.save(path)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' });
    const fit = model.fit(X, y);
    await expect(model.save(path)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await fit;
    await expect(model.save(3 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    model.dispose();
    await expect(model.save(path)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(DeepType.load(path)).rejects.toMatchObject({ code: 'ERR_IO' });
  });
});
