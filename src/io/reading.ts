// Reading whole files, and parts of large ones.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { types } from 'node:util';
import { DeepTypeError } from '../common/errors.js';
import { ioError } from './paths.js';

/** Bytes of one read: system calls are limited to 2 GiB. */
const READ_SIZE = 2 ** 30;
/** Bytes copied or hashed in one time slice of the event loop: about a millisecond. */
export const BLOCK = 2 ** 20;

/** A file read from beginning to end; it may have become shorter than `size`. */
export interface Reading {
  readonly size: number;
  /** Identifies the file and its version: it differs for another file and after a change. */
  readonly identity: string;
  /** The next `length` bytes; fewer at the end of the file. */
  take(length: number): Promise<Uint8Array>;
  /** The same in blocks that share one buffer: each is valid until the next is requested. */
  blocks(length: number): AsyncIterable<Uint8Array>;
}

/**
 * All bytes of a file.
 *
 * @throws (rejects) `ERR_IO`, also if it is not a regular file; `ERR_OUT_OF_MEMORY`
 */
export function readWholeFile(path: string): Promise<Uint8Array> {
  return readFile(path, ({ size, take }) => take(size));
}

/**
 * Opens a file, returns `body(file)` and closes it.
 *
 * @throws (rejects) as `readWholeFile`; errors of `body` that have a code
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

/** Opens a file for later reads: a rename over its path does not affect it. Rejects as `readFile`. */
export async function openFile(
  path: string,
): Promise<{ reading: Reading; close: () => Promise<void> }> {
  try {
    // Checked before opening: opening a pipe would wait for its writer.
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

/** `cause` as a `DeepTypeError`. */
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
      if (bytesRead === 0) break; // truncated while it was read
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

/** Whether it is the RangeError of a buffer that is too large, of any realm. */
function isRangeError(error: unknown): boolean {
  return types.isNativeError(error) && error.name === 'RangeError';
}
