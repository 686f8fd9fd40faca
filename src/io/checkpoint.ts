// The checkpoint of a fit: one safetensors file that holds all that the rest of the fit depends on. It
// is written and read in blocks, so that a large one does not hold the event loop up.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { corruptFile } from '../errors.js';
import { native } from '../native.js';
import type { SnapshotHandle } from '../native-session.js';
import type { Reached } from '../reached.js';
import { Scaler } from '../scaler.js';
import { array, object } from '../validate.js';
import { discard, type Reading, readFile, writeFileAtomically } from './atomic.js';
import { sha256 } from './hash.js';
import { decodeJson, encodeJson } from './json.js';
import { readAs } from './model.js';
import type { WrittenOptions } from './options.js';
import { type Kept, readReached, SNAPSHOTS, type SnapshotName } from './reached.js';
import {
  blocksOf,
  decodeHead,
  headLength,
  layOut,
  type Place,
  sourceOf,
  type TensorSource,
} from './safetensors.js';

/** What a checkpoint says. */
export interface Checkpoint<Run = Reached> {
  readonly written: WrittenOptions;
  readonly scaler: Scaler | undefined;
  /** SHA-256 of the tables, see `hashTables`. */
  readonly data: string;
  readonly reached: Run;
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

/**
 * Replaces the file by a new checkpoint; a killed process leaves the old one or the new one.
 *
 * @throws (rejects) `ERR_IO`, `ERR_OUT_OF_MEMORY`
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint<Kept>): Promise<void> {
  const { written, scaler, data, reached } = checkpoint;
  const tensors = new Map<string, TensorSource>();
  for (const [prefix, snapshot] of reached.snapshots) {
    for (const { name, type, length } of snapshot.arrays()) {
      const read = (begin: number, out: Uint8Array) => snapshot.read(name, begin, out);
      tensors.set(`${prefix}.${name}`, { type, shape: [length], read });
    }
  }
  for (const name of scaler === undefined ? [] : (['mean', 'scale'] as const)) {
    const values = scaler![name];
    tensors.set(`scaler.${name}`, sourceOf(name, { shape: [values.length], data: values }));
  }
  const document = { format: FORMAT, version: VERSION, ...written, data, ...reached.plain };
  const metadata = new Map([
    ['sha256', ZEROS],
    ['document', encodeJson(document)],
  ]);
  const layout = layOut(tensors, metadata);
  new TextEncoder().encodeInto(await sha256(blocksOf(layout)), layout.head.subarray(HASH_AT));
  await writeFileAtomically(path, blocksOf(layout));
}

/**
 * The checkpoint in a file. Every value is checked as if it came from anywhere.
 *
 * @throws (rejects) `ERR_IO`, `ERR_CORRUPT_FILE`, `ERR_OUT_OF_MEMORY`
 */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const snapshots = new Map<SnapshotName, SnapshotHandle>();
  try {
    return await readFile(file, (reading) => read(reading, file, snapshots));
  } catch (error) {
    for (const snapshot of snapshots.values()) snapshot.dispose();
    throw error;
  }
}

async function read(
  reading: Reading,
  file: string,
  snapshots: Map<SnapshotName, SnapshotHandle>,
): Promise<Checkpoint> {
  const start = await reading.take(8);
  const rest = await reading.take(headLength(start, reading.size, file) - 8);
  const head = new Uint8Array(8 + rest.length);
  head.set(start);
  head.set(rest, 8);
  const expected = takeHash(head, file);
  const { metadata, places } = decodeHead(head, reading.size, file);
  const moments = new Map<string, Float64Array>();
  const hash = createHash('sha256').update(head);
  for (const place of [...places].sort((a, b) => a.begin - b.begin)) {
    const take = readAs(file, () => taker(place, snapshots, moments));
    for await (const block of reading.blocks(place.end - place.begin)) {
      hash.update(block);
      readAs(file, () => take(block));
    }
  }
  if (hash.digest('hex') !== expected) throw corruptFile(file, 'its SHA-256 is another');
  checkComplete(places, snapshots, file);
  const text = new TextEncoder().encode(metadata.get('document') ?? '');
  const document = decodeJson(text, file, JSON_LIMITS);
  return readAs(file, () => {
    const d = object('document', document);
    if (d.format !== FORMAT) throw corruptFile(file, 'not a deeptype checkpoint');
    if (d.version !== VERSION) {
      throw corruptFile(file, `version ${d.version} of the format; this package reads ${VERSION}`);
    }
    const [mean, scale] = [moments.get('mean'), moments.get('scale')];
    const json = { mean: Array.from(mean ?? []), scale: Array.from(scale ?? []) };
    return {
      written: {
        options: object('options', d.options),
        omitted: array('omitted', d.omitted).map(String),
      },
      scaler: mean && Scaler.fromJSON(json),
      data: String(d.data),
      reached: readReached({ plain: d, snapshots }),
    };
  });
}

/** The hash that a head holds, in whose place zeros come. */
function takeHash(head: Uint8Array, file: string): string {
  const opening = new TextDecoder('latin1').decode(head.subarray(8, HASH_AT + 64));
  const hash = opening.slice(OPENING.length);
  if (!opening.startsWith(OPENING) || hash.length !== 64) {
    throw corruptFile(file, 'not a deeptype checkpoint');
  }
  new TextEncoder().encodeInto(ZEROS, head.subarray(HASH_AT));
  return hash;
}

/** What takes the bytes of a tensor, block by block: a snapshot, or an array of the scaler's. */
function taker(
  { name: full, type, begin, end, shape }: Place,
  snapshots: Map<SnapshotName, SnapshotHandle>,
  moments: Map<string, Float64Array>,
): (block: Uint8Array) => void {
  const [prefix = ''] = full.split('.', 1);
  const name = full.slice(prefix.length + 1);
  const length = shape.reduce((count, n) => count * n, 1);
  const owner = SNAPSHOTS.find((one) => one === prefix);
  if (owner !== undefined) {
    const snapshot = snapshots.get(owner) ?? new (native().SnapshotHandle)();
    snapshots.set(owner, snapshot);
    if (snapshot.arrays().some((array) => array.name === name && array.type === type)) {
      snapshot.reserve(name, length);
      return (block) => snapshot.append(name, block);
    }
  } else if (prefix === 'scaler' && type === 'F64') {
    const bytes = new Uint8Array(end - begin);
    moments.set(name, new Float64Array(bytes.buffer));
    let filled = 0;
    return (block) => {
      bytes.set(block, filled);
      filled += block.length;
    };
  }
  throw corruptFile(full, `no tensor of ${type} of this name is known`);
}

/** A snapshot without one of its arrays would be another. */
function checkComplete(
  places: readonly Place[],
  snapshots: ReadonlyMap<SnapshotName, SnapshotHandle>,
  file: string,
): void {
  const present = new Set(places.map(({ name }) => name));
  for (const [prefix, snapshot] of snapshots) {
    const lacking = snapshot.arrays().find(({ name }) => !present.has(`${prefix}.${name}`));
    if (lacking !== undefined) throw corruptFile(file, `${prefix}.${lacking.name} is missing`);
  }
}

/** Removes the temporary files that killed processes left beside `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  const isLeftover = (file: string) =>
    file.startsWith(`.${name}.`) && /^[0-9a-f-]{36}\.tmp$/.test(file.slice(name.length + 2));
  await Promise.all(names.filter(isLeftover).map((file) => discard(join(folder, file))));
}
