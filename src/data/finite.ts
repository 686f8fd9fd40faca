// Checks that tables are finite.
import { advised, DeepTypeError, describe } from '../common/errors.js';
import { SLICE_VALUES } from '../common/time-slices.js';
import { native } from '../native/addon.js';

/** Throws `ERR_NON_FINITE_INPUT`, naming the first such value of a table and the remedy. */
export function checkFinite(
  data: Float32Array | Float64Array,
  columns: number,
  name: string,
): void {
  // The native check runs at memory bandwidth; for few values the call costs more than the loop.
  if (data.length >= 256 && native().allFinite(data, 0)) return;
  for (let k = 0; k < data.length; k++) {
    const x = data[k]!;
    // x - x is 0 for finite x and NaN otherwise.
    if (x - x !== 0) throw nonFinite(x, k, columns, name, missing(data, k, name));
  }
}

/** As `checkFinite`, of values rounded to float32, where large ones become infinite. */
export function checkRounded(rounded: Float32Array, columns: number, name: string): void {
  for (let k = 0; k < rounded.length; k++) {
    const x = rounded[k]!;
    if (x - x === 0) continue;
    const note = ' after rounding to float32';
    throw nonFinite(x, k, columns, name, { note, advice: 'divide the column by a constant' });
  }
}

/** Advice with the number of non-finite values, counted from the first one on. */
function missing(data: Float32Array | Float64Array, first: number, name: string) {
  const seen = data.subarray(first, first + SLICE_VALUES); // bounds the time on the event loop
  let count = 0;
  for (const x of seen) if (x - x !== 0) count++;
  const isAll = first + seen.length === data.length;
  const values = `${isAll ? count : `at least ${count}`} of ${data.length} values`;
  const filling = Number.isNaN(data[first])
    ? 'an Imputer fills those that are NaN'
    : 'where they are missing write NaN, which an Imputer fills';
  const remedy = name.endsWith('y') ? 'leave their rows out' : filling;
  return { advice: `${values} are not finite: ${remedy}` };
}

function nonFinite(
  x: number,
  k: number,
  columns: number,
  name: string,
  { note = '', advice }: { note?: string; advice: string },
): DeepTypeError {
  const row = Math.floor(k / columns);
  const message = `${name}: expected finite values, received ${describe(x)}${note} at row ${row}, column ${k % columns}`;
  return new DeepTypeError('ERR_NON_FINITE_INPUT', advised(message, advice));
}
