// The folder of a model, so written that at every moment it holds the old model or the new one, and so read.
import { basename, dirname, join } from 'node:path';
import { corruptFile, DeepTypeError } from '../common/errors.js';
import { runSliced } from '../common/time-slices.js';
import { Draft, makeFolder, removeLeftovers, renameFile } from '../io/atomic.js';
import { withLock } from '../io/lock.js';
import { codeOf, cutName, followLinks } from '../io/paths.js';
import { openFile, readError } from '../io/reading.js';
import { blocksOf, type Layout } from '../io/safetensors.js';
import { sha256 } from './hash.js';
import type { ModelContents } from './model-contents.js';
import { slicedDecode } from './model-file.js';

/** Where the files of a model are, links followed. */
interface Places {
  readonly tensors: string;
  readonly json: string;
  /** The new model.json, complete, until the new model.safetensors is in its place. */
  readonly next: string;
}

async function placesOf(folder: string): Promise<Places> {
  const tensors = await followLinks(join(folder, 'model.safetensors'));
  const json = await followLinks(join(folder, 'model.json'));
  return { tensors, json, next: join(dirname(json), `${cutName(basename(json), 250)}.next`) };
}

/**
 * Writes both files and makes them last. Two renames cannot be one: between them model.json.next fits
 * the new model.safetensors, and `readFolder` takes it. Of several writers one at a time renames, each both files.
 *
 * @throws (rejects) `ERR_IO`
 */
export async function writeFolder(
  folder: string,
  { json, layout }: { json: Uint8Array; layout: Layout },
): Promise<void> {
  await makeFolder(folder);
  const places = await placesOf(folder);
  const tensors = await Draft.write(places.tensors, blocksOf(layout));
  let next: Draft | undefined;
  try {
    next = await Draft.write(places.next, [json], places.json);
    await withLock(dirname(places.json), 'exclusive', () => commit(places, tensors, next!));
  } catch (error) {
    await tensors.discard();
    await next?.discard();
    throw error;
  }
  await removeLeftovers(places.tensors);
  await removeLeftovers(places.next);
}

async function commit(places: Places, tensors: Draft, next: Draft): Promise<void> {
  await next.commit();
  await tensors.commit();
  await renameFile(places.next, places.json);
}

type File = Awaited<ReturnType<typeof openFile>>;
/** The files of one moment, as far as they are there. */
type Files = Readonly<Record<keyof Places, File | undefined>>;

/** Attempts at a folder without locks to which others save all the time. */
const MOST_READS = 20;

/**
 * Reads a model, also one whose save was cut short, or one that is saved anew at this moment.
 *
 * @throws (rejects) `ERR_CORRUPT_FILE`, `ERR_IO`, `ERR_OUT_OF_MEMORY`
 */
export async function readFolder(folder: string): Promise<ModelContents> {
  const places = await placesOf(folder);
  let before: string | undefined;
  for (let reads = 1; ; reads++) {
    const files = await withLock(dirname(places.json), 'shared', () => openFiles(places));
    try {
      return await readFiles(files, folder);
    } catch (error) {
      const isCorrupt = error instanceof DeepTypeError && error.code === 'ERR_CORRUPT_FILE';
      // Where there are no locks, another save may have come between the openings.
      if (!isCorrupt || identityOf(files) === before || reads === MOST_READS) throw error;
      before = identityOf(files);
    } finally {
      for (const file of Object.values(files)) await file?.close();
    }
  }
}

async function openFiles({ tensors, json, next }: Places): Promise<Files> {
  const files: Record<keyof Places, File | undefined> = {
    tensors: await openIfThere(tensors),
    json: await openIfThere(json),
    next: await openIfThere(next),
  };
  if (files.tensors === undefined && files.json === undefined) {
    await files.next?.close();
    await openFile(json); // says what is wrong
  }
  return files;
}

async function openIfThere(path: string): Promise<File | undefined> {
  try {
    return await openFile(path);
  } catch (error) {
    if (codeOf((error as Error).cause) === 'ENOENT') return undefined;
    throw error;
  }
}

function identityOf({ tensors, json, next }: Files): string {
  return [tensors, json, next].map((file) => file?.reading.identity).join();
}

async function readFiles(files: Files, folder: string): Promise<ModelContents> {
  const tensors = await wholeOf(files.tensors, folder);
  if (tensors === undefined) throw corruptFile(folder, 'model.safetensors is missing');
  const hash = await sha256([tensors]);
  const decode = async (file: File | undefined): Promise<ModelContents> => {
    const json = await wholeOf(file, folder);
    if (json === undefined) throw corruptFile(folder, 'model.json is missing');
    return runSliced(slicedDecode({ json, tensors }, folder, hash));
  };
  try {
    return await decode(files.json);
  } catch (error) {
    if (files.next === undefined) throw error;
    return decode(files.next).catch(() => {
      throw error;
    });
  }
}

async function wholeOf(file: File | undefined, folder: string): Promise<Uint8Array | undefined> {
  try {
    return await file?.reading.take(file.reading.size);
  } catch (cause) {
    throw readError(folder, cause);
  }
}
