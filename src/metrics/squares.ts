// Sums of squares without overflow (squares of 1e155) or underflow (of 1e-170). Numbers are first multiplied
// by a power of two, which is exact.
import { forSlices, runSync, type Sliced } from '../common/time-slices.js';

/** Exponents of powers of two that are float64 numbers. */
const MOST = 1023;

/**
 * The power of two that scales the largest of the numbers towards 2^510, so that a sum of `terms` squares is
 * finite and as few squares as possible underflow; 1 if all are 0.
 */
export function scaleFor(numbers: ArrayLike<number>, terms: number): number {
  return runSync(slicedScale(numbers, terms));
}

/** As `scaleFor`, in slices. */
export function* slicedScale(numbers: ArrayLike<number>, terms: number): Sliced<number> {
  let largest = 0;
  yield* forSlices(numbers.length, (from, end) => {
    for (let k = from; k < end; k++) largest = Math.max(largest, Math.abs(numbers[k]!));
  });
  if (largest === 0) return 1;
  const room = Math.ceil(Math.log2(terms) / 2);
  return 2 ** Math.min(MOST, 510 - room - Math.ceil(Math.log2(largest)));
}

/** The sum of some squares: `value` / `scale`^2. */
export interface SumOfSquares {
  readonly value: number;
  readonly scale: number;
}

export function sumOfSquares(numbers: Float64Array): SumOfSquares {
  const scale = scaleFor(numbers, numbers.length);
  let value = 0;
  for (const x of numbers) value += (x * scale) ** 2;
  return { value, scale };
}

/** a / b, infinite where that is beyond float64. */
export function quotient(a: SumOfSquares, b: SumOfSquares): number {
  const scales = b.scale / a.scale;
  return (a.value / b.value) * scales * scales;
}
