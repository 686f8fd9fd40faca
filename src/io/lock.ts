// Locks that writers and readers of one folder, in any thread or process, take from the system. It takes them back when
// the file is closed, also by kill -9, so that none is ever left behind.
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { native } from '../native/addon.js';
import { ioError } from './paths.js';

/** What a lock covers takes milliseconds; who holds it for longer was stopped or hangs. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 32;

/** Locks the open file if nobody else has; undefined where the file system has no locks. */
export function tryLock(file: FileHandle): boolean | undefined {
  return native().lockFile(file.fd, true);
}

/**
 * Runs `body` while the folder is locked: 'exclusive' for one writer, 'shared' for readers. Where the file system has no
 * locks, or the folder cannot be opened, without.
 *
 * @throws (rejects) `ERR_IO` for a writer where another has the lock for half a minute; what `body` throws
 */
export async function withLock<T>(
  folder: string,
  kind: 'exclusive' | 'shared',
  body: () => Promise<T>,
): Promise<T> {
  const file = await open(folder, 'r').catch(() => undefined);
  if (file === undefined) return body();
  try {
    await lock(file, folder, kind);
    return await body();
  } finally {
    await file.close();
  }
}

async function lock(file: FileHandle, folder: string, kind: 'exclusive' | 'shared') {
  const isExclusive = kind === 'exclusive';
  const begin = performance.now();
  for (let wait = 1; native().lockFile(file.fd, isExclusive) === false; wait *= 2) {
    if (performance.now() - begin > PATIENCE_MS) {
      if (!isExclusive) return; // what is read is checked
      const cause = Object.assign(new Error('it is locked by another'), { code: 'EBUSY' });
      throw ioError(`writing to ${folder}`, cause);
    }
    await pause(Math.min(wait, LONGEST_PAUSE_MS));
  }
}
