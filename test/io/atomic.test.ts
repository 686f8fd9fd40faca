import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomically } from '../../src/io/atomic.js';
import { readWholeFile } from '../../src/io/reading.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deeptype-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = Uint8Array.from([1, 2, 3]);

describe('writeFileAtomically', () => {
  it('writes and replaces, and leaves nothing else', async () => {
    const path = join(folder, 'a.bin');
    writeFileSync(path, 'old and longer');
    await writeFileAtomically(path, [bytes]);
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect([...(await readWholeFile(path))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });

  it('removes its temporary file where the rename fails, and keeps what was there', async () => {
    const path = join(folder, 'taken');
    await mkdir(path);
    await expect(writeFileAtomically(path, [bytes])).rejects.toMatchObject({
      name: 'DeepTypeError',
      code: 'ERR_IO',
      message: expect.stringContaining(path),
      cause: { code: 'EISDIR' },
    });
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('rejects where the folder is not there', async () => {
    await expect(writeFileAtomically(join(folder, 'no', 'a'), [bytes])).rejects.toMatchObject({
      code: 'ERR_IO',
      cause: { code: 'ENOENT' },
    });
  });

  it('writes of several callers end with one of them whole', async () => {
    const path = join(folder, 'a.bin');
    const all = Array.from({ length: 8 }, (_, k) => new Uint8Array(1000 * (k + 1)).fill(k));
    await Promise.all(all.map((one) => writeFileAtomically(path, [one])));
    const found = readFileSync(path);
    expect(found.equals(all[found[0]!]!)).toBe(true);
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });
});

describe('readWholeFile', () => {
  it('rejects what is not there and what is no file', async () => {
    await expect(readWholeFile(join(folder, 'no'))).rejects.toMatchObject({
      code: 'ERR_IO',
      cause: { code: 'ENOENT' },
    });
    await expect(readWholeFile(folder)).rejects.toMatchObject({ code: 'ERR_IO' });
  });

  it.skipIf(process.platform === 'win32')('does not wait for a pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(readWholeFile(path)).rejects.toMatchObject({ code: 'ERR_IO' });
  });

  it('reads an empty file', async () => {
    const path = join(folder, 'empty');
    writeFileSync(path, '');
    expect((await readWholeFile(path)).length).toBe(0);
  });
});
