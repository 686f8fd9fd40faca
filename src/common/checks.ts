// Checks of single values. None asks `instanceof`: a value of another realm (a vm context, as Jest has for every test
// file) is what it is.
import { types } from 'node:util';
import { describe, invalidArgument } from './errors.js';
import { didYouMean } from './nearest-name.js';
import { type OptionMap, unknownOption } from './unknown-option.js';

/** The range a number must lie in; a bound that is absent does not bind. */
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

/** `value` if it is a number, be it finite or not, else `ERR_INVALID_ARGUMENT`. */
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

/** `value` if it is one of the strings of `list`, else `ERR_INVALID_ARGUMENT` with the nearest one. */
export function oneOf<T extends string>(name: string, value: unknown, list: readonly T[]): T {
  const found = list.find((item) => item === value);
  if (found !== undefined) return found;
  throw invalidArgument(name, listed(list) + didYouMean(value, list), value);
}

/** "one of 'a', 'b'" */
export function listed(names: readonly string[]): string {
  return `one of ${names.map((name) => `'${name}'`).join(', ')}`;
}

/** Whether it is a Float32Array; a proxy of one is not, whose every use would throw. */
export function isFloat32(value: unknown): value is Float32Array {
  return types.isFloat32Array(value);
}

/** Whether it is a Float64Array, as `isFloat32`. */
export function isFloat64(value: unknown): value is Float64Array {
  return types.isFloat64Array(value);
}

/** Whether it is an array of such integers as labels come in, as `isFloat32`. */
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

/** Whether it is a promise; a global `Promise` that was replaced has no say. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value);
}

/** Whether it can be asked and listened to as an AbortSignal. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    if (Object.prototype.toString.call(value) !== '[object AbortSignal]') return false;
    const { aborted, addEventListener, removeEventListener } = value as AbortSignal;
    const isListener = [addEventListener, removeEventListener].every(
      (f) => typeof f === 'function',
    );
    return typeof aborted === 'boolean' && isListener;
  } catch {
    return false; // a forged one: the getters of the prototype refuse
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
 * The options of `value`, each property read once; `undefined` stands for no options. A property
 * that is not in `allowed` is `ERR_INVALID_ARGUMENT`, with the nearest allowed name in the message. What
 * every object has, because somebody added it to Object.prototype, is no option.
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

/** The option that a single value stands for, the first that there is. */
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

/** `write { name: 'adam' }`, for a single value in the place of options. */
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
