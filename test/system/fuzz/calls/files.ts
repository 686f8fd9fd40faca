// Files and bytes: whole ones, altered ones, and paths that lead nowhere.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DeepType, Network } from '../../../../src/index.js';
import { type Edit, edit } from '../../../persistence/edits.js';
import { junk, options, some } from '../junk.js';
import { type Callable, loose, ofModel, ofNetwork, TINY } from '../subjects.js';
import { X, Y } from '../tables.js';
import { seed, table, targets, threads } from '../values.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'deeptype-fuzz-'));
process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
const MODEL = join(FOLDER, 'model');
const CHECKPOINT = join(FOLDER, 'fit.checkpoint');
const ALTERED = join(FOLDER, 'altered');
/** Where sequences save. */
export const WRITTEN = join(FOLDER, 'written');

/** Whole files, for the calls to alter. */
export async function saveFiles(): Promise<void> {
  const model = new DeepType(TINY);
  await model.fit(X, Y, { checkpoint: { path: CHECKPOINT, everySeconds: 0 } });
  await model.save(MODEL);
  await model.network.save(join(FOLDER, 'network'));
  writeFileSync(join(FOLDER, 'bytes'), model.toBytes());
  mkdirSync(ALTERED);
  model.dispose();
}

const change = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Edit>((bytes) => bytes) },
  { weight: 3, arbitrary: edit },
);
const loadOptions = options({ threads, loss: some('cross-entropy'), clusterer: some(undefined) });
/** Where something may be written; no name that would stay in the working folder. */
const path = fc.oneof(
  fc.constant(WRITTEN),
  fc.constantFrom('', '\0', join(FOLDER, 'none', 'file'), FOLDER, '/proc/none'),
  fc.constantFrom<unknown>(undefined, null, 1, {}, [], new URL('http://x'), Symbol('s')),
);

/** The file `name` with `by` done to it, in a folder of its own. */
function alter(name: string, by: unknown): string {
  const copy = join(ALTERED, name);
  writeFileSync(copy, (by as Edit)(readFileSync(join(FOLDER, name))));
  return copy;
}
const bytesOf = (name: string, by: unknown): Uint8Array =>
  (by as Edit)(new Uint8Array(readFileSync(join(FOLDER, name))));

export const FILES: Record<string, Callable> = {
  'DeepType.save': ofModel('save', path),
  'DeepType.fromBytes': {
    args: [change, loadOptions],
    call: (by, o) => loose(DeepType.fromBytes)(bytesOf('bytes', by), o),
  },
  'DeepType.fromBytes: anything': { args: [junk], call: loose(DeepType.fromBytes) },
  'DeepType.load': {
    args: [fc.constantFrom('model.json', 'model.safetensors'), change, loadOptions],
    call: (name, by, o) => {
      for (const file of ['model.json', 'model.safetensors']) {
        const whole = readFileSync(join(MODEL, file));
        writeFileSync(join(ALTERED, file), file === name ? (by as Edit)(whole) : whole);
      }
      return loose(DeepType.load)(ALTERED, o);
    },
  },
  'DeepType.load: any path': { args: [path, junk], call: loose(DeepType.load) },
  'DeepType.resume': {
    args: [change, table, targets, options({ threads, checkpoint: options({ path }), seed })],
    call: (by, ...rest) => loose(DeepType.resume)(alter('fit.checkpoint', by), ...rest),
  },
  'DeepType.resume: any path': {
    args: [path, table, targets, junk],
    call: loose(DeepType.resume),
  },
  'DeepType.fit: a checkpoint': {
    args: [options({ everySeconds: some(0, 30), onError: some('stop', 'continue') }, { path })],
    call: (checkpoint) => new DeepType(TINY).fit(X, Y, { checkpoint } as never),
  },
  'Network.save': ofNetwork('save', path),
  'Network.load: a file': {
    args: [change, options({ activation: some('relu'), threads, seed })],
    call: (by, o) => loose(Network.load)(alter('network', by), o),
  },
  'Network.load: bytes': {
    args: [change, junk],
    call: (by, o) => loose(Network.load)(bytesOf('network', by), o),
  },
};
