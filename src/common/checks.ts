// Checks of single values. None uses `instanceof`, which fails for values of another realm (a vm context, such as
// Jest's for every test file).
import { types } from 'node:util';
import { describe, invalidArgument } from './errors.js';
import { didYouMean } from './nearest-name.js';
import { type OptionMap, unknownOption } from './unknown-option.js';

/** The range of a number; an absent bound is no bound. */
export interface Bounds {
  /** Smallest value allowed. */
  readonly min?: number;
  /** Largest value allowed. */
  readonly max?: number;
  /** The value must be greater than this. */
  readonly exclusiveMin?: number;
  /** The value must be less than this. */
  readonly exclusiveMax?: number;
}

/** Bounds of every seed: the integers a double holds exactly. */
export const SEED: Bounds = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** `value` if it is a safe integer within `bounds`, else `ERR_INVALID_ARGUMENT`. */
export function integer(name: string, value: unknown, bounds: Bounds = {}): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || !within(value, bounds)) {
    throw invalidArgument(name, expectation('an integer', bounds), value);
  }
  return value;
}

/** `value` if it is a finite number within `bounds`, else `ERR_INVALID_ARGUMENT`. */
export function number(name: string, value: unknown, bounds: Bounds = {}): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !within(value, bounds)) {
    throw invalidArgument(name, expectation('a finite number', bounds), value);
  }
  return value;
}

/** `value` if it is a number, finite or not, else `ERR_INVALID_ARGUMENT`. */
export function anyNumber(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidArgument(name, 'a number', value);
  return value;
}

/** `value` if it is true or false, else `ERR_INVALID_ARGUMENT`. */
export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'true or false', value);
  return value;
}

/** `value` if it is a string, else `ERR_INVALID_ARGUMENT`. */
export function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string', value);
  return value;
}

/** `value` if it is one of the strings of `list`, else `ERR_INVALID_ARGUMENT`, which suggests the nearest one. */
export function oneOf<T extends string>(name: string, value: unknown, list: readonly T[]): T {
  const found = list.find((item) => item === value);
  if (found !== undefined) return found;
  throw invalidArgument(name, listed(list) + didYouMean(value, list), value);
}

/** "one of 'a', 'b'" */
export function listed(names: readonly string[]): string {
  return `one of ${names.map((name) => `'${name}'`).join(', ')}`;
}

/** Whether it is a Float32Array; false for a proxy of one, which typed-array methods reject. */
export function isFloat32(value: unknown): value is Float32Array {
  return types.isFloat32Array(value);
}

/** Whether it is a Float64Array, as `isFloat32`. */
export function isFloat64(value: unknown): value is Float64Array {
  return types.isFloat64Array(value);
}

/** Whether it is an Int32Array, Uint32Array or Uint8Array, as `isFloat32`. */
export function isIntegers(value: unknown): value is Int32Array | Uint32Array | Uint8Array {
  return isInt32(value) || types.isUint32Array(value) || isUint8(value);
}

/** Whether it is an Int32Array, as `isFloat32`. */
export function isInt32(value: unknown): value is Int32Array {
  return types.isInt32Array(value);
}

/** Whether it is a Uint8Array, as `isFloat32`. */
export function isUint8(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/** Whether the memory of a typed array is shared between threads. */
export function isShared({ buffer }: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(buffer);
}

/** Whether it is a native promise, even if the global `Promise` was replaced. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value);
}

/** Whether it works as an AbortSignal: `aborted` and `addEventListener`. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    if (Object.prototype.toString.call(value) !== '[object AbortSignal]') return false;
    const { aborted, addEventListener, removeEventListener } = value as AbortSignal;
    const isListener = [addEventListener, removeEventListener].every(
      (f) => typeof f === 'function',
    );
    return typeof aborted === 'boolean' && isListener;
  } catch {
    return false; // the getters of the prototype throw for a forged one
  }
}

/** The `signal` option: an AbortSignal or none. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isAbortSignal(value)) return value;
  throw invalidArgument('signal', 'an AbortSignal', value);
}

/** `value` if it is an array. */
export function array(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(name, 'an array', value);
  return value;
}

/** `value` if it is an object with named properties (no array, view, function, map or set). */
export function object(
  name: string,
  value: unknown,
  expected = 'an object',
  advice?: string,
): Readonly<Record<string, unknown>> {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    isPromise(value) ||
    types.isMap(value) ||
    types.isSet(value)
  ) {
    throw invalidArgument(name, expected, value, advice);
  }
  return value as Record<string, unknown>;
}

/**
 * The options of `value`, each property read once; `undefined` means no options. A property that is not
 * in `allowed` is `ERR_INVALID_ARGUMENT`, with the nearest allowed name in the message. Properties added
 * to Object.prototype are not options.
 *
 * @param map where the message may find a name that belongs elsewhere
 * @returns a new object, without a prototype, that holds the allowed properties whose value is not `undefined`
 */
export function checkKeys<K extends string>(
  name: string,
  value: unknown,
  allowed: readonly K[],
  map?: OptionMap,
): Partial<Record<K, unknown>> {
  if (value === undefined) return Object.create(null);
  const source = object(name, value, 'an object', meantBy(value, allowed));
  for (const key of Object.keys(source)) {
    if ((allowed as readonly string[]).includes(key)) continue;
    throw unknownOption(name, key, allowed, map);
  }
  const options: Partial<Record<K, unknown>> = Object.create(null);
  for (const key of allowed) {
    if (key in Object.prototype && !Object.hasOwn(source, key)) continue;
    const option = source[key];
    if (option !== undefined) options[key] = option;
  }
  return options;
}

/** The option that a bare value probably means: the first candidate that is allowed. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  number: [
    'epochs',
    'relativeWeight',
    'weight',
    'iterations',
    'fraction',
    'clusters',
    'alpha',
    'learningRate',
  ],
  string: ['name', 'penalty', 'metric', 'path', 'norm', 'strategy', 'loss'],
};

/** `write { name: 'adam' }`, the advice for a bare value where options are expected. */
function meantBy(value: unknown, allowed: readonly string[]): string | undefined {
  const key = MEANT[typeof value]?.find((option) => allowed.includes(option));
  return key === undefined ? undefined : `write { ${key}: ${describe(value)} }`;
}

function within(value: number, { min, max, exclusiveMin, exclusiveMax }: Bounds): boolean {
  return !(
    (min !== undefined && value < min) ||
    (max !== undefined && value > max) ||
    (exclusiveMin !== undefined && value <= exclusiveMin) ||
    (exclusiveMax !== undefined && value >= exclusiveMax)
  );
}

/** 'an integer', 'an integer of at least 1', 'a finite number greater than 0 and less than 1', ... */
export function expectation(
  kind: string,
  { min, max, exclusiveMin, exclusiveMax }: Bounds,
): string {
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  const parts: string[] = [];
  if (min !== undefined) parts.push(`of at least ${min}`);
  if (exclusiveMin !== undefined) parts.push(`greater than ${exclusiveMin}`);
  if (max !== undefined) parts.push(`at most ${max}`);
  if (exclusiveMax !== undefined) parts.push(`less than ${exclusiveMax}`);
  return parts.length === 0 ? kind : `${kind} ${parts.join(' and ')}`;
}
