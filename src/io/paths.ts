// Paths as callers give them, and where they lead.
import { randomUUID } from 'node:crypto';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { DeepTypeError, describe, invalidArgument } from '../common/errors.js';

/**
 * `path` as it is meant now: absolute, whatever the working directory will be. A URL is of the file: scheme, of this
 * machine.
 *
 * @throws `ERR_INVALID_ARGUMENT`; `ERR_IO` for a relative path where the working directory is gone
 */
export function filePath(name: string, path: unknown): string {
  const text = typeof path === 'string' ? path : pathOfUrl(name, path);
  if (text === '' || text.includes('\0')) {
    throw invalidArgument(name, 'a path or a file: URL, without null bytes', path);
  }
  if (isAbsolute(text)) return resolve(text);
  try {
    return resolve(text);
  } catch (cause) {
    throw ioError(`${name}: resolving ${describe(text)}`, cause);
  }
}

/** The path of a URL of any realm. */
function pathOfUrl(name: string, url: unknown): string {
  let href: unknown;
  try {
    href = (url as { href?: unknown }).href; // throws where it only looks like a URL
    if (typeof href === 'string') return fileURLToPath(new URL(href));
  } catch {
    // Told of below.
  }
  const expected = 'a path or a file: URL of this machine, without %2F';
  throw invalidArgument(name, expected, href ?? url);
}

/** As many symbolic links as Linux follows. */
const MOST_LINKS = 40;

/** The file that `path` is, or that its symbolic links lead to, be it there or not. Rejects with `ERR_IO`. */
export async function followLinks(path: string): Promise<string> {
  try {
    return await followed(path);
  } catch (cause) {
    throw ioError(`following the links of ${path}`, cause);
  }
}

async function followed(path: string, links = 0): Promise<string> {
  const link = await readlink(path).catch(() => undefined);
  if (link === undefined) return path;
  if (links === MOST_LINKS) {
    throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
  }
  // Not joined: what '..' means depends on links before it.
  const next = isAbsolute(link) ? link : `${await realpath(dirname(path))}${sep}${link}`;
  return followed(next, links + 1);
}

/** Bytes that a temporary name keeps of the name it stands for; some file systems take 143 in all, most 255. */
const KEPT_BYTES = 80;
const TEMPORARY_END = /^[0-9a-f-]{36}\.tmp$/;

/** A new name in the folder of `path`. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${temporaryPrefix(path)}${randomUUID()}.tmp`);
}

/** Whether `name`, in the folder of `path`, is one that `temporaryBeside` made. */
export function isTemporaryOf(path: string, name: string): boolean {
  const prefix = temporaryPrefix(path);
  return name.startsWith(prefix) && TEMPORARY_END.test(name.slice(prefix.length));
}

function temporaryPrefix(path: string): string {
  return `.${cutName(basename(path), KEPT_BYTES)}.`;
}

/** As many whole characters of `name` as `bytes` bytes of UTF-8 hold. */
export function cutName(name: string, bytes: number): string {
  const buffer = new Uint8Array(bytes);
  const { read } = new TextEncoder().encodeInto(name, buffer);
  return name.slice(0, read);
}

/** `ERR_IO`, with the system's error as its cause. */
export function ioError(what: string, cause: unknown): DeepTypeError {
  const reason = types.isNativeError(cause) ? cause.message : String(cause);
  return new DeepTypeError('ERR_IO', `${what}: ${reason}`, { cause });
}

/** The system's code of an error, such as ENOENT; '' for another error. */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
