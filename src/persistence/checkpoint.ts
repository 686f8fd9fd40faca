// The checkpoint of a fit: one safetensors file that holds all that the rest of the fit depends on. It
// is written and read in blocks, so that a large one does not hold the event loop up.
import { createHash } from 'node:crypto';
import { array, object, string } from '../common/checks.js';
import { corruptFile, describe } from '../common/errors.js';
import { runSliced } from '../common/time-slices.js';
import { writeFileAtomically } from '../io/atomic.js';
import { decodeJson, encodeJson } from '../io/json.js';
import { readAs, slicedReadAs } from '../io/read-as.js';
import { type Reading, readFile } from '../io/reading.js';
import {
  blocksOf,
  decodeHead,
  headLength,
  layOut,
  type Place,
  sourceOf,
  type TensorSource,
} from '../io/safetensors.js';
import { native } from '../native/addon.js';
import type { SnapshotHandle } from '../native/session.js';
import type { Scalers } from '../preprocessing/target-scaler.js';
import { History } from '../training/history.js';
import type { RunSnapshot } from '../training/run-snapshot.js';
import { sha256 } from './hash.js';
import type { WrittenOptions } from './options.js';
import { type Kept, readRunSnapshot, SNAPSHOTS, type SnapshotName } from './run-snapshot.js';
import { arraysOf, SCALER_ARRAYS, scalersOf } from './scalers.js';

/** What a checkpoint says. */
export interface Checkpoint<Run = RunSnapshot> extends Scalers {
  readonly written: WrittenOptions;
  /** SHA-256 of the tables, see `hashTables`. */
  readonly data: string;
  readonly snapshot: Run;
}

const FORMAT = 'deeptype-checkpoint';
/** Version 1, which held histories as JSON, is not read: it is of fits that this release would not end alike. */
const VERSION = 2;

/**
 * The metadata come first in a file and begin with its SHA-256, which is taken with 64 zeros in its
 * place.
 */
const OPENING = '{"__metadata__":{"sha256":"';
const HASH_AT = 8 + OPENING.length;
const ZEROS = '0'.repeat(64);

/**
 * Replaces the file by a new checkpoint, which was read by what `readCheckpoint` reads it by; a killed process leaves
 * the old one or the new one.
 *
 * @throws (rejects) `ERR_IO`, `ERR_OUT_OF_MEMORY`
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint<Kept>): Promise<void> {
  const { written, data, snapshot } = checkpoint;
  const document = { format: FORMAT, version: VERSION, ...written, data, ...snapshot.plain };
  const text = encodeJson(document);
  const metadata = new Map([
    ['sha256', ZEROS],
    ['document', text],
  ]);
  const layout = layOut(tensorsOf(checkpoint, snapshot), metadata);
  decodeHead(layout.head, layout.size, path);
  checkpointOf(text, path, checkpoint, snapshot);
  new TextEncoder().encodeInto(await sha256(blocksOf(layout)), layout.head.subarray(HASH_AT));
  await writeFileAtomically(path, blocksOf(layout));
}

/** `session.parameters`, ..., `history.session`, ..., and the arrays of the scalers. */
function tensorsOf(scalers: Scalers, { snapshots, histories }: Kept): Map<string, TensorSource> {
  const tensors = new Map<string, TensorSource>();
  for (const [prefix, snapshot] of snapshots) {
    for (const { name, type, length } of snapshot.arrays()) {
      const read = (begin: number, out: Uint8Array) => snapshot.read(name, begin, out);
      tensors.set(`${prefix}.${name}`, { type, shape: [length], read });
    }
  }
  for (const [name, history] of histories) {
    tensors.set(`history.${name}`, history.toTensor());
  }
  for (const [name, data] of arraysOf(scalers)) {
    tensors.set(name, sourceOf(name, { shape: [data.length], data }));
  }
  return tensors;
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
  const tables = new Map<string, Float64Array>();
  const hash = createHash('sha256').update(head);
  for (const place of [...places].sort((a, b) => a.begin - b.begin)) {
    const take = readAs(file, () => taker(place, snapshots, tables));
    for await (const block of reading.blocks(place.end - place.begin)) {
      hash.update(block);
      readAs(file, () => take(block));
    }
  }
  if (hash.digest('hex') !== expected) throw corruptFile(file, 'its SHA-256 is another');
  checkComplete(places, snapshots, file);
  const histories = new Map<SnapshotName, History>();
  for (const name of SNAPSHOTS) {
    const table = tables.get(`history.${name}`);
    if (table === undefined) continue;
    histories.set(name, await runSliced(slicedReadAs(file, History.of(table))));
  }
  const scalers = readAs(file, () => scalersOf((name) => tables.get(name)));
  return checkpointOf(metadata.get('document') ?? '', file, scalers, { snapshots, histories });
}

/** What the document of a checkpoint says, with what lies beside it. Throws `ERR_CORRUPT_FILE`. */
function checkpointOf(
  text: string,
  file: string,
  { scaler, targetScaler }: Scalers,
  beside: Pick<Kept, 'snapshots' | 'histories'>,
): Checkpoint {
  const document = decodeJson(new TextEncoder().encode(text), file);
  return readAs(file, () => {
    const d = object('document', document);
    if (d.format !== FORMAT) throw corruptFile(file, 'not a deeptype checkpoint');
    if (d.version !== VERSION) {
      const reason = `version ${describe(d.version)} of the format; this package reads ${VERSION}`;
      throw corruptFile(file, `${reason}: a fit goes on with the release that began it`);
    }
    return {
      written: {
        options: object('options', d.options),
        omitted: array('omitted', d.omitted).map((name) => string('omitted', name)),
      },
      scaler,
      targetScaler,
      data: string('data', d.data),
      snapshot: readRunSnapshot({ plain: d, ...beside }),
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

const TABLES: ReadonlySet<string> = new Set([
  ...SNAPSHOTS.map((name) => `history.${name}`),
  ...SCALER_ARRAYS,
]);

/** What takes the bytes of a tensor, block by block: a snapshot, or a table of a scaler's or of a history. */
function taker(
  { name: full, type, begin, end, shape }: Place,
  snapshots: Map<SnapshotName, SnapshotHandle>,
  tables: Map<string, Float64Array>,
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
  } else if (TABLES.has(full) && type === 'F64') {
    const bytes = new Uint8Array(end - begin);
    tables.set(full, new Float64Array(bytes.buffer));
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
