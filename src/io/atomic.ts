// Reading and writing whole files. A reader finds an old file or a new one, never a part of one.
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeepTypeError, invalidArgument } from '../errors.js';

/** Bytes read at once: the system's calls take less than 2 GiB. */
const READ_SIZE = 2 ** 30;

/** Bytes that are copied or hashed in one turn of the event loop: about a millisecond. */
export const BLOCK = 2 ** 20;

/**
 * Writes `blocks`, one after the other, to `path`: under a temporary name in the same folder, flushed to the disk, renamed,
 * the folder flushed. Whatever fails, and whenever the process ends, `path` holds the old bytes or the
 * new ones; on a failure the temporary file is removed.
 *
 * @throws (rejects) `ERR_IO`, its cause the system's error
 */
export async function writeFileAtomically(
  path: string,
  blocks: Iterable<Uint8Array>,
): Promise<void> {
  await replaceFile(await writeTemporary(path, blocks), path);
}

/** Writes and flushes `blocks` under a temporary name beside `path`, which it returns. */
export async function writeTemporary(path: string, blocks: Iterable<Uint8Array>): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await withFile(temporary, 'wx', async (file) => {
      for (const block of blocks) await file.writeFile(block);
      await file.sync();
    });
    return temporary;
  } catch (cause) {
    await discard(temporary);
    throw ioError(`writing ${path}`, cause);
  }
}

/** As `renameFile`; removes `temporary` where that fails. */
export async function replaceFile(temporary: string, path: string): Promise<void> {
  try {
    await renameFile(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** Renames `from` to `path`, in whose place it comes, and flushes the folder. */
export async function renameFile(from: string, path: string): Promise<void> {
  try {
    await rename(from, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw ioError(`writing ${path}`, cause);
  }
}

/** `path` as the system's functions take it; a URL is of the file: scheme. */
export function filePath(name: string, path: unknown): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  throw invalidArgument(name, 'a path or a file: URL', path);
}

/** Removes a file that may be there. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Makes a folder, and those above it, where they are not there. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissing(path);
  } catch (cause) {
    throw ioError(`making the folder ${path}`, cause);
  }
}

/** Not by the option `recursive`, which goes on for ever where a folder refuses what it lacks, as /proc does. */
async function makeMissing(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeMissing(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error; // made by another meanwhile
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * All bytes of a file.
 *
 * @throws (rejects) `ERR_IO`, also for what is no regular file; `ERR_OUT_OF_MEMORY`
 */
export function readWholeFile(path: string): Promise<Uint8Array> {
  return readFile(path, ({ size, take }) => take(size));
}

/** A file that is read from its beginning to its end; it may be shorter than `size` by then. */
export interface Reading {
  readonly size: number;
  /** The next `length` bytes; fewer where the file ends. */
  take(length: number): Promise<Uint8Array>;
  /** The same in blocks, all in one buffer: each is void once the next is asked for. */
  blocks(length: number): AsyncIterable<Uint8Array>;
}

/**
 * What `body` makes of a file.
 *
 * @throws (rejects) `ERR_IO`, also for what is no regular file; `ERR_OUT_OF_MEMORY`; what `body` throws
 * with a code
 */
export async function readFile<T>(
  path: string,
  body: (reading: Reading) => Promise<T>,
): Promise<T> {
  try {
    // Asked before it is opened: opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new Error('not a regular file');
    return await withFile(path, 'r', async (file) => body(reading(file, (await file.stat()).size)));
  } catch (cause) {
    if (cause instanceof DeepTypeError) throw cause;
    if (!(cause instanceof RangeError)) throw ioError(`reading ${path}`, cause);
    throw new DeepTypeError('ERR_OUT_OF_MEMORY', `no memory for ${path}`, { cause });
  }
}

function reading(file: FileHandle, size: number): Reading {
  let position = 0;
  const block = new Uint8Array(Math.min(size, BLOCK));
  const fill = async (out: Uint8Array): Promise<Uint8Array> => {
    let filled = 0;
    while (filled < out.length) {
      const length = Math.min(out.length - filled, READ_SIZE);
      const { bytesRead } = await file.read(out, filled, length, position);
      if (bytesRead === 0) break; // cut while it was read
      filled += bytesRead;
      position += bytesRead;
    }
    return out.subarray(0, filled);
  };
  return {
    size,
    take: (length) => fill(new Uint8Array(length)),
    async *blocks(length) {
      for (let left = length; left > 0; left -= block.length) {
        yield await fill(block.subarray(0, Math.min(left, block.length)));
      }
    },
  };
}

async function withFile<T>(
  path: string,
  flags: string,
  body: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags);
  try {
    return await body(file);
  } finally {
    await file.close();
  }
}

/** Makes a rename last. Windows cannot open a folder, and some file systems cannot flush one. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await withFile(folder, 'r', (file) => file.sync());
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  }
}

/** The system's code of an error, such as ENOENT; '' for another error. */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function ioError(what: string, cause: unknown): DeepTypeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DeepTypeError('ERR_IO', `${what}: ${reason}`, { cause });
}
