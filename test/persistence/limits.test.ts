// How large a file's JSON may be, the same where it is written and where it is read; and histories, which lie beside it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSync } from '../../src/common/time-slices.js';
import { DeepType, type HistoryEntry, Matrix, Network } from '../../src/index.js';
import { JSON_LIMITS, parseJson, writableJson } from '../../src/io/json.js';
import { readCheckpoint, writeCheckpoint } from '../../src/persistence/checkpoint.js';
import { readModel, type SavedModel, writeModel } from '../../src/persistence/model.js';
import { decodeFiles, encodeFiles, joinFiles } from '../../src/persistence/model-file.js';
import { loadFrom, saveTo, toBytes } from '../../src/persistence/saved.js';
import { History } from '../../src/training/history.js';
import { messageOf } from '../common/coded.js';
import { fitted, SMALL, X, y } from '../estimator/tables.js';
import { encodeCheckpointOf } from './checkpoints.js';

const folder = mkdtempSync(join(tmpdir(), 'deeptype-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

let model: DeepType;
let saved: SavedModel;
beforeAll(async () => {
  model = await fitted();
  saved = readModel(decodeFilesOf(model), 'model');
});
const decodeFilesOf = (of: DeepType) => {
  const bytes = Buffer.from(of.toBytes());
  const length = Number(bytes.readBigUInt64LE(8));
  return decodeFiles(
    { json: bytes.subarray(16, 16 + length), tensors: bytes.subarray(16 + length) },
    'bytes',
  );
};

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [i.toString(36), 0]));
const corrupt = { code: 'ERR_CORRUPT_FILE', message: expect.stringContaining('at most') };

describe('hundreds of thousands of keys are refused before they are parsed', () => {
  // Of less than the most bytes, or that limit would do it.
  const keys = many(3e5);
  const header = (json: string) => {
    const bytes = Buffer.alloc(8 + Buffer.byteLength(json));
    bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
    bytes.write(json, 8);
    return new Uint8Array(bytes);
  };

  it('in the header of a network', async () => {
    await expect(Network.load(header(JSON.stringify(keys)))).rejects.toMatchObject(corrupt);
    const path = join(folder, 'network');
    writeFileSync(path, header(`{${'"a":0,'.repeat(2e6)}"a":0}`));
    await expect(Network.load(path)).rejects.toMatchObject(corrupt);
  });

  it('in model.json, as bytes and in a folder', async () => {
    const { document, tensors, history } = decodeFilesOf(model);
    const { format: _, version: __, weightsSha256: ___, ...rest } = document;
    // What no writer writes: the length of a key stands for the keys that come in its place.
    const hole = 'x'.repeat(JSON.stringify(keys).length - 2);
    const written = encodeFiles({ document: { ...rest, extra: hole }, tensors, history });
    const json = Buffer.from(written.json);
    const at = json.indexOf(hole) - 1;
    json.write(JSON.stringify(keys), at);
    const forged = signed(json, written.tensors);
    expect(messageOf(() => DeepType.fromBytes(joinFiles(forged)), 'ERR_CORRUPT_FILE')).toContain(
      'at most',
    );
    writeFileSync(join(folder, 'model.json'), forged.json);
    writeFileSync(join(folder, 'model.safetensors'), forged.tensors);
    await expect(DeepType.load(folder)).rejects.toMatchObject(corrupt);
  });

  it('in the document of a checkpoint', async () => {
    const path = join(folder, 'fit');
    await new DeepType(SMALL).fit(X, y, { checkpoint: { path } });
    const limits = { ...JSON_LIMITS };
    try {
      Object.assign(JSON_LIMITS, { keys: Infinity, values: Infinity }); // to write it
      writeFileSync(
        path,
        encodeCheckpointOf(readFileSync(path), ({ document }) =>
          Object.assign(document, { extra: keys }),
        ),
      );
    } finally {
      Object.assign(JSON_LIMITS, limits);
    }
    await expect(DeepType.resume(path, X, y)).rejects.toMatchObject(corrupt);
  });

  /** The two files with hashes that are right. */
  function signed(json: Buffer, tensors: Uint8Array) {
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const at = json.indexOf('weightsSha256": "') + 17;
    json.write('0'.repeat(64), at);
    const weights = Buffer.from(tensors);
    weights.write(hash(json), weights.indexOf('"model":"') + 9);
    json.write(hash(weights), at);
    return { json: new Uint8Array(json), tensors: new Uint8Array(weights) };
  }
});

describe('what is written is what is read', () => {
  const { bytes, keys, values, depth } = JSON_LIMITS;
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  it.each([
    ['bytes', JSON.stringify('x'.repeat(bytes - 2)), JSON.stringify('x'.repeat(bytes - 1))],
    ['keys', JSON.stringify(many(keys)), JSON.stringify(many(keys + 1))],
    [
      'values',
      JSON.stringify(new Array(values - 1).fill(0)),
      JSON.stringify(new Array(values).fill(0)),
    ],
    ['levels', nested(depth), nested(depth + 1)],
  ])('by %s', (_, most, more) => {
    expect(parseJson(writableJson(most, 'it'), 'it')).toEqual(JSON.parse(most));
    messageOf(() => writableJson(more, 'it'), 'ERR_OUT_OF_MEMORY');
    messageOf(() => parseJson(new TextEncoder().encode(more), 'it'), 'ERR_CORRUPT_FILE');
  });

  it('a model that could not be loaded is not saved, and the old one stays', async () => {
    const path = join(folder, 'kept');
    await model.save(path);
    const before = readdirSync(path).map((name) => readFileSync(join(path, name)));
    const { clusters, parameters } = saved;
    const spoilt = clusters!.labels.map((label) => label + 1);
    const bad: Partial<SavedModel>[] = [
      { clusters: { ...clusters!, labels: spoilt } },
      { clusters: { ...clusters!, centroids: new Matrix(new Float32Array(4).fill(NaN), 1, 4) } },
      { parameters: parameters.slice(2) },
      { classes: ['a', 'a'] },
      { classes: [0, 1, 2, 3, 4, 5, 6] },
      { activation: 'tanh' },
      { written: { ...saved.written, options: { ...saved.written.options, hidden: [3] } } },
      { result: { ...saved.result!, steps: -1 } },
      { result: { ...saved.result!, stopReason: 'tired' as never } },
      { hyperparameters: { ...saved.hyperparameters, alpha: Number.NaN } },
    ];
    for (const change of bad) {
      const refusal = saveTo(path, { ...saved, ...change });
      await expect(refusal).rejects.toMatchObject({ code: 'ERR_CORRUPT_FILE' });
      messageOf(() => toBytes({ ...saved, ...change }), 'ERR_CORRUPT_FILE');
    }
    const huge = { ...saved, classes: Array.from({ length: 1e6 }, (_, k) => k) };
    await expect(saveTo(path, huge)).rejects.toMatchObject({ code: 'ERR_OUT_OF_MEMORY' });
    expect(readdirSync(path).map((name) => readFileSync(join(path, name)))).toEqual(before);
  });
});

describe('a history of a million epochs, with validation', () => {
  const EPOCHS = 1_000_000;
  const entryOf = (epoch: number): HistoryEntry => ({
    ...{
      phase: epoch % 2 === 0 ? 'pretrain' : 'joint',
      epoch,
      primary: 1 / epoch,
      sparsity: epoch,
    },
    ...{ distance: Math.sqrt(epoch), total: -epoch, selectedFeatures: epoch % 8 },
    validation: { primary: Math.log(epoch), distance: 1 / 3, total: Number.NaN },
  });
  const history = new History();
  for (let epoch = 1; epoch <= EPOCHS; epoch++) history.push(entryOf(epoch));

  const check = (of: History) => {
    expect(of.length).toBe(EPOCHS);
    for (const epoch of [1, 2, 1023, 1024, 1025, 617_283, EPOCHS]) {
      expect(of.at(epoch - 1)).toEqual(entryOf(epoch));
    }
    expect(of.at(EPOCHS)).toBeUndefined();
  };

  it('is saved and loaded, as a folder and as bytes', async () => {
    const path = join(folder, 'long');
    const long = { ...saved, result: { ...saved.result!, history } };
    await saveTo(path, long);
    expect(statSync(join(path, 'model.json')).size).toBeLessThan(10_000);
    check((await loadFrom(path, {})).found.result!.history);
    const again = DeepType.fromBytes(toBytes(long));
    expect(again.history.at(-1)).toEqual(entryOf(EPOCHS));
    expect(again.history.length).toBe(EPOCHS);
  });

  it('is kept in a checkpoint and read from it', async () => {
    const path = join(folder, 'long.checkpoint');
    await new DeepType(SMALL).fit(X, y, { checkpoint: { path } });
    const { snapshot, ...fixed } = await readCheckpoint(path);
    const { session, hyperparameters, state } = snapshot;
    const plain = { weights: hyperparameters, state: { ...state, history: undefined } };
    const kept = {
      plain,
      snapshots: new Map([['session' as const, session]]),
      histories: new Map([['session' as const, history]]),
    };
    await writeCheckpoint(path, { ...fixed, snapshot: kept });
    check((await readCheckpoint(path)).snapshot.state.history);
    const resumed = await DeepType.resume(path, X, y);
    expect(resumed.history.length).toBe(EPOCHS);
  });

  it('copies share what does not change any more', () => {
    const [copy, last] = [history.copy(), history.at(-1)!];
    copy.push({ ...last, epoch: 7 });
    copy.amend({ ...last, epoch: 8, changedAssignments: 3 });
    expect([copy.length, history.length]).toEqual([EPOCHS + 1, EPOCHS]);
    expect(copy.at(-1)).toEqual({ ...last, epoch: 8, changedAssignments: 3 });
    check(history);
  });

  it('is refused with values that no fit writes', () => {
    const table = new Float64Array(24);
    const bytes = new Uint8Array(table.buffer);
    history.toTensor().read(0, bytes);
    const made = (of: Float64Array) => runSync(History.of(of));
    expect(runSync(made(table).entries())).toEqual([entryOf(1), entryOf(2)]);
    const bad: [column: number, value: number][] = [
      ...[3, -1, 0.5, Number.NaN].map((x): [number, number] => [12, x]),
      ...[0, -1, 1.5, Infinity].map((x): [number, number] => [13, x]),
      ...[-1, 0.5, Number.NaN].map((x): [number, number] => [18, x]),
      ...[-2, 0.5, Infinity].map((x): [number, number] => [19, x]),
      ...[2, -1, 0.5].map((x): [number, number] => [20, x]),
    ];
    for (const [column, value] of bad) {
      const forged = table.slice();
      forged[column] = value;
      messageOf(() => made(forged), 'ERR_INVALID_ARGUMENT');
    }
    messageOf(() => made(table.subarray(1)), 'ERR_INVALID_ARGUMENT');
    const more = { ...saved.result!, history: made(table) };
    more.history.push({ ...entryOf(3), selectedFeatures: X.columns + 1 });
    messageOf(() => toBytes({ ...saved, result: more }), 'ERR_CORRUPT_FILE');
  });
});

describe('what a forged model.json says beside its weights is checked', () => {
  it.each<[string, (document: Record<string, Record<string, unknown>>) => unknown]>([
    ['no columns', (d) => Object.assign(d, { history: null })],
    [
      'columns that are objects',
      (d) => Object.assign(d, { history: [{ column: { toString: 1 } }] }),
    ],
    ['other columns', (d) => Object.assign(d, { history: [{ column: 'epoch' }] })],
    ['other phases', (d) => Object.assign(d.history![0] as object, { values: ['a'] })],
    ['a reason in other words', (d) => Object.assign(d.result!, { stopReason: 'because' })],
    ['steps that are none', (d) => Object.assign(d.result!, { steps: 1.5 })],
    ['clusters in words', (d) => Object.assign(d.result!, { clusters: 'three' })],
    ['a negative alpha', (d) => Object.assign(d.result!, { alpha: -1 })],
    ['a residual in words', (d) => Object.assign(d.result!, { kktResidual: 'small' })],
    ['a choice in words', (d) => Object.assign(d.result!, { clusterChoice: 'three' })],
    ['a choice by nothing', (d) => Object.assign(d.result!, { clusterChoice: { criterion: 'x' } })],
    ['omitted objects', (d) => Object.assign(d, { omitted: [{ toString: 1 }] })],
    ['classes twice', (d) => Object.assign(d, { classes: [0, 1, 1] })],
  ])('%s', (_, change) => {
    const { document, tensors, history } = decodeFilesOf(model);
    const { format: _f, version: _v, weightsSha256: _w, ...rest } = structuredClone(document);
    change(rest as Record<string, Record<string, unknown>>);
    const bytes = joinFiles(encodeFiles({ document: rest, tensors, history }));
    messageOf(() => DeepType.fromBytes(bytes), 'ERR_CORRUPT_FILE');
  });

  it('a choice of K comes back', async () => {
    const chosen = await fitted({ clusters: { min: 2, max: 3, scores: ['gap', 'silhouette'] } });
    const contents = writeModel(readModel(decodeFilesOf(chosen), 'chosen'));
    const again = DeepType.fromBytes(joinFiles(encodeFiles(contents)));
    expect(again.result).toEqual(chosen.result);
  });
});
