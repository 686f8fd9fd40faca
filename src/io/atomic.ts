// Atomic file writes: a reader finds the old file or the new one, never a partial one.
import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeepTypeError } from '../common/errors.js';
import { tryLock } from './lock.js';
import { codeOf, followLinks, ioError, isTemporaryOf, temporaryBeside } from './paths.js';

/**
 * Writes `blocks` in order to `path`: to a temporary file in the same folder, flushed to disk and renamed; then the
 * folder is flushed. If a step fails or the process ends, `path` holds the old bytes or the new ones; on a failure
 * the temporary file is removed. The new file keeps the mode of the old one, and its owner if the system allows it; a
 * symbolic link is kept and its target replaced.
 *
 * @throws (rejects) `ERR_IO`, its cause the system's error
 */
export async function writeFileAtomically(
  path: string,
  blocks: Iterable<Uint8Array>,
): Promise<void> {
  const draft = await Draft.write(await followLinks(path), blocks);
  await draft.commit();
}

/**
 * A complete, flushed temporary file beside the file it will replace. It is locked until the rename: an unlocked one
 * was left by a killed process.
 */
export class Draft {
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(temporary: string, file: FileHandle, path: string) {
    this.#temporary = temporary;
    this.#file = file;
    this.#path = path;
  }

  /**
   * Writes `blocks` beside `path`, which is not a link, with the mode and owner of the file `like` if it exists. On
   * failure, removes the file and rejects with `ERR_IO`.
   */
  static async write(path: string, blocks: Iterable<Uint8Array>, like = path): Promise<Draft> {
    let draft: Draft | undefined;
    try {
      const old = await replaced(like);
      draft = await Draft.#open(path, old);
      if (old !== undefined) await copyAttributes(draft.#file, old);
      for (const block of blocks) await draft.#file.writeFile(block);
      await draft.#file.sync();
      return draft;
    } catch (cause) {
      await draft?.discard();
      throw cause instanceof DeepTypeError ? cause : ioError(`writing ${path}`, cause);
    }
  }

  static async #open(path: string, old: Stats | undefined): Promise<Draft> {
    for (;;) {
      const temporary = temporaryBeside(path);
      const file = await open(temporary, 'wx', old === undefined ? 0o666 : 0o600);
      const draft = new Draft(temporary, file, path);
      // Between creation and locking, another process may have removed it as a leftover.
      if (tryLock(file) !== false && (await file.stat()).nlink > 0) return draft;
      await draft.discard();
    }
  }

  /** Renames it to its target and flushes the folder. On failure it is removed. */
  async commit(): Promise<void> {
    try {
      await renameFile(this.#temporary, this.#path);
    } catch (error) {
      await this.discard();
      throw error;
    }
    await this.#file.close();
  }

  async discard(): Promise<void> {
    await discard(this.#temporary);
    await this.#file.close();
  }
}

/** The regular file at `path` that will be replaced, if there is one; other kinds of file are an error. */
async function replaced(path: string): Promise<Stats | undefined> {
  const old = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (old === undefined || old.isFile()) return old;
  const [code, what] = old.isDirectory()
    ? ['EISDIR', 'it is a folder']
    : ['EINVAL', 'it is no regular file'];
  throw Object.assign(new Error(what), { code });
}

/** Sets mode and owner of `old`, as far as the system allows; a private file stays private throughout. */
async function copyAttributes(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const now = await file.stat();
  const tolerated = () => undefined;
  if (now.gid !== gid) await file.chown(-1, gid).catch(tolerated);
  if (now.uid !== uid) await file.chown(uid, -1).catch(tolerated);
  await file.chmod(mode & 0o777).catch(tolerated);
}

/** Renames `from` to `path`, replacing it, and flushes the folder. Rejects with `ERR_IO`. */
export async function renameFile(from: string, path: string): Promise<void> {
  try {
    await rename(from, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw ioError(`writing ${path}`, cause);
  }
}

/** Removes a file if it exists. */
async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Removes the temporary files beside `path` that killed processes left; those of running ones are locked. */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const temporary = names.filter((name) => isTemporaryOf(path, name));
  await Promise.all(temporary.map((name) => removeAbandoned(join(folder, name))));
}

async function removeAbandoned(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return;
  try {
    if (tryLock(file) === true) await discard(path);
  } finally {
    await file.close();
  }
}

/** Makes a folder and its missing parents. Rejects with `ERR_IO`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissing(path);
  } catch (cause) {
    throw ioError(`making the folder ${path}`, cause);
  }
}

/** Without the option `recursive`, which loops forever in folders such as /proc. */
async function makeMissing(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeMissing(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error; // else another process made it meanwhile
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Makes a rename durable. Windows cannot open a folder, and some file systems cannot flush one. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const file = await open(folder, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  }
}
