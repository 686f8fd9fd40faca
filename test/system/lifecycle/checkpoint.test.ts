import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type Matrix,
  mlKMeans,
  type ProgressEvent,
} from '../../../src/index.js';
import { type Contents, encodeCheckpointOf } from '../../persistence/checkpoints.js';
import { assertProperty } from '../../properties/assert-property.js';
import { digest } from '../kill/fits.js';
import { killTest } from '../kill/kill.js';

const { X, y } = datasets.makeClusters({ samples: 200, features: 12, clusters: 3, seed: 5 });
const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 5 },
  joint: { epochs: 5, tolerance: 0 },
  settle: { iterations: 60, tolerance: 1e-6 },
};
const squares = {
  evaluate: (outputs: Matrix, targets: Int32Array | Matrix) => {
    const { data } = targets as Matrix;
    const gradient = outputs.data.map((o, k) => (2 * (o - data[k]!)) / data.length);
    const loss = outputs.data.reduce((sum, o, k) => sum + (o - data[k]!) ** 2, 0) / data.length;
    return { loss, gradient };
  },
};

const folder = mkdtempSync(join(tmpdir(), 'deeptype-checkpoint-'));
const path = join(folder, 'fit.checkpoint');
const checkpoint = { path, everySeconds: 0 };
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(path, { force: true }));

/** Fits until the first event for which `isTime` holds, and aborts there. */
async function interrupted(
  options: DeepTypeOptions,
  isTime: (event: ProgressEvent) => boolean,
  targets: typeof y | Float32Array = y,
): Promise<DeepType> {
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (event: ProgressEvent) => {
    if (isTime(event)) controller.abort();
  };
  const model = new DeepType(options);
  await model.fit(X, targets, { checkpoint, signal, onProgress }).catch((error) => {
    if (error.code !== 'ERR_ABORTED') throw error;
  });
  return model;
}

const endOf = (phase: string) => (event: ProgressEvent) =>
  event.phase === phase && event.fraction === 1;

async function whole(options: DeepTypeOptions, targets: typeof y | Float32Array = y) {
  const model = new DeepType(options);
  await model.fit(X, targets);
  return digest(model);
}

describe('resume', () => {
  const validation = { fraction: 0.2, patience: 2 };
  const variants: [string, DeepTypeOptions][] = [
    ['by default', QUICK],
    ['without the active set', { ...QUICK, activeSet: false, threads: 2 }],
    ['with validation', { ...QUICK, validation }],
    ['with clusters of every batch', { ...QUICK, joint: { epochs: 5, reclusterEvery: 'batch' } }],
    [
      'with clusters every 3 steps',
      { ...QUICK, joint: { epochs: 5, reclusterEvery: { steps: 3 } } },
    ],
    ['with momentum', { ...QUICK, optimizer: { name: 'sgd', momentum: 0.9, learningRate: 0.05 } }],
    ['with the subgradient', { ...QUICK, sparsity: { weight: 0.01, solver: 'subgradient' } }],
    ['with a skip connection', { ...QUICK, sparsity: { penalty: 'hierarchical' } }],
    ['without a scaler', { ...QUICK, standardize: false }],
  ];
  it.each(variants)('ends in the bits of an undisturbed fit %s', async (_, options) => {
    const expected = await whole(options);
    for (const phase of ['pretrain', 'joint', 'settle']) {
      await interrupted(options, endOf(phase));
      const model = await DeepType.resume(path, X, y);
      expect(digest(model)).toBe(expected);
      expect(['pretrain', 'joint', 'settle']).toContain(model.resumedAt!.phase);
      rmSync(path);
    }
  });

  it('takes what no file holds: a loss and a clusterer', async () => {
    const values = Float32Array.from(y);
    const options = { ...QUICK, loss: squares, clusterer: mlKMeans };
    const expected = await whole(options, values);
    await interrupted(options, endOf('joint'), values);
    const { loss, clusterer } = options;
    const model = await DeepType.resume(path, X, values, { loss, clusterer });
    expect(digest(model)).toBe(expected);
    for (const given of [{ loss }, { clusterer }]) {
      await expect(DeepType.resume(path, X, values, given)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });

  it('goes on saving where it is asked to, and again from there', async () => {
    const expected = await whole(QUICK);
    await interrupted(QUICK, endOf('pretrain'));
    const before = readFileSync(path);
    await DeepType.resume(path, X, y);
    expect(readFileSync(path).equals(before)).toBe(true);
    const model = await DeepType.resume(path, X, y, { checkpoint });
    expect(model.resumedAt!.phase).toBe('pretrain');
    expect(readFileSync(path).equals(before)).toBe(false);
    const again = await DeepType.resume(path, X, y);
    expect(again.resumedAt!.phase).toBe('settle');
    expect([digest(model), digest(again)]).toEqual([expected, expected]);
  });

  it('of a warm start', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    await model.fit(X, y, { warmStart: true, checkpoint });
    expect(digest(await DeepType.resume(path, X, y))).toBe(digest(model));
  });

  it('refuses another table, other weights and other options', async () => {
    await interrupted(QUICK, endOf('pretrain'));
    const invalid = { code: 'ERR_INVALID_ARGUMENT' };
    const other = X.toArray();
    other[7]![3]! += 1e-3;
    await expect(DeepType.resume(path, other, y)).rejects.toMatchObject(invalid);
    const swapped = Array.from(y);
    [swapped[0], swapped[1]] = [(y[0]! + 1) % 3, y[1]!];
    await expect(DeepType.resume(path, X, swapped)).rejects.toMatchObject(invalid);
    const sampleWeight = Array.from(y, (_, i) => 1 + (i % 2));
    await expect(DeepType.resume(path, X, y, { sampleWeight })).rejects.toMatchObject(invalid);
    await expect(DeepType.resume(path, X, y, { seed: 1 })).rejects.toMatchObject({
      ...invalid,
      message: expect.stringMatching(/^seed: /),
    });
    await expect(DeepType.resume(path, [[1, 2]], [0])).rejects.toHaveProperty('code');
    const same = await DeepType.resume(path, X, y, { ...QUICK, seed: 0, threads: 2 });
    expect(digest(same)).toBe(await whole(QUICK));
  });
});

describe('a checkpoint', () => {
  it('changes nothing of the fit, and the last holds the whole of it', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y, { checkpoint: { path } });
    expect(digest(model)).toBe(await whole(QUICK));
    const { phase, epoch } = model.history.at(-1)!;
    expect((await DeepType.resume(path, X, y)).resumedAt).toEqual({ phase, epoch });
  });

  it('that cannot be written ends the fit with ERR_IO, its weights kept', async () => {
    const model = new DeepType(QUICK);
    const nowhere = { path: join(folder, 'no', 'folder'), everySeconds: 0 };
    await expect(model.fit(X, y, { checkpoint: nowhere })).rejects.toMatchObject({
      code: 'ERR_IO',
      cause: { code: 'ENOENT' },
    });
    expect(model.predict(X).length).toBe(200);
    const result = await model.fit(X, y, { warmStart: true });
    expect(Number.isFinite(result.kktResidual)).toBe(true);
  });

  it('that cannot be written lets the fit go on where that is asked for', async () => {
    const inner = join(folder, 'inner');
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {
      mkdirSync(inner); // what is missing comes with the first failure
    });
    const model = new DeepType(QUICK);
    const file = join(inner, 'fit');
    await model.fit(X, y, { checkpoint: { path: file, everySeconds: 0, onError: 'continue' } });
    expect(warnings).toHaveBeenCalledOnce();
    expect(warnings.mock.calls[0]![0]).toMatchObject({ code: 'ERR_IO' });
    warnings.mockRestore();
    expect(digest(model)).toBe(await whole(QUICK));
    expect(digest(await DeepType.resume(file, X, y))).toBe(digest(model)); // once there was a folder
  });

  it('names what is wrong of its options', async () => {
    const refusal = (given: unknown) =>
      new DeepType(QUICK).fit(X, y, { checkpoint: given } as never).catch((e) => e.message);
    expect(await refusal({})).toMatch(/^checkpoint\.path: /);
    expect(await refusal({ path, everySeconds: -1 })).toMatch(/^checkpoint\.everySeconds: /);
    expect(await refusal({ path, onError: 'ignore' })).toMatch(/^checkpoint\.onError: /);
    expect(await refusal({ path, every: 1 })).toMatch(/^checkpoint: /);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a checkpoint file that is not as it was written', () => {
  const read = () => DeepType.resume(path, X, y);

  it('is refused whichever byte has changed, and wherever it ends', async () => {
    await interrupted(QUICK, endOf('joint'));
    const bytes = readFileSync(path);
    const corrupt = { code: 'ERR_CORRUPT_FILE' };
    await assertProperty(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, x) => {
          const altered = Uint8Array.from(bytes);
          altered[at]! ^= x;
          writeFileSync(path, altered);
          await expect(read()).rejects.toMatchObject(corrupt);
          writeFileSync(path, bytes.subarray(0, at));
          await expect(read()).rejects.toMatchObject(corrupt);
        },
      ),
      { numRuns: 100 },
    );
    writeFileSync(path, createHash('sha256').update(bytes).digest());
    await expect(read()).rejects.toMatchObject(corrupt);
    rmSync(path);
    await expect(read()).rejects.toMatchObject({ code: 'ERR_IO' });
  });

  it('is refused by its values where its hash is right', async () => {
    await new DeepType(QUICK).fit(X, y, { checkpoint });
    const bytes = readFileSync(path);
    const fill = (name: string, value: number) => (contents: Contents) => {
      (contents.tensors.get(`session.${name}`)!.data as Float64Array).fill(value);
    };
    const historyOf = (change: (table: Float64Array) => Float64Array) => (contents: Contents) => {
      const { data } = contents.tensors.get('history.session')!;
      const changed = change(data as Float64Array).slice();
      contents.tensors.set('history.session', { shape: [changed.length], data: changed });
    };
    const forgeries: ((contents: Contents) => void)[] = [
      fill('labels', 1_000_000),
      fill('parameters', Number.NaN),
      fill('steps', -1),
      fill('lipschitz', Number.NaN),
      ({ tensors }) => tensors.delete('session.firstMoments'),
      ({ tensors }) => tensors.set('session.parameters', tensors.get('session.labels')!),
      ({ tensors }) =>
        tensors.set('session.activeInputs', { shape: [2], data: Int32Array.of(3, 1_000_000) }),
      ({ tensors }) =>
        tensors.set('session.centroids', { shape: [2], data: Float32Array.of(1, 2) }),
      ({ document }) => Object.assign(document.state as object, { stage: 'later' }),
      ({ document }) => Object.assign(document.state as object, { finished: { dense: -1 } }),
      ({ tensors }) => tensors.delete('history.session'),
      historyOf((table) => table.fill(Number.NaN)),
      historyOf((table) => table.fill(3, 0, 1)), // no phase
      historyOf((table) => table.fill(1.5, 1, 2)), // no epoch
      historyOf((table) => table.subarray(1)),
      ({ document }) => Object.assign(document, { omitted: [{ toString: 1 }] }),
      ({ document }) => Object.assign(document, { data: { toString: 1 } }),
      ({ document }) => Object.assign(document.options as object, { hidden: [1e9] }),
      ({ document }) => Object.assign(document, { version: { toString: 1 } }),
      ({ document }) => Object.assign(document, { version: 3 }),
      ({ document }) => Object.assign(document, { format: 'other' }),
    ];
    for (const forge of forgeries) {
      writeFileSync(path, encodeCheckpointOf(bytes, forge));
      await expect(read()).rejects.toMatchObject({ code: 'ERR_CORRUPT_FILE' });
    }
    writeFileSync(
      path,
      encodeCheckpointOf(bytes, () => undefined),
    );
    expect(digest(await read())).toBe(await whole(QUICK));
  });
});

describe('kill -9', () => {
  it('leaves a whole checkpoint, from which the fit ends in the same bits', async () => {
    const tally = await killTest(10, 1);
    expect(tally).toMatchObject({ kills: 10, lost: 0, corrupt: 0, unequal: 0 });
    expect(tally.resumes + tally.early).toBe(10);
  });
});
