// Reading whole files, and parts of large ones.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { types } from 'node:util';
import { DeepTypeError } from '../common/errors.js';
import { ioError } from './paths.js';

/** Bytes read at once: the system's calls take less than 2 GiB. */
const READ_SIZE = 2 ** 30;
/** Bytes that are copied or hashed in one turn of the event loop: about a millisecond. */
export const BLOCK = 2 ** 20;

/** A file that is read from its beginning to its end; it may be shorter than `size` by then. */
export interface Reading {
  readonly size: number;
  /** Another file, or one that was changed since, has another. */
  readonly identity: string;
  /** The next `length` bytes; fewer where the file ends. */
  take(length: number): Promise<Uint8Array>;
  /** The same in blocks, all in one buffer: each is void once the next is asked for. */
  blocks(length: number): AsyncIterable<Uint8Array>;
}

/**
 * All bytes of a file.
 *
 * @throws (rejects) `ERR_IO`, also for what is no regular file; `ERR_OUT_OF_MEMORY`
 */
export function readWholeFile(path: string): Promise<Uint8Array> {
  return readFile(path, ({ size, take }) => take(size));
}

/**
 * What `body` makes of a file.
 *
 * @throws (rejects) as `readWholeFile`; what `body` throws with a code
 */
export async function readFile<T>(
  path: string,
  body: (reading: Reading) => Promise<T>,
): Promise<T> {
  const { reading, close } = await openFile(path);
  try {
    return await body(reading);
  } catch (cause) {
    throw readError(path, cause);
  } finally {
    await close();
  }
}

/** Opens a file to be read by and by: it stays what it is, whatever comes in its place. As `readFile`. */
export async function openFile(
  path: string,
): Promise<{ reading: Reading; close: () => Promise<void> }> {
  try {
    // Asked before it is opened: opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new Error('not a regular file');
    const file = await open(path, 'r');
    try {
      const { size, dev, ino, mtimeMs } = await file.stat();
      const identity = [dev, ino, mtimeMs, size].join();
      return { reading: readingOf(file, size, identity), close: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** `cause` with a code. */
export function readError(path: string, cause: unknown): DeepTypeError {
  if (cause instanceof DeepTypeError) return cause;
  if (!isRangeError(cause)) return ioError(`reading ${path}`, cause);
  return new DeepTypeError('ERR_OUT_OF_MEMORY', `no memory for ${path}`, { cause });
}

function readingOf(file: FileHandle, size: number, identity: string): Reading {
  let position = 0;
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
    identity,
    take: (length) => fill(new Uint8Array(length)),
    async *blocks(length) {
      const block = new Uint8Array(Math.min(length, BLOCK));
      for (let left = length; left > 0; left -= block.length) {
        yield await fill(block.subarray(0, Math.min(left, block.length)));
      }
    },
  };
}

/** What a buffer that is too large fails with, in whichever realm. */
function isRangeError(error: unknown): boolean {
  return types.isNativeError(error) && error.name === 'RangeError';
}
