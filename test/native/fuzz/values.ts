// Arguments of the addon made from bytes: right ones, and in their place what may not come.
import type { Choices } from './bytes.js';

const REALS = [0, 1, 0.5, -1, 0.1, 2, 1e30, 1e-30, -0, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
const SIZES = [1, 2, 3, 4, 0, 5, 7, 64, 2 ** 24, 2 ** 31, 2 ** 32, 2 ** 53, -1, 0.5];

export const real = (c: Choices): number => c.pick(REALS);
export const size = (c: Choices): number => c.pick(SIZES);
/** Of what takes time in proportion: only small numbers are right. */
export const few = (c: Choices): number => c.below(4);
export const threads = (c: Choices): number => c.below(4);
export const flag = (c: Choices): boolean => c.below(2) === 1;

type Elements = 'Float32Array' | 'Float64Array' | 'Int32Array' | 'Uint8Array' | 'BigInt64Array';
const MAKERS: Record<Elements, (buffer: ArrayBufferLike, at: number, length: number) => object> = {
  Float32Array: (b, at, n) => new Float32Array(b as ArrayBuffer, at, n),
  Float64Array: (b, at, n) => new Float64Array(b as ArrayBuffer, at, n),
  Int32Array: (b, at, n) => new Int32Array(b as ArrayBuffer, at, n),
  Uint8Array: (b, at, n) => new Uint8Array(b as ArrayBuffer, at, n),
  BigInt64Array: (b, at, n) => new BigInt64Array(b as ArrayBuffer, at, n),
};

/** A typed array of that length, its buffer of another kind now and then. */
function typed(c: Choices, type: Elements, length: number): object {
  const bytes = 8 * (length + 1);
  switch (c.below(16)) {
    case 15: {
      const array = MAKERS[type](new SharedArrayBuffer(bytes), 8, length);
      return array;
    }
    case 14:
      return MAKERS[type](new ArrayBuffer(bytes), 8, length);
    case 13: {
      const array = MAKERS[type](new ArrayBuffer(bytes), 0, length);
      structuredClone(array, { transfer: [Reflect.get(array, 'buffer') as ArrayBuffer] });
      return array;
    }
    default:
      return MAKERS[type](new ArrayBuffer(bytes), 0, length);
  }
}

function filled<T extends object>(array: T, next: () => number): T {
  const length = Number(Reflect.get(array, 'length'));
  for (let i = 0; i < length; i++) Reflect.set(array, i, next());
  return array;
}

/** `length` values of the type, now and then of another type or length. */
function array(c: Choices, type: Elements, length: number, next: () => number): object {
  const given = c.mostly(type, () => c.pick(Object.keys(MAKERS) as Elements[]));
  const long = c.mostly(length, () => c.below(9));
  if (given === 'BigInt64Array') return typed(c, given, long);
  return filled(typed(c, given, long), next);
}

export const floats = (c: Choices, length: number): object =>
  c.mostly(
    array(c, 'Float32Array', length, () => real(c)),
    () => hostile(c),
  );
export const doubles = (c: Choices, length: number): object =>
  c.mostly(
    array(c, 'Float64Array', length, () => real(c)),
    () => hostile(c),
  );
/** Whole numbers from 0 to `bound` - 1, one outside now and then. */
export const whole = (c: Choices, length: number, bound: number): object =>
  c.mostly(
    array(c, 'Int32Array', length, () =>
      c.mostly(c.below(bound), () => c.pick([-1, bound, 2 ** 31 - 1, -(2 ** 31)])),
    ),
    () => hostile(c),
  );

/** { data, rows, columns }; of one type, or of either. */
export function matrix(c: Choices, rows: number, columns: number, type?: Elements): object {
  const chosen = type ?? c.pick<Elements>(['Float32Array', 'Float64Array']);
  const data = array(c, chosen, rows * columns, () => real(c));
  return object(c, { data, rows, columns });
}

/** The fields, one of them now and then hostile, or a getter that detaches the arrays or calls back. */
export function object(c: Choices, fields: Readonly<Record<string, unknown>>): object {
  const own = { ...fields };
  if (c.below(8) !== 7) return own;
  const name = c.pick(Object.keys(own));
  if (c.below(3) > 0) return { ...own, [name]: hostile(c) };
  const value = own[name];
  Object.defineProperty(own, name, {
    get: () => {
      if (c.below(2) === 0) detach(Object.values(fields));
      else c.reenter();
      return value;
    },
  });
  return own;
}

function detach(values: readonly unknown[]): void {
  for (const value of values) {
    const buffer = ArrayBuffer.isView(value) ? value.buffer : undefined;
    if (buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] });
  }
}

/** What may not come in any place. */
export function hostile(c: Choices): unknown {
  const makers: readonly (() => unknown)[] = [
    ...[undefined, null, true, '', 'relu', 1n, Symbol('s')].map((value) => () => value),
    ...[Number.NaN, -1, 0.5, 2 ** 53, -(2 ** 31), 1e300, Number.POSITIVE_INFINITY].map(
      (value) => () => value,
    ),
    ...[() => [], () => ({}), () => [1, 2, 3], () => () => 1, () => new Map(), () => new Date(0)],
    ...[() => new Float32Array(0), () => new Float64Array(3), () => new Int32Array(4)],
    ...[() => new ArrayBuffer(8), () => new DataView(new ArrayBuffer(8)), () => new Proxy({}, {})],
    () => ({ data: new Float32Array(4), rows: 2 ** 32, columns: 2 ** 32 }),
    () => ({ valueOf: () => 3, toString: () => 'relu' }),
    () => ({
      valueOf: () => {
        throw new RangeError('valueOf');
      },
    }),
    () => ({
      get data() {
        throw new RangeError('data');
      },
      rows: 1,
      columns: 1,
    }),
  ];
  return c.pick(makers)();
}

/** A number, whose conversion detaches the arrays now and then. */
export function numeric(c: Choices, value: number, arrays: readonly unknown[]): unknown {
  return c.mostly<unknown>(value, () => ({
    valueOf: () => {
      detach(arrays.flatMap((a) => (typeof a === 'object' && a !== null ? Object.values(a) : [])));
      detach(arrays);
      c.reenter();
      return value;
    },
  }));
}
