// Values of other realms: a vm context, as Jest has for every test file, and another copy of the package.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as deeptype from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';

const { DeepType, DeepTypeError, KMeans, Lasso, Matrix, Network, Ridge, Scaler, Trainer } =
  deeptype;
type Package = typeof deeptype;

const entry = fileURLToPath(new URL('../../../dist/cjs/index.js', import.meta.url));
const host = createRequire(entry);
const quick = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 1 },
  joint: { epochs: 1 },
  settle: { iterations: 2 },
};
const { X, y } = deeptype.datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 1 });

/** The CommonJS build, every module of it compiled in `context`, as Jest does. */
function loadIn(context: vm.Context): Package {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    if (/\.(node|json)$/.test(file)) return host(file);
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(file, module);
    const near = createRequire(file);
    const require = (id: string): unknown => (/^[./]/.test(id) ? load(near.resolve(id)) : near(id));
    const names = ['exports', 'require', 'module', '__filename', '__dirname'];
    const parameters = { parsingContext: context, filename: file };
    const body = vm.compileFunction(readFileSync(file, 'utf8'), names, parameters);
    body(module.exports, Object.assign(require, near), module, file, dirname(file));
    return module.exports;
  };
  return load(entry) as Package;
}

/** What Jest's node environment has beyond JavaScript itself. */
const context = vm.createContext({ process, console, AbortSignal, URL, performance, Buffer });
for (const name of ['TextEncoder', 'TextDecoder', 'structuredClone', 'setTimeout']) {
  context[name] = Reflect.get(globalThis, name);
}
const inside = (code: string): unknown => vm.runInContext(code, context);

describe('values of another realm', () => {
  const foreign = (name: string, values: ArrayLike<number>): never =>
    new (inside(name) as new (v: ArrayLike<number>) => never)(values);

  it('are tables, labels, values and times', async () => {
    expect(foreign('Float32Array', X.data)).not.toBeInstanceOf(Float32Array);
    const own = await fitted(X, y);
    const table = { data: foreign('Float32Array', X.data), rows: 60, columns: 5 };
    const other = await fitted(table, foreign('Int32Array', y));
    expect(other.predict(table)).toEqual(own.predict(X));
    expect(other.predict(X, { out: foreign('Int32Array', y) })).toHaveLength(60);
    const doubles = { ...table, data: foreign('Float64Array', Array.from(X.data)) };
    expect(other.predict(doubles)).toEqual(own.predict(X));
    const regression = new DeepType({ ...quick, loss: 'mse' });
    await regression.fit(X, foreign('Float64Array', Array.from(y)));
    const survival = new DeepType({ ...quick, loss: 'cox' });
    await survival.fit(
      X,
      inside(
        '({ time: Array.from({ length: 60 }, (_, i) => i), event: new Uint8Array(60).fill(1) })',
      ) as never,
    );
  });

  it('are options, which a file then holds', async () => {
    const model = new DeepType(
      inside(
        '({ clusters: 3, hidden: [8, 4], pretrain: { epochs: 1 }, joint: { epochs: 1 } })',
      ) as never,
    );
    await model.fit(X, y);
    expect(DeepType.fromBytes(model.toBytes()).options).toEqual(model.options);
    expect(model.options).toEqual({
      clusters: 3,
      hidden: [8, 4],
      pretrain: { epochs: 1 },
      joint: { epochs: 1 },
    });
  });

  it('are bytes, shared or not, and file URLs', async () => {
    const model = await fitted(X, y);
    const bytes = foreign('Uint8Array', model.toBytes()) as Uint8Array;
    expect(DeepType.fromBytes(bytes).predict(X)).toEqual(model.predict(X));
    const shared = inside(`new Uint8Array(new SharedArrayBuffer(${bytes.length}))`) as Uint8Array;
    shared.set(bytes);
    expect(DeepType.fromBytes(shared).predict(X)).toEqual(model.predict(X));
    await expect(DeepType.load(new URL('file:///nowhere/at/all'))).rejects.toHaveProperty(
      'code',
      'ERR_IO',
    );
  });

  it('are what a clusterer and a loss of the caller return', async () => {
    const clusterer = inside(
      '(z, k) => ({ labels: Int32Array.from({ length: z.rows }, (_, i) => i % k), centroids: Array.from({ length: k }, (_, c) => Array.from(z.row(c))) })',
    ) as never;
    const evaluate = inside(
      '(outputs, targets) => ({ loss: 1, gradient: new Float32Array(outputs.data.length) })',
    ) as never;
    const model = new DeepType({ ...quick, clusterer, loss: { targets: 'classes', evaluate } });
    await expect(model.fit(X, y)).resolves.toHaveProperty('clusters', 3);
  });

  it('of the kinds that are refused are refused with a code, proxies too', async () => {
    const proxy = new Proxy(Float32Array.from(X.data), {});
    await expect(fitted({ data: proxy, rows: 60, columns: 5 }, y)).rejects.toHaveProperty(
      'code',
      'ERR_INVALID_ARGUMENT',
    );
    await expect(fitted(X, new Proxy(y, {}))).rejects.toHaveProperty(
      'code',
      'ERR_INVALID_ARGUMENT',
    );
    messageOf(() => DeepType.fromBytes(new Proxy(new Uint8Array(9), {})), 'ERR_INVALID_ARGUMENT');
    const forged = Object.create(AbortSignal.prototype) as AbortSignal;
    await expect(new DeepType(quick).fit(X, y, { signal: forged })).rejects.toHaveProperty(
      'code',
      'ERR_INVALID_ARGUMENT',
    );
  });
});

describe('the package in a vm context', () => {
  const there = loadIn(context);
  const table = there.datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 1 });

  it('fits, saves, loads and aborts, to the results of the package outside', async () => {
    const model = new there.DeepType(quick);
    await model.fit(table.X, table.y);
    const own = await fitted(X, y);
    expect(Array.from(model.predict(table.X))).toEqual(Array.from(own.predict(X)));
    expect(Array.from(await model.predictAsync(table.X))).toEqual(Array.from(own.predict(X)));
    const again = there.DeepType.fromBytes(model.toBytes());
    expect(again.options).toEqual(model.options);
    const signal = AbortSignal.abort('enough');
    await expect(new there.DeepType(quick).fit(table.X, table.y, { signal })).rejects.toMatchObject(
      { name: 'AbortError', code: 'ERR_ABORTED', cause: 'enough' },
    );
  });

  it('hands out arrays of that context, whether JavaScript or the addon made them', async () => {
    const typed = (name: string) => inside(name) as new () => unknown;
    const kmeans = new there.KMeans({ clusters: 3 }).fit(table.X);
    expect(kmeans.labels).toBeInstanceOf(typed('Int32Array'));
    const other = await new there.KMeans({ clusters: 3 }).fitAsync(table.X);
    expect(other.labels).toBeInstanceOf(typed('Int32Array'));
    const double = typed('Float64Array');
    const times = Float64Array.from(table.y);
    expect(new there.Lasso({ alpha: 0.1 }).fit(table.X, times).coefficients).toBeInstanceOf(double);
    expect(new there.Ridge().fit(table.X, times).coefficients).toBeInstanceOf(double);
    expect(new there.Scaler().fit(table.X).mean).toBeInstanceOf(double);
    expect(there.metrics.silhouetteSamples(table.X, table.y)).toBeInstanceOf(double);
    expect(await there.metrics.silhouetteSamplesAsync(table.X, table.y)).toBeInstanceOf(double);
    const model = new there.DeepType(quick);
    await model.fit(table.X, table.y);
    for (const labels of [
      model.labels,
      model.predict(table.X),
      await model.predictAsync(table.X),
      model.assign(table.X),
    ]) {
      expect(labels).toBeInstanceOf(typed('Int32Array'));
    }
    expect(model.centroids.data).toBeInstanceOf(typed('Float32Array'));
  });

  it('has the same results as outside in the other pieces', () => {
    expect(Array.from(new there.Scaler().fit(table.X).mean)).toEqual(
      Array.from(new Scaler().fit(X).mean),
    );
    const values = Float64Array.from(y);
    for (const [Inside, Outside] of [
      [there.Lasso, Lasso],
      [there.Ridge, Ridge],
    ] as const) {
      const inner = new Inside({ alpha: 0.1 }).fit(table.X, values);
      expect(Array.from(inner.coefficients)).toEqual(
        Array.from(new Outside({ alpha: 0.1 }).fit(X, values).coefficients),
      );
    }
    expect(Array.from(new there.KMeans({ clusters: 3 }).fit(table.X).labels)).toEqual(
      Array.from(new KMeans({ clusters: 3 }).fit(X).labels),
    );
  });
});

describe('another copy of the package', () => {
  const copy = host(join(dirname(entry), 'index.js')) as Package;

  it('shares instanceof for its errors, matrices and networks', () => {
    let error: unknown;
    try {
      new copy.KMeans({ clusters: 0 });
    } catch (thrown) {
      error = thrown;
    }
    expect(copy.DeepTypeError).not.toBe(DeepTypeError);
    expect(error).toBeInstanceOf(DeepTypeError);
    expect(error).toBeInstanceOf(copy.DeepTypeError);
    expect(new copy.Matrix(new Float32Array(4), 2, 2)).toBeInstanceOf(Matrix);
    expect(new copy.Network({ inputs: 2, outputs: 2 })).toBeInstanceOf(Network);
    for (const value of [
      undefined,
      null,
      {},
      new Error('plain'),
      'text',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
    ]) {
      expect(value instanceof DeepTypeError).toBe(false);
      expect(value instanceof Matrix).toBe(false);
    }
  });

  it('gives its matrices to models and its networks to trainers of this one', async () => {
    const matrix = copy.Matrix.from(X);
    const model = await fitted(matrix, y);
    expect(model.predict(matrix)).toEqual(model.predict(X));
    const network = new copy.Network({ inputs: 5, outputs: 3, hidden: [8, 4] });
    const trainer = new Trainer({ network, clusters: 3 });
    expect(trainer.computeLosses(X, y)).toEqual(
      new copy.Trainer({ network, clusters: 3 }).computeLosses(X, y),
    );
  });

  it('leaves a subclass of an error its own instanceof', () => {
    class Mine extends DeepTypeError {}
    expect(new Mine('ERR_IO', 'x')).toBeInstanceOf(DeepTypeError);
    expect(new Mine('ERR_IO', 'x')).toBeInstanceOf(Mine);
    expect(new DeepTypeError('ERR_IO', 'x')).not.toBeInstanceOf(Mine);
  });
});

async function fitted(table: deeptype.MatrixLike, labels: deeptype.Targets) {
  const model = new DeepType(quick);
  await model.fit(table, labels);
  return model;
}
