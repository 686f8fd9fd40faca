import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeepType, type DeepTypeOptions, datasets } from '../../../src/index.js';
import { disk } from '../../io/disk.js';
import { digest } from '../kill/fits.js';

vi.mock('node:fs/promises', async (importOriginal) =>
  (await import('../../io/disk.js')).failing(
    await importOriginal<typeof import('node:fs/promises')>(),
  ),
);

const { X, y } = datasets.makeClusters({ samples: 100, features: 8, clusters: 3, seed: 5 });
const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 3 },
  joint: { epochs: 3, tolerance: 0 },
  settle: { iterations: 24 },
};
/** Opened, written, flushed, renamed, the folder flushed. */
const CHANGES = 5;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-full-'));
  path = join(folder, 'fit.checkpoint');
});
afterEach(() => {
  Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
  rmSync(folder, { recursive: true });
});

async function whole(): Promise<string> {
  const model = new DeepType(QUICK);
  await model.fit(X, y);
  return digest(model);
}

describe('a checkpoint on a full disk', () => {
  it('ends the fit with ERR_IO, its weights and an older checkpoint kept', async () => {
    const expected = await whole();
    for (let k = 0; k < 2 * CHANGES; k++) {
      rmSync(path, { force: true });
      Object.assign(disk, { left: k, isDead: true });
      const model = new DeepType(QUICK);
      const fit = model.fit(X, y, { checkpoint: { path, everySeconds: 0 } });
      await expect(fit, `change ${k}`).rejects.toMatchObject({
        code: 'ERR_IO',
        cause: { code: 'ENOSPC' },
      });
      Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
      expect(model.predict(X).length).toBe(100);
      // The last change flushes the folder, where the new file already is.
      expect(existsSync(path)).toBe(k >= CHANGES - 1);
      if (existsSync(path)) expect(digest(await DeepType.resume(path, X, y))).toBe(expected);
      await new DeepType(QUICK).fit(X, y, { checkpoint: { path } });
      expect(readdirSync(folder)).toEqual(['fit.checkpoint']); // what was half written is gone
    }
  });

  it("trains on with onError 'continue', and warns once", async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    Object.assign(disk, { left: CHANGES + 1, isDead: true }); // full in the midst of the second
    const model = new DeepType(QUICK);
    await model.fit(X, y, { checkpoint: { path, everySeconds: 0, onError: 'continue' } });
    expect(warnings).toHaveBeenCalledOnce();
    expect(warnings.mock.calls[0]![0]).toMatchObject({ code: 'ERR_IO', cause: { code: 'ENOSPC' } });
    warnings.mockRestore();
    Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
    expect(digest(model)).toBe(await whole());
    expect(digest(await DeepType.resume(path, X, y))).toBe(digest(model));
  });
});
