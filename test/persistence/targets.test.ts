// What targets were standardised by goes with the model, wherever it goes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions } from '../../src/index.js';
import type { Tensor } from '../../src/io/safetensors.js';
import {
  decodeFiles,
  encodeFiles,
  joinFiles,
  splitFiles,
} from '../../src/persistence/model-file.js';
import { messageOf } from '../common/coded.js';
import { SMALL, weightsOf, X, y } from '../estimator/tables.js';
import { encodeCheckpointOf } from './checkpoints.js';

const LOSSES = ['mse', 'mae', 'huber'] as const;
/** Units of three kinds, and a constant. */
const rows = Array.from(y, (k, i) => {
  const v = k + X.get(i, 1) / 10;
  return [v, 1e6 + 1e3 * v, -1e-7 * v, 0.1];
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-targets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function fitted(options: Partial<DeepTypeOptions>, run = {}): Promise<DeepType> {
  const model = new DeepType({ ...SMALL, ...options });
  await model.fit(X, rows, run);
  return model;
}

/** A model's bytes after `change`, as bytes again. */
function edited(
  bytes: Uint8Array,
  change: (tensors: Map<string, Tensor>, options: Record<string, unknown>) => void,
): Uint8Array {
  const { document, tensors, history } = decodeFiles(splitFiles(bytes, 'x'), 'x');
  const { format: _, version: __, weightsSha256: ___, ...rest } = document;
  const changed = new Map(tensors);
  change(changed, rest.options as Record<string, unknown>);
  return joinFiles(encodeFiles({ document: rest, tensors: changed, history }));
}

describe.each(LOSSES)('a model of %s', (loss) => {
  it('predicts the same bits from its files and its bytes', async () => {
    const model = await fitted({ loss });
    await model.save(folder);
    for (const copy of [await DeepType.load(folder), DeepType.fromBytes(model.toBytes())]) {
      expect(copy.predict(X)).toEqual(model.predict(X));
      expect(await copy.predictAsync(X)).toEqual(model.predict(X));
      expect(copy.targetScaling).toEqual(model.targetScaling);
      expect(copy.score(X, rows)).toBe(model.score(X, rows));
      const again = rows.map((row) => row.map((v) => 2 * v));
      again.forEach((row) => {
        row[3] = 0.1;
      });
      await copy.fit(X, again, { warmStart: true });
      expect(copy.targetScaling).toEqual(model.targetScaling);
    }
  });

  it('gives the units of y in ONNX', async () => {
    const model = await fitted({ loss });
    const session = await ort.InferenceSession.create(model.toONNX(), { logSeverityLevel: 3 });
    const { output } = await session.run({ input: new ort.Tensor('float32', X.data, [120, 8]) });
    await session.release();
    const predicted = model.predict(X) as Float32Array;
    const { location, scale } = model.targetScaling!;
    (output!.data as Float32Array).forEach((value, k) => {
      const [size, offset] = [Math.abs(scale[k % 4]!), Math.abs(location[k % 4]!)];
      expect(Math.abs(value - predicted[k]!)).toBeLessThanOrEqual(1e-5 * size + 1.2e-7 * offset);
    });
    expect((output!.data as Float32Array)[3]).toBe(Math.fround(0.1));
  });

  it('goes on to the same bits from a checkpoint', async () => {
    const path = join(folder, 'fit.checkpoint');
    const whole = await fitted({ loss });
    const abort = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'joint') abort.abort();
    };
    const checkpoint = { path, everySeconds: 0 };
    const cut = fitted({ loss }, { checkpoint, signal: abort.signal, onProgress });
    await expect(cut).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const resumed = await DeepType.resume(path, X, rows);
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    expect(resumed.targetScaling).toEqual(whole.targetScaling);
    expect(resumed.predict(X)).toEqual(whole.predict(X));
    const other = rows.map((row) => row.map((v) => 2 * v));
    for (const wrong of [other, rows.map((row) => row.slice(1))]) {
      await expect(DeepType.resume(path, X, wrong)).rejects.toHaveProperty('code');
    }
  });
});

describe('files from before targets were standardised', () => {
  it('mean what they meant', async () => {
    const before = await fitted({ loss: 'mse', standardizeTargets: false });
    const bytes = edited(before.toBytes(), (tensors, options) => {
      expect([...tensors.keys()].filter((name) => name.startsWith('targets.'))).toEqual([]);
      delete options.standardizeTargets;
    });
    const model = DeepType.fromBytes(bytes);
    expect(model.targetScaling).toBeUndefined();
    expect(model.predict(X)).toEqual(before.predict(X));
    await model.fit(X, rows, { warmStart: true });
    expect(model.targetScaling).toBeUndefined();
    await model.fit(X, rows);
    expect(model.targetScaling).toBeDefined();
  });

  it('go on from their checkpoints as they began', async () => {
    const path = join(folder, 'fit.checkpoint');
    const options = { loss: 'mse', standardizeTargets: false } as const;
    const whole = await fitted(options, { checkpoint: { path, everySeconds: 0 } });
    const forged = encodeCheckpointOf(readFileSync(path), ({ document }) => {
      delete (document.options as Record<string, unknown>).standardizeTargets;
    });
    writeFileSync(path, forged);
    const resumed = await DeepType.resume(path, X, rows);
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    expect(resumed.predict(X)).toEqual(whole.predict(X));
  });
});

it('comes back beside a skip connection', async () => {
  const sparsity = { penalty: 'hierarchical' } as const;
  const model = await fitted({ loss: 'mse', sparsity });
  const copy = DeepType.fromBytes(model.toBytes());
  expect(copy.targetScaling).toEqual(model.targetScaling);
  expect(copy.predict(X)).toEqual(model.predict(X));
});

it('arrays that no fit can have written are refused', async () => {
  const bytes = (await fitted({ loss: 'mse' })).toBytes();
  const four = (data: Tensor['data']) => ({ shape: [data.length], data });
  for (const [name, wrong] of [
    ['location', undefined],
    ['scale', undefined],
    ['scale', four(Float32Array.of(1, 1, 1, 1))],
    ['location', four(Float64Array.of(1, 1, 1))],
    ['scale', four(Float64Array.of(1, 1, 1, 1, 1))],
    ['scale', four(Float64Array.of(1, 1, Number.NaN, 1))],
    ['location', four(Float64Array.of(1, 1, 1, Number.POSITIVE_INFINITY))],
  ] as const) {
    const forge = () =>
      edited(bytes, (tensors) => {
        if (wrong === undefined) tensors.delete(`targets.${name}`);
        else tensors.set(`targets.${name}`, wrong);
      });
    const message = messageOf(() => DeepType.fromBytes(forge()), 'ERR_CORRUPT_FILE');
    expect(message).toMatch(/targets/);
  }
  const short = edited(bytes, (tensors) => {
    tensors.set('targets.location', four(Float64Array.of(1)));
    tensors.set('targets.scale', four(Float64Array.of(1)));
  });
  expect(messageOf(() => DeepType.fromBytes(short), 'ERR_CORRUPT_FILE')).toMatch(/4 outputs/);
});
