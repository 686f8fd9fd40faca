import { types } from 'node:util';
import { brand } from './brand.js';

const CODES = [
  'ERR_INVALID_ARGUMENT',
  'ERR_SHAPE_MISMATCH',
  'ERR_NOT_FITTED',
  'ERR_NON_FINITE_INPUT',
  'ERR_DIVERGED',
  'ERR_ABORTED',
  'ERR_BUSY',
  'ERR_DISPOSED',
  'ERR_CORRUPT_FILE',
  'ERR_IO',
  'ERR_NATIVE_LOAD',
  'ERR_BACKEND_UNAVAILABLE',
  'ERR_OUT_OF_MEMORY',
] as const;

/** Why a call failed; stable across releases, unlike messages. */
export type ErrorCode = (typeof CODES)[number];

/** A `DeepTypeError` as JSON. */
export interface DeepTypeErrorJson {
  name: string;
  code: ErrorCode;
  message: string;
}

/** The first line of the stack of a `DeepTypeError`. */
const STACK_HEADER = /^(?:DeepTypeError|AbortError) \[(ERR_[A-Z_]+)\]: /;

/**
 * Every error this package throws or rejects with. `name` is `AbortError` for `ERR_ABORTED`. `instanceof` holds
 * across copies of the package. A structured clone (`postMessage`) loses name and code; `DeepTypeError.from`
 * restores them.
 */
export class DeepTypeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = code === 'ERR_ABORTED' ? 'AbortError' : 'DeepTypeError';
    writeCodeToStack(this);
  }

  /**
   * `value` as a `DeepTypeError`, if it is one, or a structured clone or the JSON of one, with code, message, stack
   * and cause; undefined for anything else.
   */
  static from(value: unknown): DeepTypeError | undefined {
    if (value instanceof DeepTypeError) return value;
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
    const { name, code, message, stack, cause } = value as Partial<DeepTypeError>;
    const isNamed = name === 'DeepTypeError' || name === 'AbortError';
    const found = isNamed ? code : STACK_HEADER.exec(String(stack))?.[1];
    if (!isCode(found) || typeof message !== 'string') return undefined;
    const options = cause === undefined ? undefined : { cause: DeepTypeError.from(cause) ?? cause };
    const error = new DeepTypeError(found, message, options);
    if (typeof stack === 'string') error.stack = stack;
    return error;
  }

  /** Name, code and message, for JSON; `DeepTypeError.from` accepts it. */
  toJSON(): DeepTypeErrorJson {
    const { name, code, message } = this;
    return { name, code, message };
  }
}

brand(DeepTypeError, 'error');

function isCode(value: unknown): value is ErrorCode {
  return (CODES as readonly unknown[]).includes(value);
}

/**
 * Starts the stack with `DeepTypeError [ERR_BUSY]: ...`, like Node's own errors. A structured clone keeps the stack,
 * but neither a custom name nor other properties.
 */
function writeCodeToStack(error: DeepTypeError): void {
  const { name, code } = error;
  error.name = `${name} [${code}]`;
  Error.captureStackTrace(error, DeepTypeError);
  void error.stack; // V8 formats it at the first read
  error.name = name;
}

/** A value as a message shows it: short; never throws. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 40 ? `'${value.slice(0, 40)}...'` : `'${value}'`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    case 'object':
      return describeObject(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return 'null';
  if (types.isPromise(value)) return 'a promise (is an await missing?)';
  try {
    if (Array.isArray(value)) return `an array of length ${value.length}`;
    if (ArrayBuffer.isView(value)) {
      return `${Object.prototype.toString.call(value).slice(8, -1)} of ${value.byteLength} bytes`;
    }
  } catch {
    // A proxy's trap may throw.
  }
  return 'an object';
}

/** `ERR_INVALID_ARGUMENT` in the common form `name: expected ..., received ...`. */
export function invalidArgument(
  name: string,
  expected: string,
  received: unknown,
  advice?: string,
): DeepTypeError {
  const message = `${name}: expected ${expected}, received ${describe(received)}`;
  return new DeepTypeError('ERR_INVALID_ARGUMENT', advised(message, advice));
}

/** A message followed by advice, if there is any. */
export function advised(message: string, advice: string | undefined): string {
  return advice === undefined ? message : `${message}; ${advice}`;
}

/** `ERR_SHAPE_MISMATCH`: lengths or widths that do not fit together. */
export function shapeMismatch(name: string, expected: string, received: string): DeepTypeError {
  return new DeepTypeError(
    'ERR_SHAPE_MISMATCH',
    `${name}: expected ${expected}, received ${received}`,
  );
}

/** `ERR_CORRUPT_FILE`: `file` was not written by this package, or was changed since. */
export function corruptFile(file: string, reason: string, cause?: unknown): DeepTypeError {
  const options = cause === undefined ? undefined : { cause };
  return new DeepTypeError('ERR_CORRUPT_FILE', `${file}: ${reason}`, options);
}

/** Marks a switch as exhaustive. */
export function assertUnreachable(value: never): never {
  throw new DeepTypeError('ERR_INVALID_ARGUMENT', `unexpected value ${describe(value)}`);
}
