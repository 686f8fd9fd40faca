import { corruptFile, DeepTypeError, describe, invalidArgument } from '../errors.js';
import { parseJson } from './json.js';

/**
 * Safetensors: an 8-byte little-endian length, a JSON header of that length that gives each tensor's
 * type, shape and place, and the values, row-major and little-endian, without gaps.
 * https://huggingface.co/docs/safetensors
 */
export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface Tensor {
  readonly shape: readonly number[];
  /** F16 and BF16 are read as float32, BOOL as 0 and 1. */
  readonly data: TensorData;
}

export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

interface TensorType {
  readonly size: number;
  /** The values in `bytes`, which begin a buffer of their own. */
  readonly read: (bytes: ArrayBuffer) => TensorData;
}

const TYPES: ReadonlyMap<string, TensorType> = new Map([
  ['F64', { size: 8, read: (b) => new Float64Array(b) }],
  ['F32', { size: 4, read: (b) => new Float32Array(b) }],
  ['F16', { size: 2, read: (b) => Float32Array.from(new Uint16Array(b), halfToFloat) }],
  ['BF16', { size: 2, read: (b) => bfloatsToFloats(new Uint16Array(b)) }],
  ['I64', { size: 8, read: (b) => new BigInt64Array(b) }],
  ['U64', { size: 8, read: (b) => new BigUint64Array(b) }],
  ['I32', { size: 4, read: (b) => new Int32Array(b) }],
  ['U32', { size: 4, read: (b) => new Uint32Array(b) }],
  ['I16', { size: 2, read: (b) => new Int16Array(b) }],
  ['U16', { size: 2, read: (b) => new Uint16Array(b) }],
  ['I8', { size: 1, read: (b) => new Int8Array(b) }],
  ['U8', { size: 1, read: (b) => new Uint8Array(b) }],
  ['BOOL', { size: 1, read: (b) => new Uint8Array(b) }],
] satisfies [string, TensorType][]);

const METADATA = '__metadata__';
/** The header of the format is at most 100 MB; it holds three arrays or objects a tensor. */
const HEADER_LIMITS = { bytes: 100_000_000, depth: 3, containers: 300_000 };

/**
 * The bytes of a safetensors file. Tensors are laid out by falling element size, then in the order
 * they came, so that each is aligned.
 *
 * @throws `ERR_INVALID_ARGUMENT` where a shape does not hold its data, `ERR_OUT_OF_MEMORY`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const header: [string, unknown][] = [];
  if (metadata.size > 0) header.push([METADATA, Object.fromEntries(metadata)]);
  const ordered = [...tensors].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === METADATA || product(shape) !== data.length) {
      throw invalidArgument(name, `${data.length} values in the shape`, shape.join(' x '));
    }
    const begin = end;
    end += data.byteLength;
    header.push([name, { dtype: typeName(data), shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = allocate(start + end).fill(0x20, 8, start); // padded with spaces
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let offset = start;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file. Every length is checked against the file's before anything is allocated.
 *
 * @param file its name, for messages
 * @throws `ERR_CORRUPT_FILE`
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  if (bytes.length < 8) throw corruptFile(file, 'shorter than the length of a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8)) {
    throw corruptFile(file, `a header of ${headerLength} bytes in a file of ${bytes.length}`);
  }
  const start = 8 + Number(headerLength);
  const header = parseJson(bytes.subarray(8, start), file, HEADER_LIMITS);
  if (!isObject(header)) throw corruptFile(file, 'expected a header that is an object');
  const { [METADATA]: metadata, ...rest } = header;
  const values = bytes.subarray(start);
  const places = Object.entries(rest).map(([name, entry]) => readPlace(name, entry, file));
  checkCover(places, values.length, file);
  const tensors = places.map(({ name, type, shape, begin, end }) => {
    const copy = allocate(end - begin);
    copy.set(values.subarray(begin, end));
    return [name, { shape, data: type.read(copy.buffer) }] as const;
  });
  return { metadata: readMetadata(metadata, file), tensors: new Map(tensors) };
}

interface Place {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown, file: string): Place {
  const what = `${file}: tensor '${name.slice(0, 80)}'`;
  if (!isObject(entry)) throw corruptFile(what, 'expected { dtype, shape, data_offsets }');
  const type = TYPES.get(entry.dtype as string);
  if (type === undefined) throw corruptFile(what, `unknown dtype ${describe(entry.dtype)}`);
  const { shape, data_offsets: offsets } = entry;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw corruptFile(what, 'expected a shape and two offsets of whole numbers');
  }
  const [begin, end] = offsets as [number, number];
  if (product(shape) * type.size !== end - begin) {
    throw corruptFile(what, `the shape takes other than the ${end - begin} bytes from ${begin}`);
  }
  return { name, type, shape, begin, end };
}

/** The values are all there, each once: the tensors follow each other from 0 to the end. */
function checkCover(places: readonly Place[], length: number, file: string): void {
  let end = 0;
  for (const place of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (place.begin !== end) throw corruptFile(file, 'tensors overlap or leave a gap');
    end = place.end;
  }
  if (end !== length) throw corruptFile(file, `tensors of ${end} bytes in all, found ${length}`);
}

function readMetadata(metadata: unknown, file: string): Map<string, string> {
  if (metadata === undefined) return new Map();
  if (!isObject(metadata)) throw corruptFile(file, 'expected metadata of strings');
  return new Map(
    Object.entries(metadata).map(([key, value]) => {
      if (typeof value !== 'string') throw corruptFile(file, 'expected metadata of strings');
      return [key, value];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function product(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((size, n) => size * n, 1);
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new DeepTypeError('ERR_OUT_OF_MEMORY', `no memory for ${length} bytes`, { cause });
  }
}

function typeName(data: TensorData): string {
  const array = data[Symbol.toStringTag]; // 'Float32Array', 'BigInt64Array', ...; a Buffer is bytes
  const kind = array.startsWith('Float') ? 'F' : array.includes('Uint') ? 'U' : 'I';
  return `${kind}${8 * data.BYTES_PER_ELEMENT}`;
}

/** IEEE 754 binary16: one sign bit, five of exponent, ten of fraction. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function bfloatsToFloats(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}
