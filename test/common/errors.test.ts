import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { DeepTypeError, KMeans } from '../../src/index.js';

const entry = fileURLToPath(new URL('../../dist/cjs/index.js', import.meta.url));

function thrown(): DeepTypeError {
  try {
    new KMeans({ clusters: 0 });
  } catch (error) {
    return error as DeepTypeError;
  }
  throw new Error('the call succeeded');
}

function expectSame(found: DeepTypeError | undefined, error: DeepTypeError): void {
  expect(found).toBeInstanceOf(DeepTypeError);
  const { name, code, message } = error;
  expect(found).toMatchObject({ name, code, message });
}

describe('a DeepTypeError', () => {
  it('begins its stack with name, code and message, as the errors of Node do', () => {
    const error = thrown();
    expect(error.name).toBe('DeepTypeError');
    expect(error.stack).toMatch(
      /^DeepTypeError \[ERR_INVALID_ARGUMENT\]: clusters: expected an integer/,
    );
    expect(new DeepTypeError('ERR_ABORTED', 'ended').stack).toMatch(
      /^AbortError \[ERR_ABORTED\]: ended/,
    );
    expect(String(error)).toMatch(/^DeepTypeError: clusters/);
  });

  it('is found again in its structured clone, with its stack and its causes', () => {
    const cause = new DeepTypeError('ERR_IO', 'no disk', { cause: new RangeError('too large') });
    const error = new DeepTypeError('ERR_ABORTED', 'the fit was aborted', { cause });
    const clone = structuredClone(error);
    expect(clone.code).toBeUndefined(); // which is why `from` is there
    const found = DeepTypeError.from(clone)!;
    expectSame(found, error);
    expect(found.stack).toBe(error.stack);
    expectSame(found.cause as DeepTypeError, cause);
    expect((found.cause as Error).cause).toBeInstanceOf(RangeError);
  });

  it('is found again behind postMessage, and where a worker ended by it', async () => {
    const { port1, port2 } = new MessageChannel();
    const error = thrown();
    port1.postMessage(error);
    const [message] = await once(port2, 'message');
    port1.close();
    expectSame(DeepTypeError.from(message), error);
    const program = `const { KMeans } = require(${JSON.stringify(entry)}); new KMeans({ clusters: 0 });`;
    const [ended] = await once(new Worker(program, { eval: true }), 'error');
    expectSame(DeepTypeError.from(ended), error);
  });

  it('is found again in its JSON', () => {
    const error = thrown();
    const text = JSON.stringify({ error });
    expect(JSON.parse(text).error).toEqual({
      name: 'DeepTypeError',
      code: 'ERR_INVALID_ARGUMENT',
      message: error.message,
    });
    expectSame(DeepTypeError.from(JSON.parse(text).error), error);
  });

  it('is itself, and is not found in anything else', () => {
    const error = thrown();
    expect(DeepTypeError.from(error)).toBe(error);
    const system = Object.assign(new Error('x'), { code: 'ERR_IO' });
    const unknown = { name: 'DeepTypeError', code: 'ERR_NONE', message: 'x' };
    for (const value of [undefined, null, 3, 'ERR_IO', {}, new Error('ERR_IO'), system, unknown]) {
      expect(DeepTypeError.from(value)).toBeUndefined();
    }
  });
});
