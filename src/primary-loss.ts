import { invalidArgument, shapeMismatch } from './errors.js';
import type { PrimaryLoss } from './losses.js';
import { Matrix } from './matrix.js';
import type { NativeLossCallback } from './native-session.js';
import { isFloat32, isFloat64, number, object } from './validate.js';

/**
 * A caller's loss as the native core calls it. What `evaluate` throws, or returns that is no finite
 * loss with a gradient of the outputs' shape, goes to `onFailure`, and the loss becomes NaN.
 */
export function nativeLoss(
  loss: PrimaryLoss,
  onFailure: (error: unknown) => void,
): NativeLossCallback {
  return (outputs, gradient, rows, columns, classes, values, weights) => {
    try {
      const targets = classes ?? new Matrix(values!, rows, values!.length / rows);
      const result = object(
        'loss.evaluate',
        loss.evaluate(new Matrix(outputs, rows, columns), targets, weights ?? undefined),
      );
      const value = number('loss.evaluate: loss', result.loss);
      gradient.set(readGradient(result.gradient, rows * columns));
      return value;
    } catch (error) {
      onFailure(error);
      return Number.NaN;
    }
  };
}

function readGradient(value: unknown, length: number): ArrayLike<number> {
  const data: unknown = value instanceof Matrix ? value.data : value;
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
