import { beforeAll, describe, expect, it } from 'vitest';
import { DeepTypeError } from '../../../src/common/errors.js';
import { type Native, type NativeKMeansOptions, native } from '../../../src/native/addon.js';
import { messageOf } from '../../common/coded.js';
import { runProgram } from './running.js';
import { classTargets, INVALID, networkHandle, sessionHandle, X } from './subjects.js';

/** The addon without its types, to be called as it should not be. */
// biome-ignore lint/complexity/noBannedTypes: anything that can be called
type Untyped = Record<string, Function>;
let addon: Native;
let raw: Untyped;
beforeAll(() => {
  addon = native();
  raw = addon as unknown as Untyped;
});

const OPTIONS: NativeKMeansOptions = {
  clusters: 2,
  init: 'k-means++',
  start: null,
  restarts: 2,
  maxIterations: 50,
  tolerance: 0,
  seed: 0,
  threads: 2,
};
describe('typed arrays', () => {
  it('are refused when they are of another type or length', () => {
    const tables: unknown[] = [
      undefined,
      null,
      [[1, 2]],
      {},
      { ...X, data: [0, 0, 0, 1, 9, 0, 9, 1] },
      { ...X, data: new Int32Array(8) },
      { ...X, data: new Uint8Array(8) },
      { ...X, data: new DataView(new ArrayBuffer(32)) },
      { ...X, data: X.data.buffer },
      { ...X, rows: 5 },
      { ...X, columns: 3 },
      { ...X, rows: -4 },
      { ...X, rows: Number.NaN },
      { ...X, rows: '4' },
      { ...X, rows: 2 ** 53, columns: 2 ** 53 },
      { data: new Float32Array(0), rows: 0, columns: 2 },
    ];
    for (const x of tables) {
      messageOf(() => raw.kmeans!(x, OPTIONS), INVALID);
      messageOf(() => raw.kmeansAsync!(x, OPTIONS), INVALID);
    }
    const centroids = { data: Float64Array.of(0, 0, 9, 0), rows: 2, columns: 2 };
    const assign = (...args: unknown[]) => messageOf(() => raw.assign!(...args), INVALID);
    assign(X, { ...centroids, data: new Float32Array(4) }, new Int32Array(4), 1);
    assign(X, { data: new Float64Array(3), rows: 1, columns: 3 }, new Int32Array(4), 1);
    assign(X, { data: new Float64Array(0), rows: 0, columns: 2 }, new Int32Array(4), 1);
    assign(X, centroids, new Int32Array(3), 1);
    assign(X, centroids, new Uint32Array(4), 1);
    assign(X, centroids, null, 1);
  });

  it('of the scaler are refused likewise', () => {
    const standardize = (...args: unknown[]) => messageOf(() => raw.standardize!(...args), INVALID);
    const [mean, out] = [new Float64Array(2), new Float32Array(8)];
    const moments = { mean, remainder: mean, deviation: mean };
    standardize(X, moments, null);
    standardize(X, moments, undefined);
    standardize(X, moments, new Float32Array(7));
    standardize(X, moments, new Float64Array(8));
    standardize(X, null, out);
    standardize(X, { mean, deviation: mean }, out);
    standardize(X, { ...moments, mean: new Float64Array(3) }, out);
    standardize(X, { ...moments, remainder: new Float64Array(3) }, out);
    standardize(X, { ...moments, deviation: new Float32Array(2) }, out);
    messageOf(() => raw.columnMoments!(), INVALID);
  });

  it('of the weights that are drawn are refused likewise', () => {
    const network = networkHandle();
    const draw = (init: unknown) => messageOf(() => network.draw(init as never), INVALID);
    const init = { initDeviation: 0, seed: 1, unused: Int32Array.of(1) };
    draw(null);
    draw({ ...init, unused: null });
    draw({ ...init, unused: Float32Array.of(1) });
    for (const unused of [[-1], [2], [1, 1], [1, 0], [0, 1, 2]]) {
      draw({ ...init, unused: Int32Array.from(unused) });
    }
    network.draw(init);
    const norms = new Float32Array(2);
    network.inputNorms(norms);
    expect(norms[0]).toBeGreaterThan(0);
    expect(norms[1]).toBe(0);
  });

  it('of the linear models are refused likewise', async () => {
    const path = { alphas: Float64Array.of(1), areShares: false, l1Ratio: 1 };
    const options = {
      ...path,
      tolerance: 0,
      maxIterations: 9,
      alpha: 1,
      intercept: true,
      threads: 1,
    };
    const y = Float64Array.of(1, 2, 3, 4);
    for (const name of ['elasticNet', 'elasticNetAsync', 'ridge', 'ridgeAsync']) {
      const call = (...args: unknown[]) => messageOf(() => raw[name]!(...args), INVALID);
      call({ ...X, rows: 5 }, y, options);
      call(X, new Float64Array(0), options);
      call(X, new Float64Array(5), options);
      call(X, new Float32Array(4), options);
      call(X, y, { ...options, threads: -1 });
      call(X, y, { ...options, alpha: '1', alphas: [1] });
      call(X, y, { ...options, intercept: 1 });
      call(X, y);
    }
    // The table is copied before the promise is handed back.
    const mine = { ...X, data: X.data.slice() };
    const result = addon.elasticNetAsync(mine, y, options);
    mine.data.fill(0);
    expect(await result).toEqual(addon.elasticNet(X, y, options));
    expect(addon.elasticNet(X, y, { ...options, alphas: new Float64Array(0) })).toEqual([]);
  });

  it('are read from their byteOffset', () => {
    const floats = Float32Array.of(7, 7, 7, ...X.data, 7);
    const doubles = Float64Array.of(7, ...X.data, 7, 7);
    const expected = addon.kmeans(X, OPTIONS);
    for (const data of [floats.subarray(3, 11), doubles.subarray(1, 9)]) {
      expect(raw.kmeans!({ ...X, data }, OPTIONS)).toEqual(expected);
    }
    const labels = new Int32Array(6).fill(-7);
    const centroids = { data: Float64Array.of(5, 0, 0, 9, 0).subarray(1), rows: 2, columns: 2 };
    const inertia = addon.assign(X, centroids, labels.subarray(1, 5), 1);
    expect(inertia).toBe(2);
    expect([...labels]).toEqual([-7, 0, 0, 1, 1, -7]);
    const out = new Float32Array(10).fill(-7);
    const moments = {
      mean: Float64Array.of(0, 9, 0).subarray(1),
      remainder: Float64Array.of(9, 0, 0).subarray(1),
      deviation: Float64Array.of(1, 9, 1).subarray(1),
    };
    addon.standardize(X, moments, out.subarray(1, 9));
    expect([...out]).toEqual([-7, -1, 0, -1, 1, 0, 0, 0, 1, -7]);
  });

  it('are empty, and so of the wrong length, once their buffer is detached', () => {
    const gone = <T extends Float32Array | Float64Array | Int32Array>(view: T): T => {
      structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
      return view;
    };
    const x = () => ({ ...X, data: gone(X.data.slice()) });
    const centroids = { data: Float64Array.of(0, 0, 9, 0), rows: 2, columns: 2 };
    messageOf(() => addon.kmeans(x(), OPTIONS), INVALID);
    messageOf(() => addon.kmeansAsync(x(), OPTIONS), INVALID);
    messageOf(() => addon.columnMoments(x()), INVALID);
    messageOf(() => addon.assign(X, centroids, gone(new Int32Array(4)), 1), INVALID);
    const lost = { ...centroids, data: gone(centroids.data.slice()) };
    messageOf(() => addon.assign(X, lost, new Int32Array(4), 1), INVALID);
    messageOf(() => addon.kmeans(X, { ...OPTIONS, init: 'given', start: lost }), INVALID);
    const [mean, out] = [new Float64Array(2), gone(new Float32Array(8))];
    const moments = { mean, remainder: mean, deviation: mean };
    messageOf(() => addon.standardize(X, moments, out), INVALID);
    messageOf(() => networkHandle().infer(x(), null, null, 1), INVALID);
    messageOf(() => sessionHandle().load(x(), classTargets(new Int32Array(4))), INVALID);
  });

  it('may be detached while a K-means runs on a copy of them', async () => {
    const data = X.data.slice();
    const pending = addon.kmeansAsync({ ...X, data }, OPTIONS);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(data.length).toBe(0);
    expect((await pending).inertia).toBe(1);
  });

  it('may lie in a SharedArrayBuffer', async () => {
    const data = new Float32Array(new SharedArrayBuffer(40), 8, 8);
    data.set(X.data);
    const x = { ...X, data };
    expect(addon.kmeans(x, OPTIONS)).toEqual(addon.kmeans(X, OPTIONS));
    expect(addon.columnMoments(x)).toEqual(addon.columnMoments(X));
    const session = sessionHandle();
    session.load(x, classTargets(new Int32Array(4)));
    const representation = new Float32Array(new SharedArrayBuffer(48));
    networkHandle().infer(x, representation, null, 1);
    expect(await session.represent()).toEqual(Float32Array.from(representation));
    const out = new Float32Array(new SharedArrayBuffer(48));
    await session.represent(out);
    expect(out).toEqual(representation);
    for (const other of [null, {}, new Float32Array(12), out.subarray(1), new Int32Array(12)]) {
      messageOf(() => session.represent(other as Float32Array), INVALID);
    }
  });
});

describe('options of kmeans', () => {
  it('are refused when they would reach past the data', () => {
    const run = (options: object) => () => raw.kmeans!(X, { ...OPTIONS, ...options });
    for (const clusters of [0, 5, -1, Number.NaN, '2', 2 ** 60])
      messageOf(run({ clusters }), INVALID);
    const start = { data: new Float64Array(4), rows: 2, columns: 2 };
    for (const init of ['k-means', 'Random', '']) messageOf(run({ init }), INVALID);
    messageOf(run({ init: 'given' }), INVALID);
    messageOf(run({ init: 'given', start: { ...start, data: new Float32Array(4) } }), INVALID);
    messageOf(run({ init: 'given', start: { ...start, rows: 1, columns: 4 } }), INVALID);
    messageOf(run({ init: 'given', start, clusters: 3 }), INVALID);
    messageOf(() => raw.kmeans!(X), INVALID);
    for (const key of Object.keys(OPTIONS)) {
      if (key !== 'start') messageOf(run({ [key]: undefined }), INVALID);
    }
  });

  it('and getters that throw leave their own error', () => {
    const trap = new Proxy(
      {},
      {
        get() {
          throw new RangeError('mine');
        },
      },
    );
    expect(() => raw.kmeans!(trap, OPTIONS)).toThrow(RangeError);
    expect(() => raw.kmeans!(X, trap)).toThrow(RangeError);
  });
});

describe('values that are not finite', () => {
  it('do no harm to memory', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1.7e308]) {
      const data = Float64Array.from({ length: 6000 }, (_, i) => (i % 3 === 0 ? value : -i));
      const x = { data, rows: 3000, columns: 2 };
      const { labels } = addon.kmeans(x, { ...OPTIONS, clusters: 7 });
      expect(labels.every((k) => k >= 0 && k < 7)).toBe(true);
      addon.assign(x, { data: data.slice(0, 8), rows: 4, columns: 2 }, labels, 2);
      expect(labels.every((k) => k >= 0 && k < 4)).toBe(true);
    }
  });
});

describe('errors of the addon', () => {
  it('are of the class of native.ts; without it they begin with their code', () => {
    try {
      raw.kmeans!();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DeepTypeError);
    }
    const ended = runProgram(`
      try { addon.kmeans(); } catch (error) { console.log(error.message.split(':')[0]); }
    `);
    expect(ended).toEqual({ status: 0, output: INVALID, errors: '' });
  });
});
