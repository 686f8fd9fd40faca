// Arguments: valid ones, and junk in their place.
import fc from 'fast-check';
import { Matrix } from '../../../src/index.js';
import { X, Y } from './tables.js';

export const X32 = new Matrix(Float32Array.from(X.flat()), 4, 2);
const sparse = new Array<number>(4);

/**
 * Nothing here is a large size that would be granted: 2 ** 53 is beyond every integer option. No
 * function here throws, as what a caller's function throws is passed on as it is.
 */
const JUNK: unknown[] = [
  ...[undefined, null, true, false, '', 'relu', 'auto', 'cross-entropy', '2', 1n, Symbol('s')],
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0, 0.5, 1, 3, 7, 2 ** 53, -(2 ** 31), 1e300],
  ...[[], [[]], [[], []], [[1, 2], [3]], [null], [undefined], [[Number.NaN, 1]], ['a', 'b'], [1n]],
  ...[[[1, '2']], sparse, [sparse, sparse], [X], [Symbol('s')], [0, 1, 2], [0, 'a'], [1e300]],
  ...[
    [
      [1e300, 1],
      [-1e300, 1],
    ],
    [[1, 2]],
    [[1], [2], [3], [4]],
    X,
    Y,
    ['a', 'b', 'a', 'b'],
  ],
  ...[{}, Object.create(null), { data: [1, 2], rows: 1, columns: 3 }, { rows: 2, columns: 2 }],
  ...[
    { data: [1, Number.NaN], rows: 1, columns: 2 },
    { data: null, rows: 0, columns: 0 },
  ],
  ...[
    { rows: 2, columns: 2, get: () => 'x' },
    { rows: 2 ** 53, columns: 1, get: () => 1 },
  ],
  ...[{ data: new Float32Array(4), rows: -2, columns: -2 }, { length: 4 }, { clusters: 2 }],
  ...[new Float32Array(0), new Float32Array(4), Float32Array.of(Number.NaN), new Float64Array(2)],
  ...[new Int32Array(4), new Uint8Array(2), new Uint16Array(4), new BigInt64Array(4)],
  ...[new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), new Date(0), new Map(), new Set([1])],
  ...[/x/, new Error('e'), Promise.resolve(1), () => 1, X32, new Proxy({}, {})],
  ...[new Matrix(new Float32Array(0), 0, 2), Object.freeze([Object.freeze([1, 2])])],
];
export const junk = fc.constantFrom(...JUNK);

function pick(weight: number, valid: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight, arbitrary: fc.constantFrom(...valid) }, { weight: 1, arbitrary: junk });
}

/** One of the valid values, or junk. */
export const some = (...valid: unknown[]): fc.Arbitrary<unknown> => pick(4, valid);

/** The same with little junk: for the options of which there are dozens in one call. */
export const mostly = (...valid: unknown[]): fc.Arbitrary<unknown> => pick(60, valid);

/** An object with some of the fields, seldom with one that is unknown; or junk. */
export function options(
  fields: Record<string, fc.Arbitrary<unknown>>,
  required: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<unknown> {
  const optional = Object.entries(fields).map(([key, value]) => [
    key,
    fc.option(value, { nil: undefined, freq: 2 }),
  ]);
  const known = fc.record({ ...Object.fromEntries(optional), ...required });
  const unknown = fc
    .tuple(known, fc.constantFrom('clusterz', 'seeds', '__proto__', 'toString', '0'), junk)
    .map(([object, key, value]) => ({ ...object, [key]: value }));
  return fc.oneof(
    { weight: 40, arbitrary: known },
    { weight: 1, arbitrary: unknown },
    { weight: 1, arbitrary: junk },
  );
}
