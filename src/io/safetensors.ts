import { corruptFile, DeepTypeError, describe, invalidArgument } from '../common/errors.js';
import { JSON_LIMITS, parseJson, writableJson } from './json.js';
import { BLOCK } from './reading.js';

/**
 * Safetensors: an 8-byte little-endian length, a JSON header of that length with each tensor's type,
 * shape and offsets, then the values, row-major and little-endian, without gaps.
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
  /** The values in `bytes`, which start at offset 0 of their buffer. */
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

/** A tensor to be written; its bytes are fetched one block at a time. */
export interface TensorSource {
  readonly type: string;
  readonly shape: readonly number[];
  /** Copies bytes from `begin` on into `out`. */
  readonly read: (begin: number, out: Uint8Array) => void;
}

/** The layout of a safetensors file to be written. */
export interface Layout {
  /** The header with its length in front; may be changed in place. */
  readonly head: Uint8Array;
  /** The tensors in file order. */
  readonly tensors: readonly { readonly bytes: number; readonly read: TensorSource['read'] }[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Orders tensors by decreasing element size, then as given, so that each is aligned.
 *
 * @throws `ERR_INVALID_ARGUMENT` for a tensor with the name of the metadata; `ERR_OUT_OF_MEMORY` for a header beyond
 * the limits of reading
 */
export function layOut(
  tensors: ReadonlyMap<string, TensorSource>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Layout {
  const header: [string, unknown][] = [];
  if (metadata.size > 0) header.push([METADATA, Object.fromEntries(metadata)]);
  const sizeOf = ({ type }: TensorSource) => TYPES.get(type)!.size;
  const ordered = [...tensors].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  let end = 0;
  const parts = ordered.map(([name, tensor]) => {
    if (name === METADATA) throw invalidArgument(name, 'another name of a tensor', name);
    const { type, shape, read } = tensor;
    const bytes = product(shape) * sizeOf(tensor);
    header.push([name, { dtype: type, shape, data_offsets: [end, end + bytes] }]);
    end += bytes;
    return { bytes, read };
  });
  const json = writableJson(JSON.stringify(Object.fromEntries(header)), 'the header of the file');
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(start).fill(0x20, 8); // padded with spaces
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.set(json, 8);
  return { head, tensors: parts, size: start + end };
}

/** The bytes of a file in blocks that share one buffer: each is valid until the next is requested. */
export function* blocksOf({ head, tensors, size }: Layout): Generator<Uint8Array> {
  const block = new Uint8Array(Math.min(size, BLOCK));
  let filled = 0;
  for (const { bytes, read } of [{ bytes: head.length, read: readerOf(head) }, ...tensors]) {
    for (let begin = 0, count = 0; begin < bytes; begin += count) {
      count = Math.min(bytes - begin, block.length - filled);
      read(begin, block.subarray(filled, filled + count));
      filled += count;
      if (filled < block.length) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** A tensor in memory. Throws `ERR_INVALID_ARGUMENT` if its shape does not match its data. */
export function sourceOf(name: string, { shape, data }: Tensor): TensorSource {
  if (product(shape) !== data.length) {
    throw invalidArgument(name, `${data.length} values in the shape`, shape.join(' x '));
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { type: typeName(data), shape, read: readerOf(bytes) };
}

function readerOf(bytes: Uint8Array): TensorSource['read'] {
  return (begin, out) => out.set(bytes.subarray(begin, begin + out.length));
}

/** `tensors` as the input of `layOut`. */
export function sourcesOf(tensors: ReadonlyMap<string, Tensor>): Map<string, TensorSource> {
  return new Map([...tensors].map(([name, tensor]) => [name, sourceOf(name, tensor)]));
}

/**
 * The bytes of a safetensors file.
 *
 * @throws `ERR_INVALID_ARGUMENT` if a shape does not match its data, `ERR_OUT_OF_MEMORY`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  return joined(layOut(sourcesOf(tensors), metadata));
}

/** All bytes of a file. Throws `ERR_OUT_OF_MEMORY`. */
export function joined({ head, tensors, size }: Layout): Uint8Array {
  const bytes = allocate(size);
  bytes.set(head);
  let offset = head.length;
  for (const tensor of tensors) {
    tensor.read(0, bytes.subarray(offset, offset + tensor.bytes));
    offset += tensor.bytes;
  }
  return bytes;
}

/**
 * Reads a safetensors file. Every length is checked against the file size before memory is allocated.
 *
 * @param file its name, for messages
 * @throws `ERR_CORRUPT_FILE`
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const start = headLength(bytes, bytes.length, file);
  const { metadata, places } = decodeHead(bytes.subarray(0, start), bytes.length, file);
  const tensors = places.map(({ name, type, shape, begin, end }) => {
    const copy = allocate(end - begin);
    copy.set(bytes.subarray(start + begin, start + end));
    return [name, { shape, data: TYPES.get(type)!.read(copy.buffer) }] as const;
  });
  return { metadata, tensors: new Map(tensors) };
}

/** Length in bytes of the head (length field and header), from its first eight bytes. Throws `ERR_CORRUPT_FILE`. */
export function headLength(bytes: Uint8Array, size: number, file: string): number {
  if (bytes.length < 8) throw corruptFile(file, 'shorter than the length of a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(size - 8)) {
    throw corruptFile(file, `a header of ${length} bytes in a file of ${size}`);
  }
  if (length > BigInt(JSON_LIMITS.bytes)) {
    throw corruptFile(file, `a header of ${length} bytes; expected at most ${JSON_LIMITS.bytes}`);
  }
  return 8 + Number(length);
}

/**
 * Decodes the head of a file of `size` bytes: the offsets of its tensors, in header order.
 *
 * @throws `ERR_CORRUPT_FILE`
 */
export function decodeHead(
  head: Uint8Array,
  size: number,
  file: string,
): { metadata: ReadonlyMap<string, string>; places: readonly Place[] } {
  const header = parseJson(head.subarray(8), file);
  if (!isObject(header)) throw corruptFile(file, 'expected a header that is an object');
  const { [METADATA]: metadata, ...rest } = header;
  const places = Object.entries(rest).map(([name, entry]) => readPlace(name, entry, file));
  checkCover(places, size - head.length, file);
  return { metadata: readMetadata(metadata, file), places };
}

/** The byte range of a tensor in a file, counted from the end of the head. */
export interface Place {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown, file: string): Place {
  const what = `${file}: tensor '${name.slice(0, 80)}'`;
  if (!isObject(entry)) throw corruptFile(what, 'expected { dtype, shape, data_offsets }');
  const type = entry.dtype as string;
  const size = TYPES.get(type)?.size;
  if (size === undefined) throw corruptFile(what, `unknown dtype ${describe(entry.dtype)}`);
  const { shape, data_offsets: offsets } = entry;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw corruptFile(what, 'expected a shape and two offsets of whole numbers');
  }
  const [begin, end] = offsets as [number, number];
  if (product(shape) * size !== end - begin) {
    throw corruptFile(what, `the shape takes other than the ${end - begin} bytes from ${begin}`);
  }
  return { name, type, shape, begin, end };
}

/** Checks that the tensors cover all bytes after the head, without gaps or overlaps. */
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
