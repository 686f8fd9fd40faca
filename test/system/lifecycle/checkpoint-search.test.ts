import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  mlKMeans,
  type ResumedAt,
} from '../../../src/index.js';
import { CheckpointWriter } from '../../../src/persistence/checkpointing.js';
import { type Contents, encodeCheckpointOf } from '../../persistence/checkpoints.js';
import { digest } from '../kill/fits.js';

/** Told of every file that has come into its place. */
const placed = vi.hoisted(() => ({ tell: (_path: string) => {} }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs/promises')>();
  const rename = async (from: string, to: string) => {
    await fs.rename(from, to);
    placed.tell(to);
  };
  return { ...fs, rename };
});

const { X, y } = datasets.makeClusters({ samples: 120, features: 10, clusters: 3, seed: 5 });
/** The candidate that is trained first wins, so that what is known of it is needed to the end. */
const RANGE: DeepTypeOptions = {
  seed: 2,
  clusters: { min: 2, max: 5, candidates: 3, scores: ['gap'] },
  hidden: [8, 4],
  pretrain: { epochs: 3 },
  joint: { epochs: 3, tolerance: 0 },
  settle: { iterations: 24, tolerance: 1e-6 },
};

const folder = mkdtempSync(join(tmpdir(), 'deeptype-search-'));
const path = join(folder, 'fit.checkpoint');
afterAll(() => rmSync(folder, { recursive: true }));
let copies: string[] = [];
beforeEach(() => {
  copies = [];
  placed.tell = (to) => {
    if (to !== path) return;
    copies.push(`${path}.${copies.length}`);
    copyFileSync(path, copies.at(-1)!);
  };
});

/** Fits with a checkpoint at every epoch, also where the last is still being written; each is copied. */
async function kept(options: DeepTypeOptions): Promise<DeepType> {
  const isDue = vi.spyOn(CheckpointWriter.prototype, 'isDue', 'get').mockReturnValue(true);
  const model = new DeepType(options);
  await model.fit(X, y, { checkpoint: { path, everySeconds: 0 } });
  isDue.mockRestore();
  placed.tell = () => {};
  return model;
}

async function undisturbed(options: DeepTypeOptions): Promise<DeepType> {
  const model = new DeepType(options);
  await model.fit(X, y);
  return model;
}

describe('a fit that chooses K', () => {
  const variants: [string, DeepTypeOptions][] = [
    ['of a range', RANGE],
    ["of 'auto'", { ...RANGE, clusters: 'auto' }],
    ['with validation', { ...RANGE, validation: { fraction: 0.2, patience: 2 } }],
    ['without a restart', { ...RANGE, joint: { epochs: 3, restart: 'none' } }],
    ['with a clusterer', { ...RANGE, clusterer: mlKMeans }],
  ];
  it.each(variants)('goes on from every checkpoint to the same bits: %s', async (_, options) => {
    const { clusterer } = options;
    const whole = await undisturbed(options);
    expect(whole.result.clusterChoice!.candidates.length).toBeGreaterThan(0);
    expect(digest(await kept(options))).toBe(digest(whole));
    const points: ResumedAt[] = [];
    expect(copies.length).toBeGreaterThan(whole.history.length);
    for (const copy of copies) {
      const model = await DeepType.resume(copy, X, y, clusterer && { clusterer });
      expect(digest(model), JSON.stringify(model.resumedAt)).toBe(digest(whole));
      points.push(model.resumedAt!);
      model.dispose();
    }
    // One for each epoch and round, of every candidate; the last file is of the end.
    const trained = points.map(({ clusters }) => clusters).filter((k) => k !== undefined);
    const candidates = whole.result.clusterChoice!.candidates.map(({ clusters }) => clusters);
    expect([...new Set(trained)]).toEqual(candidates.toReversed());
    expect(points[0]).toMatchObject({ phase: 'pretrain' });
    expect(points.at(-1)!.clusters).toBeUndefined();
  });

  it('is kept for its first candidate', async () => {
    const { clusters, result } = await undisturbed(RANGE);
    expect(clusters).toBe(result.clusterChoice!.candidates.at(-1)!.clusters);
  });

  it('goes on saving from where it was resumed', async () => {
    const expected = digest(await undisturbed(RANGE));
    await kept(RANGE);
    const middle = copies[copies.length >> 1]!;
    copyFileSync(middle, path);
    await DeepType.resume(path, X, y, { checkpoint: { path, everySeconds: 0 } });
    const model = await DeepType.resume(path, X, y);
    expect(model.resumedAt!.clusters).toBeUndefined();
    expect(digest(model)).toBe(expected);
  });

  it('keeps its choice in the checkpoint of a warm start', async () => {
    const model = new DeepType(RANGE);
    await model.fit(X, y);
    await model.fit(X, y, { warmStart: true, checkpoint: { path, everySeconds: 0 } });
    expect(model.result.clusterChoice!.candidates.length).toBe(3);
    expect(digest(await DeepType.resume(path, X, y))).toBe(digest(model));
  });

  it('refuses a search that does not fit where the hash is right', async () => {
    await kept(RANGE);
    const inSearch = copies
      .map((copy) => readFileSync(copy))
      .filter((b) => b.includes('candidate.'));
    const bytes = inSearch.at(-1)!;
    const search = ({ document }: Contents) => document.search as Record<string, unknown>;
    const forgeries: ((contents: Contents) => void)[] = [
      ({ document }) => delete document.choice,
      ({ document }) => Object.assign(document.choice as object, { candidates: [{}] }),
      (contents) => Object.assign(search(contents), { candidates: [] }),
      (contents) => Object.assign(search(contents), { candidates: [2, 1e6, 3, 4] }),
      (contents) => delete search(contents).pretrained,
      (contents) => Object.assign(search(contents), { best: {} }),
      ({ tensors }) => {
        for (const name of [...tensors.keys()]) {
          if (name.startsWith('pretrained.')) tensors.delete(name);
        }
      },
      ({ tensors }) => tensors.delete('candidate.labels'),
      ({ tensors }) => (tensors.get('candidate.parameters')!.data as Float32Array).fill(Number.NaN),
      ({ tensors }) => tensors.set('other', { shape: [1], data: Float32Array.of(1) }),
      ({ tensors }) => tensors.set('session.other', { shape: [1], data: Float32Array.of(1) }),
    ];
    for (const [i, forge] of forgeries.entries()) {
      writeFileSync(path, encodeCheckpointOf(bytes, forge));
      await expect(DeepType.resume(path, X, y), `forgery ${i}`).rejects.toMatchObject({
        code: 'ERR_CORRUPT_FILE',
      });
    }
  });
});
