// Resolution of paths, file URLs and symbolic links.
import { randomUUID } from 'node:crypto';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { DeepTypeError, describe, invalidArgument } from '../common/errors.js';

/**
 * `path` resolved against the current working directory. A URL must have the file: scheme and no host.
 *
 * @throws `ERR_INVALID_ARGUMENT`; `ERR_IO` for a relative path if the working directory was removed
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
    href = (url as { href?: unknown }).href; // throws for an object that only resembles a URL
    if (typeof href === 'string') return fileURLToPath(new URL(href));
  } catch {
    // Reported below.
  }
  const expected = 'a path or a file: URL of this machine, without %2F';
  throw invalidArgument(name, expected, href ?? url);
}

/** The limit of symbolic links in Linux. */
const MOST_LINKS = 40;

/** `path` with symbolic links followed; the target need not exist. Rejects with `ERR_IO`. */
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
  // Not `join`, which resolves '..' without following the links before it.
  const next = isAbsolute(link) ? link : `${await realpath(dirname(path))}${sep}${link}`;
  return followed(next, links + 1);
}

/** Bytes of the original name in a temporary one; some file systems allow 143 bytes in all, most 255. */
const KEPT_BYTES = 80;
const TEMPORARY_END = /^[0-9a-f-]{36}\.tmp$/;

/** A new temporary path in the folder of `path`. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${temporaryPrefix(path)}${randomUUID()}.tmp`);
}

/** Whether `name`, in the folder of `path`, was made by `temporaryBeside`. */
export function isTemporaryOf(path: string, name: string): boolean {
  const prefix = temporaryPrefix(path);
  return name.startsWith(prefix) && TEMPORARY_END.test(name.slice(prefix.length));
}

function temporaryPrefix(path: string): string {
  return `.${cutName(basename(path), KEPT_BYTES)}.`;
}

/** The longest prefix of whole characters of `name` within `bytes` bytes of UTF-8. */
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
