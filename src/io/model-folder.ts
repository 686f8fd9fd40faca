// The folder of a model, so written that at every moment it holds the old model or the new one.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile, DeepTypeError } from '../errors.js';
import {
  codeOf,
  discard,
  makeFolder,
  readWholeFile,
  renameFile,
  replaceFile,
  writeFileAtomically,
  writeTemporary,
} from './atomic.js';
import { sha256 } from './hash.js';
import { decodeFiles, type ModelContents } from './model-file.js';
import { blocksOf, type Layout } from './safetensors.js';

const TENSORS = 'model.safetensors';
const JSON_FILE = 'model.json';
/** The new model.json, complete, until the new model.safetensors is in its place. */
const NEXT_JSON = 'model.json.next';

/**
 * Writes both files and makes them last. Two renames cannot be one: between them model.json.next fits
 * the new model.safetensors, and `readFolder` takes it.
 *
 * @throws (rejects) `ERR_IO`
 */
export async function writeFolder(
  folder: string,
  { json, layout }: { json: Uint8Array; layout: Layout },
): Promise<void> {
  await makeFolder(folder);
  const next = join(folder, NEXT_JSON);
  const temporary = await writeTemporary(join(folder, TENSORS), blocksOf(layout));
  try {
    await writeFileAtomically(next, [json]);
    await replaceFile(temporary, join(folder, TENSORS));
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await renameFile(next, join(folder, JSON_FILE));
  await removeLeftovers(folder);
}

const LEFTOVER = /^\.model\.(json\.next|safetensors)\.[0-9a-f-]{36}\.tmp$/;

/** Temporary files of saves that were killed. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter((n) => LEFTOVER.test(n)).map((n) => discard(join(folder, n))));
}

/**
 * Reads a model, also one whose save was cut short, or one that is saved anew at this moment.
 *
 * @throws (rejects) `ERR_CORRUPT_FILE`, `ERR_IO`, `ERR_OUT_OF_MEMORY`
 */
export async function readFolder(folder: string): Promise<ModelContents> {
  try {
    return await readPair(folder);
  } catch (error) {
    const isMixed = error instanceof DeepTypeError && error.code === 'ERR_CORRUPT_FILE';
    if (!isMixed) throw error;
    return await readPair(folder); // a save may have gone on between the two reads
  }
}

async function readPair(folder: string): Promise<ModelContents> {
  const tensors = await readIfThere(join(folder, TENSORS));
  const json = await readIfThere(join(folder, JSON_FILE));
  const next = await readIfThere(join(folder, NEXT_JSON));
  if (tensors === undefined && json === undefined) await readWholeFile(join(folder, JSON_FILE));
  if (tensors === undefined) throw corruptFile(folder, `${TENSORS} is missing`);
  const hash = await sha256([tensors]);
  try {
    if (json === undefined) throw corruptFile(folder, `${JSON_FILE} is missing`);
    return decodeFiles({ json, tensors }, folder, hash);
  } catch (error) {
    if (next === undefined) throw error;
    try {
      return decodeFiles({ json: next, tensors }, folder, hash);
    } catch {
      throw error;
    }
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readWholeFile(path);
  } catch (error) {
    if (codeOf((error as Error).cause) === 'ENOENT') return undefined;
    throw error;
  }
}
