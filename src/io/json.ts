import { corruptFile, DeepTypeError } from '../common/errors.js';

/** Limits on JSON text, checked before it is parsed. */
export interface JsonLimits {
  readonly bytes: number;
  /** Nesting depth of arrays and objects. */
  readonly depth: number;
  /** Keys of all objects. */
  readonly keys: number;
  /** Elements of all arrays and values of all objects. */
  readonly values: number;
}

/** Limits of all JSON that is written and read: it is parsed within a few hundredths of a second. */
export const JSON_LIMITS: JsonLimits = { bytes: 2 ** 22, depth: 16, keys: 50_000, values: 250_000 };

/** The only key of an object that encodes a number JSON cannot represent. */
const NUMBER_KEY = '$number';
const SPECIAL = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON of `value` with every number bit-exact: NaN is {"$number":"NaN"}. */
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
export function decodeJson(bytes: Uint8Array, file: string, limits = JSON_LIMITS): unknown {
  return withSpecialNumbers(parseJson(bytes, file, limits));
}

/** Parses any JSON within the limits. Throws `ERR_CORRUPT_FILE`. */
export function parseJson(bytes: Uint8Array, file: string, limits = JSON_LIMITS): unknown {
  const excess = excessOf(bytes, limits);
  if (excess !== undefined) throw corruptFile(file, excess);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return JSON.parse(text);
  } catch (cause) {
    throw corruptFile(file, 'expected JSON', cause);
  }
}

/** The bytes of `text`; throws `ERR_OUT_OF_MEMORY` if they exceed the limits of `parseJson`. */
export function writableJson(text: string, what: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const excess = excessOf(bytes, JSON_LIMITS);
  if (excess === undefined) return bytes;
  throw new DeepTypeError('ERR_OUT_OF_MEMORY', `${what} could not be read again: ${excess}`);
}

/** Replaces encoded numbers in `value`, in place. */
function withSpecialNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const special = specialNumber(value);
  if (special !== undefined) return special;
  for (const [key, inner] of Object.entries(value)) {
    const now = withSpecialNumbers(inner);
    if (now === inner) continue;
    // Defined, not assigned: the key may be __proto__.
    Object.defineProperty(value, key, {
      value: now,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return value;
}

function specialNumber(x: unknown): number | undefined {
  if (typeof x !== 'object' || x === null || !Object.hasOwn(x, NUMBER_KEY)) return undefined;
  return SPECIAL.get((x as { [NUMBER_KEY]: string })[NUMBER_KEY]);
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** One pass over the bytes: the message for an exceeded limit, undefined if there is none. */
function excessOf(bytes: Uint8Array, limits: JsonLimits): string | undefined {
  if (bytes.length > limits.bytes) {
    return `expected at most ${limits.bytes} bytes of JSON, found ${bytes.length}`;
  }
  let [depth, keys, values, isString] = [0, 0, 1, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === COLON) keys++;
    else if (byte === COMMA) values++;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth++;
      values++;
    }
    if (depth > limits.depth || keys > limits.keys || values > limits.values) {
      return `expected JSON of at most ${limits.values} values, ${limits.keys} keys and ${limits.depth} levels`;
    }
  }
  return undefined;
}
