// Model files as they should not be: every one is refused with a code, or is a model that works.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DeepType, DeepTypeError, Network } from '../../src/index.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/io/safetensors.js';
import type { ModelContents } from '../../src/persistence/model-contents.js';
import {
  decodeFiles,
  encodeFiles,
  joinFiles,
  type ModelFiles,
  splitFiles,
} from '../../src/persistence/model-file.js';
import { messageOf } from '../common/coded.js';
import { fitted, X } from '../estimator/tables.js';
import { assertProperty } from '../properties/assert-property.js';
import { at, type Edit, edit, position } from './edits.js';

let bytes: Uint8Array;
let files: ModelFiles;
let foreign: ModelFiles;
beforeAll(async () => {
  bytes = (
    await fitted({ hidden: [4, 3], joint: { epochs: 1 }, pretrain: { epochs: 2 } })
  ).toBytes();
  files = splitFiles(bytes, 'bytes');
  foreign = splitFiles((await fitted({ hidden: [4, 3], seed: 1 })).toBytes(), 'bytes');
});

const SETTINGS = { endOnFailure: true };
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

const refused = (act: () => unknown) => messageOf(act, 'ERR_CORRUPT_FILE');

/** Either ERR_CORRUPT_FILE, or a model that answers, be it with a coded error. */
function worksOrRefused(act: () => DeepType): void {
  let model: DeepType;
  try {
    model = act();
  } catch (error) {
    refused(() => {
      throw error;
    });
    return;
  }
  try {
    const calls = [() => model.predict(X), () => model.transform(X), () => model.assign(X)];
    for (const call of [...calls, () => model.labels, () => model.history, () => model.toBytes()]) {
      try {
        call();
      } catch (error) {
        expect(error).toBeInstanceOf(DeepTypeError);
      }
    }
  } finally {
    model.dispose();
  }
}

describe('altered files', () => {
  it('700: altered anywhere', () => {
    assertProperty(
      fc.property(edit, (change) => {
        const altered = change(bytes);
        fc.pre(!same(altered, bytes));
        refused(() => DeepType.fromBytes(altered));
      }),
      { ...SETTINGS, numRuns: 700 },
    );
  });

  it('300: one of the two altered, or of another model', () => {
    const which = fc.constantFrom('json', 'tensors');
    const replace = fc.constant<Edit | undefined>(undefined);
    assertProperty(
      fc.property(which, fc.oneof({ weight: 9, arbitrary: edit }, replace), (name, change) => {
        const altered = change === undefined ? foreign[name] : change(files[name]);
        fc.pre(!same(altered, files[name]));
        refused(() => decodeFiles({ ...files, [name]: altered }, 'pair'));
      }),
      { ...SETTINGS, numRuns: 300 },
    );
  });
});

describe('forged files, whose hashes are right', () => {
  const hostile = fc.oneof(
    fc.constantFrom<unknown>(
      ...[null, true, '', 'NaN', '__proto__', 0, -1, 1.5, 2 ** 53, 1e308, -(2 ** 31), [], {}, [[]]],
      ...[{ $number: 'NaN' }, { $number: '-Infinity' }, { $number: 3 }, { toString: 1 }, ['a', 1]],
      ...[JSON.parse('{"__proto__":{"x":1}}'), { constructor: 1 }, { length: 2 ** 32 }, [null]],
    ),
    fc.jsonValue({ maxDepth: 3 }),
  );

  /** `value` with what lies at a random place in it replaced, removed or joined by another key. */
  function mutate(value: unknown, path: number[], by: unknown): unknown {
    if (typeof value !== 'object' || value === null || path.length === 0) return by;
    const keys = Object.keys(value);
    const key = keys[at(path[0]!, keys.length + 2)];
    const isAdded = key === undefined;
    const name = isAdded ? (path[0]! > 0.95 ? '__proto__' : 'extra') : key;
    const inner = isAdded ? by : mutate((value as Record<string, unknown>)[key], path.slice(1), by);
    if (Array.isArray(value)) return isAdded ? [...value, by] : value.with(Number(key), inner);
    const entries = Object.entries(value).filter(([k]) => k !== name);
    if (inner !== undefined) entries.push([name, inner]);
    return Object.fromEntries(entries);
  }

  const place = fc.array(position, { minLength: 1, maxLength: 4 });
  const sign = (contents: ModelContents) => joinFiles(encodeFiles(contents));

  it('600: model.json says something else', () => {
    const { document, tensors, history } = decodeFiles(files, 'pair');
    // The opening of the file is not part of the document.
    const { format: _, version: __, weightsSha256: ___, ...rest } = document;
    assertProperty(
      fc.property(place, fc.option(hostile, { nil: undefined, freq: 5 }), (path, by) => {
        const forged = mutate(rest, path, by) as Record<string, unknown>;
        worksOrRefused(() =>
          DeepType.fromBytes(sign({ document: forged ?? {}, tensors, history })),
        );
      }),
      { ...SETTINGS, numRuns: 600 },
    );
  });

  it('200: model.safetensors holds something else', () => {
    const { document, tensors, history } = decodeFiles(files, 'pair');
    const { format: _, version: __, weightsSha256: ___, ...rest } = document;
    const data = fc.oneof(
      fc.float32Array({ maxLength: 12 }),
      fc.int32Array({ maxLength: 12 }),
      fc.float64Array({ maxLength: 12 }),
    );
    const shapeOf = (n: number, k: number) => [[n], [n, 1], [1, n], [n, 1, 1]][k]!;
    assertProperty(
      fc.property(position, fc.nat(3), fc.option(data, { nil: undefined }), (p, k, by) => {
        const forged = new Map(tensors);
        const name = [...tensors.keys()][at(p, tensors.size)]!;
        if (by === undefined) forged.delete(name);
        else forged.set(name, { shape: shapeOf(by.length, k), data: by });
        worksOrRefused(() =>
          DeepType.fromBytes(sign({ document: rest, tensors: forged, history })),
        );
      }),
      { ...SETTINGS, numRuns: 200 },
    );
  });

  it('200: the header of a safetensors file says something else', () => {
    const size = Number(new DataView(Uint8Array.from(files.tensors).buffer).getBigUint64(0, true));
    const header = JSON.parse(Buffer.from(files.tensors.subarray(8, 8 + size)).toString());
    const values = files.tensors.subarray(8 + size);
    assertProperty(
      fc.property(place, fc.option(hostile, { nil: undefined, freq: 5 }), (path, by) => {
        const json = Buffer.from(JSON.stringify(mutate(header, path, by) ?? null));
        const forged = Buffer.concat([Buffer.alloc(8), json, values]);
        forged.writeBigUInt64LE(BigInt(json.length));
        let read: ReturnType<typeof decodeSafetensors> | undefined;
        try {
          read = decodeSafetensors(forged, 'forged');
        } catch (error) {
          refused(() => {
            throw error;
          });
        }
        if (read === undefined) return;
        const total = [...read.tensors.values()].reduce((sum, t) => sum + t.data.byteLength, 0);
        expect(total).toBeLessThanOrEqual(2 * values.length);
      }),
      { ...SETTINGS, numRuns: 200 },
    );
  });
});

it('300 state dicts: a network or a coded error', async () => {
  const network = new Network({ inputs: 3, hidden: [4, 3], outputs: 2 });
  const dict = encodeSafetensors(new Map(network.parameters().map((p) => [p.name, p])));
  await assertProperty(
    fc.asyncProperty(edit, async (change) => {
      try {
        (await Network.load(change(dict))).dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(DeepTypeError);
        expect(['ERR_CORRUPT_FILE', 'ERR_NON_FINITE_INPUT']).toContain(
          (error as DeepTypeError).code,
        );
      }
    }),
    { ...SETTINGS, numRuns: 300 },
  );
});
