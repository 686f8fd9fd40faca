import type { AsyncResource } from 'node:async_hooks';
import { isPromised, synchronousResult } from '../common/callbacks.js';
import { isFloat32, isFloat64, number, object } from '../common/checks.js';
import { invalidArgument, shapeMismatch } from '../common/errors.js';
import { ofThisRealm } from '../common/realm.js';
import { Matrix } from '../data/matrix.js';
import type { NativeLossCallback } from '../native/session.js';
import type { PrimaryLoss } from '../options/losses.js';

/** A call off the event loop that a loss is evaluated for: the context it runs in, and the receiver of what it throws. */
export interface Caller {
  readonly context: AsyncResource;
  fail(error: unknown): void;
}

/**
 * A caller's loss as the native core calls it. What `evaluate` throws, or returns that is no finite
 * loss with a gradient of the outputs' shape, fails the call that is under way, and the loss becomes NaN;
 * where there is none, it is called at once and throws.
 */
export function nativeLoss(
  loss: PrimaryLoss,
  callerOf: () => Caller | undefined,
): NativeLossCallback {
  const evaluate: NativeLossCallback = (...batch) => evaluateBatch(loss, ...batch);
  return (...batch) => {
    const caller = callerOf();
    if (caller === undefined) return evaluate(...batch);
    try {
      return caller.context.runInAsyncScope(evaluate, undefined, ...batch);
    } catch (error) {
      caller.fail(error);
      return Number.NaN;
    }
  };
}

/** Fills `gradient` (B x C), returns the loss. */
function evaluateBatch(
  loss: PrimaryLoss,
  ...[outputs, gradient, rows, columns, classes, values, weights]: Parameters<NativeLossCallback>
): number {
  const targets =
    classes === null
      ? new Matrix(ofThisRealm(values!), rows, values!.length / rows)
      : ofThisRealm(classes);
  const table = new Matrix(ofThisRealm(outputs), rows, columns);
  const returned = loss.evaluate(
    table,
    targets,
    weights === null ? undefined : ofThisRealm(weights),
  );
  const result = object('loss.evaluate', synchronousResult('loss.evaluate', returned));
  const { loss: mean, gradient: given } = result;
  for (const part of [mean, given]) isPromised(part); // refused below; it may be rejected
  const value = number('loss.evaluate: loss', mean);
  gradient.set(readGradient(given, rows * columns));
  return value;
}

function readGradient(value: unknown, length: number): ArrayLike<number> {
  const isMatrix = typeof value === 'object' && value !== null && 'data' in value;
  const data: unknown = isMatrix ? value.data : value;
  if (!Array.isArray(data) && !isFloat32(data) && !isFloat64(data)) {
    throw invalidArgument('loss.evaluate: gradient', 'a Matrix or an array of numbers', data);
  }
  if (data.length !== length) {
    throw shapeMismatch('loss.evaluate: gradient', `${length} values`, `${data.length}`);
  }
  // As float32 will hold it.
  const isBad = (x: unknown): boolean => typeof x !== 'number' || !Number.isFinite(Math.fround(x));
  const bad = (data as ArrayLike<number> & unknown[]).findIndex(isBad);
  if (bad >= 0)
    throw invalidArgument(`loss.evaluate: gradient[${bad}]`, 'a finite number', data[bad]);
  return data;
}
