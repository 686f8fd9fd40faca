// Advisory locks of the system for writers and readers of one folder, in any thread or process. The system releases them
// when the file is closed, also after kill -9, so no lock is left behind.
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { native } from '../native/addon.js';
import { ioError } from './paths.js';

/** A lock is normally held for milliseconds; a holder that exceeds this was stopped or hangs. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 32;

/** Tries to lock the open file; undefined if the file system has no locks. */
export function tryLock(file: FileHandle): boolean | undefined {
  return native().lockFile(file.fd, true);
}

/**
 * Runs `body` while the folder is locked: 'exclusive' for one writer, 'shared' for readers. Runs it without a lock if
 * the file system has none or the folder cannot be opened.
 *
 * @throws (rejects) `ERR_IO` for a writer if another holds the lock for half a minute; errors of `body`
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
      if (!isExclusive) return; // hashes detect a mixture of files
      const cause = Object.assign(new Error('it is locked by another'), { code: 'EBUSY' });
      throw ioError(`writing to ${folder}`, cause);
    }
    await pause(Math.min(wait, LONGEST_PAUSE_MS));
  }
}
