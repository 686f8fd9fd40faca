import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/io/safetensors.js';
import { messageOf } from '../common/coded.js';
import { readFixture } from '../parity/read-fixture.js';
import { assertProperty } from '../properties/assert-property.js';

interface Fixture {
  types: { file: string; tensors: Record<string, { shape: number[]; values: string[] }> };
}

/** A file of a header, as it is or made text by JSON.stringify, and so many bytes of values. */
function file(header: unknown, values = 0): Uint8Array {
  const isText = typeof header === 'string' || Buffer.isBuffer(header);
  const json = Buffer.from(isText ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + values);
  bytes.writeBigUInt64LE(BigInt(json.length));
  json.copy(bytes, 8);
  return bytes;
}

const floats = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const refused = (bytes: Uint8Array): string =>
  messageOf(() => decodeSafetensors(bytes, 'x.safetensors'), 'ERR_CORRUPT_FILE');

describe('reading', () => {
  const { types } = readFixture<Fixture>('safetensors.json');
  const read = decodeSafetensors(Buffer.from(types.file, 'base64'), 'fixture');

  it.each(Object.entries(types.tensors))(
    '%s as the safetensors package wrote it',
    (name, truth) => {
      const { shape, data } = read.tensors.get(name)!;
      expect(shape).toEqual(truth.shape);
      expect(Array.from(data as ArrayLike<number | bigint>)).toEqual(
        truth.values.map((text) => (typeof data[0] === 'bigint' ? BigInt(text) : Number(text))),
      );
    },
  );

  it('finds every tensor and the metadata', () => {
    expect([...read.tensors.keys()].sort()).toEqual(Object.keys(types.tensors).sort());
    expect([...read.metadata].sort()).toEqual([
      ['written by', 'safetensors'],
      ['é', 'ü'],
    ]);
  });

  it('takes tensors named like properties of objects for what they are', () => {
    const text = `{"__proto__":${JSON.stringify(floats(0, 4))},"constructor":${JSON.stringify(floats(4, 12))}}`;
    const { tensors } = decodeSafetensors(file(text, 12), 'x');
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined();
  });
});

describe('hostile files', () => {
  it('shorter than they say', () => {
    expect(refused(new Uint8Array(7))).toContain('shorter');
    const long = file({});
    new DataView(long.buffer, long.byteOffset).setBigUint64(0, 2n ** 60n, true);
    expect(refused(long)).toContain('1152921504606846976');
    new DataView(long.buffer, long.byteOffset).setBigUint64(0, 2n ** 64n - 1n, true);
    refused(long);
    expect(refused(file({ w: floats(0, 2 ** 50, [2 ** 48]) }, 16))).toContain('in all');
  });

  it.each([
    ['no JSON', '{"w":'],
    ['no object', '[]'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a tensor that is no object', { w: 3 }],
    ['an unknown type', { w: { ...floats(0, 8), dtype: 'F7' } }],
    ['a type that is an object', { w: { ...floats(0, 8), dtype: { toString: 1 } } }],
    ['a negative size', { w: floats(0, 8, [-1, -2]) }],
    ['a size that is no integer', { w: floats(0, 8, [1.5]) }],
    ['a size beyond the integers', { w: floats(0, 8, [2 ** 60, 2 ** 60]) }],
    ['sizes that are too large together', { w: floats(0, 8, [2 ** 40, 2 ** 40]) }],
    ['a shape for other bytes', { w: floats(0, 8, [3]) }],
    ['three offsets', { w: { ...floats(0, 8), data_offsets: [0, 4, 8] } }],
    ['an end before the beginning', { w: { ...floats(0, 8), data_offsets: [8, 0] } }],
    ['overlap', { v: floats(0, 8), w: floats(4, 8) }],
    ['a gap', { v: floats(0, 4), w: floats(8, 12) }],
    ['values of no tensor', { w: floats(0, 4) }],
    ['an alias', { v: floats(0, 8), w: floats(0, 8) }],
    ['metadata that are no strings', { __metadata__: { a: 1 }, w: floats(0, 8) }],
    ['metadata that are no object', { __metadata__: 'a', w: floats(0, 8) }],
    ['deep arrays', `{"w":${'['.repeat(1e6)}`],
    ['many arrays', `{"w":[${'[],'.repeat(1e6)}[]]}`],
  ])('%s', (_, header) => {
    refused(file(header, 8));
  });

  it('a tensor named twice: the first one leaves a gap', () => {
    const [a, b] = [JSON.stringify(floats(0, 4)), JSON.stringify(floats(4, 8))];
    refused(file(`{"w":${a},"w":${b}}`, 8));
  });
});

describe('writing', () => {
  const arrays = fc.oneof(
    fc.float32Array({ maxLength: 20 }),
    fc.float64Array({ maxLength: 20 }),
    fc.int32Array({ maxLength: 20 }),
    fc.uint32Array({ maxLength: 20 }),
    fc.int16Array({ maxLength: 20 }),
    fc.uint16Array({ maxLength: 20 }),
    fc.int8Array({ maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }),
    fc.bigInt64Array({ maxLength: 20 }),
    fc.bigUint64Array({ maxLength: 20 }),
  );
  const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', '$number', '0', 'NaN'));

  it('is read back equal to the bit, names, shapes and metadata too', () => {
    assertProperty(
      fc.property(
        fc.array(fc.tuple(names, arrays)),
        fc.array(fc.tuple(names, fc.string())),
        (given, metadata) => {
          const tensors = new Map<string, Tensor>(
            given
              .filter(([name]) => name !== '__metadata__')
              .map(([name, data]) => [name, { shape: [1, data.length], data }]),
          );
          const read = decodeSafetensors(encodeSafetensors(tensors, new Map(metadata)), 'x');
          expect(read.metadata).toEqual(new Map(metadata));
          expect(read.tensors).toEqual(tensors);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('aligns every tensor to its element size', () => {
    const tensors = new Map<string, Tensor>([
      ['bytes', { shape: [3], data: new Uint8Array(3) }],
      ['halves', { shape: [1], data: new Int16Array(1) }],
      ['doubles', { shape: [2], data: new Float64Array(2) }],
    ]);
    const bytes = encodeSafetensors(tensors);
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const places = JSON.parse(Buffer.from(bytes.subarray(8, 8 + header)).toString());
    expect(header % 8).toBe(0);
    expect(places.doubles.data_offsets).toEqual([0, 16]);
    expect(places.halves.data_offsets).toEqual([16, 18]);
    expect(places.bytes.data_offsets).toEqual([18, 21]);
  });

  it('refuses a shape that does not hold its data', () => {
    const tensors = new Map([['w', { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(messageOf(() => encodeSafetensors(tensors), 'ERR_INVALID_ARGUMENT')).toContain('w');
  });
});
