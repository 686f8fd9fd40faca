// A fitted model as two files' bytes: model.json, and model.safetensors with everything that is large.
// Each carries the SHA-256 of the other, so that no byte of either can change unseen.

import { createHash } from 'node:crypto';
import { isFloat64, isShared } from '../common/checks.js';
import { corruptFile, invalidArgument } from '../common/errors.js';
import { runSync, type Sliced } from '../common/time-slices.js';
import { decodeJson, encodeJson, writableJson } from '../io/json.js';
import { slicedReadAs } from '../io/read-as.js';
import {
  blocksOf,
  decodeSafetensors,
  joined,
  type Layout,
  layOut,
  sourcesOf,
  type Tensor,
} from '../io/safetensors.js';
import { HISTORY_COLUMNS, History } from '../training/history.js';
import { sha256 } from './hash.js';
import type { ModelContents } from './model-contents.js';
import { readVersion1 } from './version-1.js';

export const FORMAT_VERSION = 2;

/** The bytes of the two files. */
export interface ModelFiles {
  readonly json: Uint8Array;
  readonly tensors: Uint8Array;
}

/**
 * model.json begins with these lines. The hash of model.safetensors stands in the third; the metadata
 * of model.safetensors hold, as `model`, the hash of model.json with 64 zeros in its place.
 */
const opening = (hash: string): string =>
  `{\n"format": "deeptype-model",\n"version": ${FORMAT_VERSION},\n"weightsSha256": "${hash}"`;
const ZEROS = '0'.repeat(64);
const HASH_AT = opening('').length - 1;
const OPENING =
  /^\{\n"format": "deeptype-model",\n"version": (\d{1,9}),\n"weightsSha256": "([0-9a-f]{64})"/;

/** The tensor that holds the history. */
const HISTORY = 'history';

/** The key of model.safetensors' metadata. */
const MODEL_HASH = 'model';

/** @throws `ERR_OUT_OF_MEMORY` */
export function encodeFiles(contents: ModelContents): ModelFiles {
  const { json, layout } = unsigned(contents);
  const tensors = joined(layout);
  sign(json, hashOf(tensors));
  return { json, tensors };
}

/**
 * As `encodeFiles`; in time slices; model.safetensors is encoded while it is written.
 *
 * @throws (rejects) `ERR_OUT_OF_MEMORY`
 */
export async function layOutFiles(
  contents: ModelContents,
): Promise<{ json: Uint8Array; layout: Layout }> {
  const { json, layout } = unsigned(contents);
  sign(json, await sha256(blocksOf(layout)));
  return { json, layout };
}

/** The files but for the hash in model.json. */
function unsigned({ document, tensors, history }: ModelContents): {
  json: Uint8Array;
  layout: Layout;
} {
  const lines = Object.entries(document).map(([key, x]) => `,\n"${key}": ${encodeJson(x)}`);
  const json = writableJson(`${opening(ZEROS)}${lines.join('')}\n}\n`, 'model.json');
  const sources = sourcesOf(tensors);
  if (history !== undefined) sources.set(HISTORY, history.toTensor());
  return { json, layout: layOut(sources, new Map([[MODEL_HASH, hashOf(json)]])) };
}

function sign(json: Uint8Array, hash: string): void {
  new TextEncoder().encodeInto(hash, json.subarray(HASH_AT));
}

/**
 * Reads the two files after checking that they are of one save and as it wrote them.
 *
 * @param file name for messages
 * @param found the SHA-256 of model.safetensors
 * @throws `ERR_CORRUPT_FILE`
 */
export function* slicedDecode(
  { json, tensors }: ModelFiles,
  file: string,
  found: string,
): Sliced<ModelContents> {
  const head = new TextDecoder('latin1').decode(json.subarray(0, HASH_AT + 128));
  const [, version, hash] = OPENING.exec(head) ?? [];
  if (version === undefined || hash === undefined) throw corruptFile(file, 'not a deeptype model');
  if (![1, FORMAT_VERSION].includes(Number(version))) {
    throw corruptFile(
      file,
      `version ${version} of the format; this package reads 1 to ${FORMAT_VERSION}`,
    );
  }
  if (found !== hash) {
    throw corruptFile(file, 'model.safetensors is not the file that model.json was written with');
  }
  const weights = decodeSafetensors(tensors, `${file}: model.safetensors`);
  const zeroed = Uint8Array.from(json);
  sign(zeroed, ZEROS);
  if (hashOf(zeroed) !== weights.metadata.get(MODEL_HASH)) {
    throw corruptFile(file, 'model.json is not the file that model.safetensors was written with');
  }
  const name = `${file}: model.json`;
  if (Number(version) === 1) return yield* readVersion1(json, weights.tensors, name);
  const document = decodeJson(json, name) as Record<string, unknown>;
  const others = new Map(weights.tensors);
  const history = yield* slicedReadAs(name, readHistory(others.get(HISTORY)));
  others.delete(HISTORY);
  return { document, tensors: others, history };
}

/** What the tensor holds. Throws `ERR_INVALID_ARGUMENT`. */
function* readHistory(table: Tensor | undefined): Sliced<History | undefined> {
  if (table === undefined) return undefined;
  if (!isFloat64(table.data) || table.shape[1] !== HISTORY_COLUMNS.length) {
    throw invalidArgument('history', `a table of ${HISTORY_COLUMNS.join(', ')}`, table.data);
  }
  return yield* History.of(table.data);
}

/** As `slicedDecode`, at once. */
export function decodeFiles(files: ModelFiles, file: string): ModelContents {
  return runSync(slicedDecode(files, file, hashOf(files.tensors)));
}

const MAGIC = new TextEncoder().encode('DEEPTYPE');

/** Both files as one array: 'DEEPTYPE', the length of model.json as 8 bytes little-endian, the files. */
export function joinFiles({ json, tensors }: ModelFiles): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MAGIC.length + 8 + json.length + tensors.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setBigUint64(MAGIC.length, BigInt(json.length), true);
  bytes.set(json, MAGIC.length + 8);
  bytes.set(tensors, MAGIC.length + 8 + json.length);
  return bytes;
}

/** @throws `ERR_CORRUPT_FILE` */
export function splitFiles(given: Uint8Array, file: string): ModelFiles {
  // Shared memory may change after it was checked.
  const bytes = isShared(given) ? Uint8Array.from(given) : given;
  const start = MAGIC.length + 8;
  if (bytes.length < start || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw corruptFile(file, 'not a deeptype model');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(MAGIC.length, true);
  if (length > BigInt(bytes.length - start)) {
    throw corruptFile(file, `a model.json of ${length} bytes in ${bytes.length}`);
  }
  const end = start + Number(length);
  return { json: bytes.subarray(start, end), tensors: bytes.subarray(end) };
}

/** A hash takes less than 2 GiB at once. */
const HASH_CHUNK = 2 ** 30;

function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  for (let i = 0; i < bytes.length; i += HASH_CHUNK) hash.update(bytes.subarray(i, i + HASH_CHUNK));
  return hash.digest('hex');
}
