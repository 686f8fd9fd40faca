// The readers of files, called with the bytes of one. The first byte says which reader; hashes are put
// right, or no change to a whole file would come past them. Whatever the bytes are, the reader says that the
// file is corrupt, or what it made of it works, at worst with a coded error.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepType, DeepTypeError, Network } from '../../../src/index.js';
import { joinFiles, splitFiles } from '../../../src/persistence/model-file.js';
import { X, Y } from '../../system/fuzz/tables.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'deeptype-fuzz-files-'));
process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

const readers: readonly ((bytes: Uint8Array) => Promise<void>)[] = [
  async (bytes) => use(DeepType.fromBytes(bytes)),
  async (bytes) => use(DeepType.fromBytes(signModel(bytes))),
  async (bytes) => {
    const path = join(FOLDER, 'fit.checkpoint');
    writeFileSync(path, sign(bytes, bytes));
    use(await DeepType.resume(path, X, Y));
  },
  async (bytes) => {
    const network = await Network.load(bytes);
    await tolerate(() => network.forward(X));
    network.dispose();
  },
];

/** The target. */
export async function files(bytes: Uint8Array): Promise<void> {
  const read = readers[(bytes[0] ?? 0) % readers.length]!;
  await tolerate(() => read(Uint8Array.from(bytes.subarray(1))));
}

async function use(model: DeepType): Promise<void> {
  const calls = [() => model.predict(X), () => model.transform(X), () => model.assign(X)];
  for (const call of [...calls, () => model.labels, () => model.history, () => model.toBytes()]) {
    await tolerate(call);
  }
  model.dispose();
}

async function tolerate(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof DeepTypeError)) throw error;
  }
}

const BLANK = '0'.repeat(64);
const HASH = /[0-9a-f]{64}/;

/** `bytes` with the first hash in them made that of `of`, both as they are with zeros in its place. */
function sign(bytes: Uint8Array, of: Uint8Array): Uint8Array {
  const at = new TextDecoder('latin1').decode(bytes).search(HASH);
  if (at < 0) return bytes;
  new TextEncoder().encodeInto(BLANK, bytes.subarray(at));
  const hash = createHash('sha256').update(of).digest('hex');
  new TextEncoder().encodeInto(hash, bytes.subarray(at));
  return bytes;
}

/** A model in one array: each of its files holds the hash of the other. */
function signModel(bytes: Uint8Array): Uint8Array {
  const { json, tensors } = splitFiles(bytes, 'bytes');
  const unsigned = sign(Uint8Array.from(json), new Uint8Array());
  const at = new TextDecoder('latin1').decode(unsigned).search(HASH);
  if (at < 0) return bytes;
  new TextEncoder().encodeInto(BLANK, unsigned.subarray(at));
  const weights = sign(Uint8Array.from(tensors), unsigned);
  return joinFiles({ json: sign(unsigned, weights), tensors: weights });
}
