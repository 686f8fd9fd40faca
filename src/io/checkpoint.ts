// The checkpoint of a fit: one safetensors file that holds all that the rest of the fit depends on.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { corruptFile } from '../errors.js';
import type { SessionState } from '../native.js';
import { Scaler } from '../scaler.js';
import type { Reached } from '../steps.js';
import { readState } from '../training-state.js';
import { array, object } from '../validate.js';
import { discard, readWholeFile, writeFileAtomically } from './atomic.js';
import { sha256 } from './hash.js';
import { decodeJson, encodeJson } from './json.js';
import { readAs, readWeights } from './model.js';
import type { WrittenOptions } from './options.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';

/** What a checkpoint says. */
export interface Checkpoint {
  readonly written: WrittenOptions;
  readonly scaler: Scaler | undefined;
  /** SHA-256 of the tables, see `hashTables`. */
  readonly data: string;
  readonly reached: Reached;
}

const FORMAT = 'deeptype-checkpoint';
const VERSION = 1;
const JSON_LIMITS = { bytes: 2 ** 27, depth: 16, containers: 1_000_000 };

/**
 * The metadata come first in a file and begin with its SHA-256, which is taken with 64 zeros in its
 * place.
 */
const OPENING = '{"__metadata__":{"sha256":"';
const HASH_AT = 8 + OPENING.length;
const ZEROS = '0'.repeat(64);

/** The bytes of the file. */
async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { written, scaler, data, reached } = checkpoint;
  const { state, weights } = reached;
  const tensors = new Map<string, Tensor>();
  const add = (prefix: string, arrays: SessionState) => {
    for (const [name, values] of Object.entries(arrays)) {
      tensors.set(`${prefix}.${name}`, { shape: [values.length], data: values });
    }
  };
  add('session', reached.session);
  if (reached.best !== undefined) add('best', reached.best);
  if (scaler !== undefined) add('scaler', { mean: scaler.mean, scale: scaler.scale });
  const document = { format: FORMAT, version: VERSION, ...written, data, weights, state };
  const metadata = new Map([
    ['sha256', ZEROS],
    ['document', encodeJson(document)],
  ]);
  const bytes = encodeSafetensors(tensors, metadata);
  new TextEncoder().encodeInto(await sha256([bytes]), bytes.subarray(HASH_AT));
  return bytes;
}

/**
 * The checkpoint in a file. Every value is checked as if it came from anywhere.
 *
 * @throws (rejects) `ERR_IO`, `ERR_CORRUPT_FILE`, `ERR_OUT_OF_MEMORY`
 */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  return decodeCheckpoint(await readWholeFile(file), file);
}

/** The bytes of the hash are zeros afterwards. */
async function decodeCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  const opening = new TextDecoder('latin1').decode(bytes.subarray(8, HASH_AT + 64));
  const hash = opening.slice(OPENING.length);
  if (!opening.startsWith(OPENING) || hash.length !== 64) {
    throw corruptFile(file, 'not a deeptype checkpoint');
  }
  new TextEncoder().encodeInto(ZEROS, bytes.subarray(HASH_AT));
  if ((await sha256([bytes])) !== hash) throw corruptFile(file, 'its SHA-256 is another');
  const { metadata, tensors } = decodeSafetensors(bytes, file);
  const text = new TextEncoder().encode(metadata.get('document') ?? '');
  const document = decodeJson(text, file, JSON_LIMITS);
  return readAs(file, () => {
    const d = object('document', document);
    if (d.format !== FORMAT) throw corruptFile(file, 'not a deeptype checkpoint');
    if (d.version !== VERSION) {
      throw corruptFile(file, `version ${d.version} of the format; this package reads ${VERSION}`);
    }
    const moments = arraysOf(tensors, 'scaler');
    const { mean = [], scale = [] } = moments ?? {};
    const json = { mean: Array.from(mean), scale: Array.from(scale) };
    return {
      written: {
        options: object('options', d.options),
        omitted: array('omitted', d.omitted).map(String),
      },
      scaler: moments && Scaler.fromJSON(json),
      data: String(d.data),
      reached: {
        state: readState(d.state),
        weights: readWeights(object('weights', d.weights)),
        session: arraysOf(tensors, 'session') ?? {},
        best: arraysOf(tensors, 'best'),
      },
    };
  });
}

/** The arrays whose names begin with `prefix.`, by the rest of their names; undefined for none. */
function arraysOf(tensors: ReadonlyMap<string, Tensor>, prefix: string): SessionState | undefined {
  const own = [...tensors].filter(([name]) => name.startsWith(`${prefix}.`));
  if (own.length === 0) return undefined;
  const arrays = own.map(([name, { data }]) => [name.slice(prefix.length + 1), data]);
  return Object.fromEntries(arrays) as SessionState;
}

/**
 * Replaces the file by a new checkpoint; a killed process leaves the old one or the new one.
 *
 * @throws (rejects) `ERR_IO`, `ERR_OUT_OF_MEMORY`
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, await encodeCheckpoint(checkpoint));
}

/** Removes the temporary files that killed processes left beside `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  const isLeftover = (file: string) =>
    file.startsWith(`.${name}.`) && /^[0-9a-f-]{36}\.tmp$/.test(file.slice(name.length + 2));
  await Promise.all(names.filter(isLeftover).map((file) => discard(join(folder, file))));
}
