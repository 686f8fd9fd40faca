// Fitted models as files and bytes, and what a model is made of again.
import { setImmediate } from 'node:timers/promises';
import { isUint8, object } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { decodeJson, encodeJson, writableJson } from '../io/json.js';
import { readAs } from '../io/read-as.js';
import { Network } from '../network/network.js';
import { type DeepTypeOptions, type LoadOptions, resolveEstimator } from '../options/options.js';
import type { Found } from '../training/outcome.js';
import { checkLoaded, readModel, type SavedModel, writeModel } from './model.js';
import type { ModelContents } from './model-contents.js';
import { decodeFiles, encodeFiles, joinFiles, layOutFiles, splitFiles } from './model-file.js';
import { readFolder, writeFolder } from './model-folder.js';
import { checkGiven, readOptions } from './options.js';

/** What a saved model is made of again. */
export interface Restored {
  readonly options: DeepTypeOptions;
  /** Options that no file holds, without which the model cannot train. */
  readonly lacking: readonly string[];
  readonly network: Network;
  readonly found: Found;
}

/** Rejects with `ERR_CORRUPT_FILE`, and writes nothing, where `loadFrom` would. */
export async function saveTo(folder: string, saved: SavedModel): Promise<void> {
  const contents = writeModel(saved);
  await setImmediate(); // each of the three steps passes over all weights
  checkWritten(contents, folder);
  await setImmediate();
  await writeFolder(folder, await layOutFiles(contents));
}

/** Reads what is about to be written, but for the bytes of its tensors. */
function checkWritten(contents: ModelContents, file: string): void {
  const text = writableJson(encodeJson(contents.document), 'model.json');
  const document = object('model.json', decodeJson(text, file));
  const saved = readModel({ ...contents, document }, file);
  readAs(file, () => checkLoaded(saved, resolveEstimator(readOptions(saved.written))));
}

/** Reads what `saveTo` wrote; `given` is what a file does not hold, or another machine wants otherwise. */
export async function loadFrom(folder: string, given: LoadOptions): Promise<Restored> {
  const contents = await readFolder(folder);
  await setImmediate(); // each of the three steps passes over all weights
  const saved = readModel(contents, folder);
  await setImmediate();
  return restore(saved, folder, given);
}

export function toBytes(saved: SavedModel): Uint8Array<ArrayBuffer> {
  const contents = writeModel(saved);
  checkWritten(contents, 'bytes');
  return joinFiles(encodeFiles(contents));
}

export function fromBytes(bytes: unknown, given: LoadOptions): Restored {
  if (!isUint8(bytes)) throw invalidArgument('bytes', 'a Uint8Array', bytes);
  const contents = decodeFiles(splitFiles(bytes, 'bytes'), 'bytes');
  return restore(readModel(contents, 'bytes'), 'bytes', given);
}

function restore(saved: SavedModel, file: string, given: LoadOptions): Restored {
  const read = readAs(file, () => {
    const options = readOptions(saved.written);
    resolveEstimator(options);
    return options;
  });
  const lacking = checkGiven(saved.written, read, given);
  const options = { ...read, ...given };
  const resolved = resolveEstimator(options);
  const shape = readAs(file, () => checkLoaded(saved, resolved));
  const { activation, training } = resolved;
  const { threads } = training;
  const network = new Network({ ...shape, activation, init: 'zeros', threads });
  network.load(saved.parameters);
  return { options, lacking, network, found: saved };
}
