import { expect } from 'vitest';
import { DeepTypeError, type ErrorCode } from '../../src/common/errors.js';

/** Expects `call` to throw a DeepTypeError with `code`; returns its message. */
export function messageOf(call: () => unknown, code: ErrorCode): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(DeepTypeError);
    expect(error).toHaveProperty('code', code);
    return (error as DeepTypeError).message;
  }
  throw new Error(`expected ${code}, but the call succeeded`);
}

/** Expects `call` to succeed or to throw a DeepTypeError. */
export function expectCoded(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(DeepTypeError);
  }
}
