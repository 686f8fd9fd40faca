import type { Bounds } from '../common/checks.js';
import type { Random } from '../common/random.js';
import { Matrix } from '../data/matrix.js';
import { newFloat32 } from '../native/memory.js';

/** Bounds of a standard deviation: draws stay below the largest float32. */
export const SCALE: Bounds = { min: 0, max: 1e30 };

/** `count` of the columns 0 .. features - 1, ascending; all subsets are equally likely. */
export function chooseColumns(features: number, count: number, random: Random): Int32Array {
  return random.permutation(features).slice(0, count).sort();
}

/** Matrix[rows x columns] of scale * N(0, 1) */
export function normalMatrix(rows: number, columns: number, scale: number, random: Random): Matrix {
  const data = newFloat32(rows * columns, `${rows} x ${columns} values`);
  for (let k = 0; k < data.length; k++) data[k] = scale * random.normal();
  return new Matrix(data, rows, columns);
}
