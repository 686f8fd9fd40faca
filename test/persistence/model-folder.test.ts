import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeepType } from '../../src/index.js';
import { fitted, X } from '../estimator/tables.js';
import { disk } from '../io/disk.js';

vi.mock('node:fs/promises', async (importOriginal) =>
  (await import('../io/disk.js')).failing(
    await importOriginal<typeof import('node:fs/promises')>(),
  ),
);

let old: DeepType;
let young: DeepType;
let folder: string;
beforeAll(async () => {
  old = await fitted({ seed: 1 });
  young = await fitted({ seed: 2, hidden: [9, 4] });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-'));
});
afterEach(() => {
  Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
  rmSync(folder, { recursive: true, force: true });
});

/** Which of the two models the folder holds. */
async function found(): Promise<'old' | 'young'> {
  const model = await DeepType.load(folder);
  const isOld = model.network.hidden[0] === 8;
  expect(model.transform(X)).toEqual((isOld ? old : young).transform(X));
  return isOld ? 'old' : 'young';
}

/** Lets the k-th change to the disk fail while `young` is saved over `old`. */
async function fail(k: number, isDead: boolean): Promise<boolean> {
  disk.left = Number.POSITIVE_INFINITY;
  await old.save(folder);
  Object.assign(disk, { left: k, isDead });
  const error = await young.save(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
  if (error !== undefined) {
    expect(error).toMatchObject({ code: 'ERR_IO', cause: { code: 'ENOSPC' } });
  }
  return error !== undefined;
}

describe('a save that is cut short', () => {
  it('leaves the old model or the new one, wherever the process ends', async () => {
    const outcomes: string[] = [];
    for (let k = 0; await fail(k, true); k++) outcomes.push(await found());
    expect(outcomes.length).toBeGreaterThanOrEqual(10);
    const first = outcomes.indexOf('young');
    expect(first).toBeGreaterThan(3);
    expect(outcomes.slice(first)).toEqual(outcomes.slice(first).fill('young'));
    // The last save went through, and cleared up after the others.
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
  });

  it('leaves no temporary file where the system refuses a call, and a good model', async () => {
    let k = 0;
    for (; await fail(k, false); k++) {
      await found();
      const files = readdirSync(folder).filter((name) => name !== 'model.json.next');
      expect(files.sort()).toEqual(['model.json', 'model.safetensors']);
    }
    expect(k).toBeGreaterThanOrEqual(10);
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.safetensors']);
  });

  it('also the first save of a folder', async () => {
    for (let k = 0; ; k++) {
      rmSync(folder, { recursive: true, force: true });
      Object.assign(disk, { left: k, isDead: true });
      const isSaved = await young.save(folder).then(
        () => true,
        () => false,
      );
      Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false });
      const code = await found().catch((error: { code: string }) => error.code);
      expect(code).toMatch(isSaved ? /young/ : /young|ERR_IO|ERR_CORRUPT_FILE/);
      if (isSaved) break;
    }
  });
});

describe('a folder that was tampered with', () => {
  beforeEach(() => young.save(folder));
  const refused = () =>
    expect(DeepType.load(folder)).rejects.toMatchObject({ code: 'ERR_CORRUPT_FILE' });

  it('a file of another model', async () => {
    const json = readFileSync(join(folder, 'model.json'));
    const tensors = readFileSync(join(folder, 'model.safetensors'));
    await old.save(folder);
    writeFileSync(join(folder, 'model.json'), json);
    await refused();
    writeFileSync(join(folder, 'model.safetensors'), tensors);
    expect(await found()).toBe('young');
    await old.save(folder);
    writeFileSync(join(folder, 'model.safetensors'), tensors);
    await refused();
  });

  it.each(['model.json', 'model.safetensors'])('%s cut, empty or missing', async (name) => {
    const path = join(folder, name);
    truncateSync(path, readFileSync(path).length - 1);
    await refused();
    truncateSync(path, 0);
    await refused();
    rmSync(path);
    await refused();
  });

  it('another version of the format, told as such', async () => {
    const path = join(folder, 'model.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version": 2', '"version": 3'));
    await expect(DeepType.load(folder)).rejects.toThrow(/version 3 .* reads 1 to 2/);
  });
});

it('reads a model while others save to the folder', async () => {
  await old.save(folder);
  const reads: Promise<string>[] = [];
  for (let k = 0; k < 20; k++) {
    const save = (k % 2 === 0 ? young : old).save(folder);
    reads.push(found(), found());
    await save;
  }
  for (const outcome of await Promise.all(reads)) expect(['old', 'young']).toContain(outcome);
});
