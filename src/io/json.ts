import { corruptFile } from '../errors.js';

/** What JSON text may cost before it is parsed: arrays within arrays, and arrays and objects in all. */
export interface JsonLimits {
  readonly depth: number;
  readonly containers: number;
  readonly bytes: number;
}

/** The one key of an object that stands for a number JSON cannot write. */
const NUMBER_KEY = '$number';
const SPECIAL = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON text of `value` in which every number comes back equal to the bit: NaN is {"$number":"NaN"}. */
export function encodeJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_, x: unknown) => {
      if (typeof x !== 'number' || (Number.isFinite(x) && !Object.is(x, -0))) return x;
      return { [NUMBER_KEY]: Object.is(x, -0) ? '-0' : String(x) };
    },
    indent,
  );
}

/** Parses what `encodeJson` wrote; `file` is the name for messages. Throws `ERR_CORRUPT_FILE`. */
export function decodeJson(bytes: Uint8Array, file: string, limits: JsonLimits): unknown {
  return parseJson(bytes, file, limits, (_, x) => specialNumber(x) ?? x);
}

/** Parses any JSON within the limits. Throws `ERR_CORRUPT_FILE`. */
export function parseJson(
  bytes: Uint8Array,
  file: string,
  limits: JsonLimits,
  reviver?: (key: string, value: unknown) => unknown,
): unknown {
  checkLimits(bytes, file, limits);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return JSON.parse(text, reviver);
  } catch (cause) {
    throw corruptFile(file, 'expected JSON', cause);
  }
}

function specialNumber(x: unknown): number | undefined {
  if (typeof x !== 'object' || x === null || !Object.hasOwn(x, NUMBER_KEY)) return undefined;
  return SPECIAL.get((x as { [NUMBER_KEY]: string })[NUMBER_KEY]);
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** One pass over the bytes: a parsed value must not take many times the memory of its text. */
function checkLimits(bytes: Uint8Array, file: string, limits: JsonLimits): void {
  if (bytes.length > limits.bytes) {
    throw corruptFile(
      file,
      `expected at most ${limits.bytes} bytes of JSON, found ${bytes.length}`,
    );
  }
  let [depth, containers, isString] = [0, 0, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth++;
      containers++;
      if (depth > limits.depth || containers > limits.containers) {
        throw corruptFile(file, 'expected JSON of fewer arrays and objects');
      }
    }
  }
}
