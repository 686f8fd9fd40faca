import { describe, expect, it } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  KMeans,
  kmeans,
  Lasso,
  Matrix,
  metrics,
  Network,
  Scaler,
} from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { OPTIONS, rows, y } from '../../options/refusals.js';

const [ROWS, COLUMNS] = [rows.length, rows[0]!.length];
const flat = Float32Array.from(rows.flat());

/** What takes a table, each with a result that can be compared. */
const TAKERS: Readonly<Record<string, (X: never) => unknown>> = {
  Matrix: (X) => Matrix.from(X).data,
  KMeans: (X) => new KMeans({ clusters: 2 }).fit(X).labels,
  kmeans: (X) => kmeans(X, 2, { seed: 1 }).clusters,
  Scaler: (X) => new Scaler().fit(X).mean,
  Lasso: (X) => new Lasso({ alpha: 0.01 }).fit(X, Float32Array.from(y)).coefficients,
  silhouette: (X) => metrics.silhouetteScore(X, y),
  Network: (X) =>
    new Network({ inputs: COLUMNS, hidden: [4], outputs: 2, seed: 1 }).forward(X).data,
};
const NAMES = Object.keys(TAKERS);
const expected = (name: string): unknown => TAKERS[name]!(new Matrix(flat, ROWS, COLUMNS) as never);

interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}
interface Growable extends SharedArrayBuffer {
  grow(bytes: number): void;
}
const resizable = (bytes: number): Resizable =>
  new (ArrayBuffer as never as new (n: number, o: object) => Resizable)(bytes, {
    maxByteLength: 2 * bytes,
  });

/** A view as long as its buffer. */
function tracking(buffer: ArrayBufferLike): Float32Array {
  const view = new Float32Array(buffer);
  view.set(flat);
  return view;
}

describe.each(NAMES)('%s', (name) => {
  const take = TAKERS[name]!;

  it('reads views with an offset, of resizable and of growable memory', () => {
    const offset = new Float32Array(flat.length + 3).subarray(2, 2 + flat.length);
    offset.set(flat);
    const shared = new (SharedArrayBuffer as never as new (n: number, o: object) => Growable)(
      flat.byteLength,
      { maxByteLength: 2 * flat.byteLength },
    );
    for (const data of [offset, tracking(resizable(flat.byteLength)), tracking(shared)]) {
      expect(take({ data, rows: ROWS, columns: COLUMNS } as never)).toEqual(expected(name));
    }
  });

  it('refuses views that have shrunk, grown or gone', () => {
    const [shrunk, grown, gone] = [0, 0, 0].map(() => resizable(flat.byteLength));
    const views = [shrunk!, grown!, gone!].map(tracking);
    shrunk!.resize(8);
    grown!.resize(2 * flat.byteLength);
    structuredClone(gone, { transfer: [gone!] });
    for (const data of views) {
      messageOf(() => take({ data, rows: ROWS, columns: COLUMNS } as never), 'ERR_SHAPE_MISMATCH');
    }
  });

  it('is not misled by a getter that takes the memory away, or answers otherwise the next time', () => {
    const buffer = resizable(flat.byteLength);
    const data = tracking(buffer);
    const shrinking = {
      data,
      rows: ROWS,
      get columns() {
        buffer.resize(0);
        return COLUMNS;
      },
    };
    messageOf(() => take(shrinking as never), 'ERR_SHAPE_MISMATCH');
    const reads = { data: 0, rows: 0, columns: 0 };
    const changing = {
      get data() {
        return reads.data++ === 0 ? flat : new Float32Array(1);
      },
      get rows() {
        return reads.rows++ === 0 ? ROWS : 2 ** 40;
      },
      get columns() {
        return reads.columns++ === 0 ? COLUMNS : 2 ** 40;
      },
    };
    expect(take(changing as never)).toEqual(expected(name));
    expect(reads).toEqual({ data: 1, rows: 1, columns: 1 });
  });

  it('takes lengths for what they are worth', () => {
    for (const [r, c] of [
      [2 ** 31, 2 ** 31],
      [2 ** 53 - 1, 1],
      [1, 2 ** 53 - 1],
    ] as const) {
      messageOf(() => take({ data: flat, rows: r, columns: c } as never), 'ERR_SHAPE_MISMATCH');
    }
  });

  it('takes a subclass for what it holds, whatever it makes of itself', () => {
    class Other extends Float32Array {
      static get [Symbol.species](): Float32ArrayConstructor {
        return Int8Array as never;
      }
    }
    const data = new Other(flat);
    expect(take({ data, rows: ROWS, columns: COLUMNS } as never)).toEqual(expected(name));
    class Table extends Matrix {}
    expect(take(new Table(flat, ROWS, COLUMNS) as never)).toEqual(expected(name));
  });

  it('takes a proxy for its target, and passes on what its traps throw', () => {
    const table = { data: flat, rows: ROWS, columns: COLUMNS };
    expect(take(new Proxy(table, {}) as never)).toEqual(expected(name));
    const own = new Error('of the trap');
    const refusing = new Proxy(table, {
      get: () => {
        throw own;
      },
    });
    expect(() => take(refusing as never)).toThrow(own);
  });
});

describe('Object.prototype that somebody has added to', () => {
  it('gives no options', async () => {
    const added = { seed: 99, threads: 7, weight: 3, maxGradientNorm: 1e-9, standardize: false };
    const fitted = async () => {
      const model = new DeepType(OPTIONS);
      await model.fit(rows, y);
      return model.network.parameters();
    };
    const before = await fitted();
    Object.assign(Object.prototype, added);
    try {
      expect(await fitted()).toEqual(before);
      messageOf(() => new DeepType({ clusters: 2, hiden: [1] } as never), 'ERR_INVALID_ARGUMENT');
    } finally {
      for (const key of Object.keys(added)) Reflect.deleteProperty(Object.prototype, key);
    }
  });
});

describe('an array that does not say what it holds', () => {
  it('is read by index', () => {
    const liar = rows.map((row) => row.slice());
    Object.defineProperty(liar, Symbol.iterator, { value: () => [].values() });
    Object.defineProperty(liar, 'map', { value: () => [] });
    expect(Matrix.from(liar).data).toEqual(flat);
    const labels = [...y];
    Object.defineProperty(labels, Symbol.iterator, { value: () => [1, 2, 3].values() });
    expect(metrics.accuracy(labels, y)).toBe(1);
  });

  it('harms nothing where all arrays do so', async () => {
    const model = new DeepType(OPTIONS);
    await model.fit(rows, y);
    const labels = model.assign(rows);
    const iterate = Array.prototype[Symbol.iterator];
    const outcomes: unknown[] = [];
    Array.prototype[Symbol.iterator] = function* () {
      yield undefined;
    } as never;
    try {
      for (const call of [
        () => model.assign(rows),
        () => new KMeans({ clusters: 2 }).fit(rows),
        () => new DeepType(OPTIONS),
        () => metrics.silhouetteScore(rows, y),
      ]) {
        try {
          call();
        } catch (error) {
          outcomes.push(error);
        }
      }
    } finally {
      Array.prototype[Symbol.iterator] = iterate;
    }
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error);
    expect(model.assign(rows)).toEqual(labels);
  });
});

describe('methods', () => {
  it('borrowed for another object throw', async () => {
    const network = new Network({ inputs: COLUMNS, hidden: [4], outputs: 2 });
    for (const foreign of [{}, null, [], new Matrix(flat, ROWS, COLUMNS), network]) {
      const call = (method: unknown) => Reflect.apply(method as never, foreign, [rows]);
      expect(() => call(DeepType.prototype.predict)).toThrow(TypeError);
      expect(() => call(KMeans.prototype.predict)).toThrow(Error);
      if (foreign !== network) expect(() => call(Network.prototype.forward)).toThrow(TypeError);
      await expect(call(DeepType.prototype.fit)).rejects.toThrow(TypeError);
    }
    expect(() => Network.handleOf(Object.create(Network.prototype) as Network)).toThrow(TypeError);
  });

  it('fill an array of the caller only where it is one', async () => {
    const model = new DeepType(OPTIONS);
    await model.fit(rows, y);
    const gone = new Float32Array(ROWS * 3);
    structuredClone(gone, { transfer: [gone.buffer] });
    for (const out of [gone, { length: ROWS * 3 }, new Proxy(new Float32Array(ROWS * 3), {})]) {
      let error: unknown;
      try {
        model.transform(rows, { out: out as never });
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(DeepTypeError);
    }
  });
});
