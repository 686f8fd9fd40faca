// What objects say of themselves: to JSON.stringify, to console.log and to structuredClone.
import { inspect } from 'node:util';
import * as threads from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  datasets,
  ElasticNet,
  Imputer,
  KMeans,
  Lasso,
  Matrix,
  Network,
  Ridge,
  Scaler,
  Trainer,
} from '../../src/index.js';

const { X, y } = datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 1 });
const values = Float64Array.from(y);
const options = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 4 },
};

describe('JSON of a DeepType', () => {
  it('tells options, state, shape and result, whatever the state', async () => {
    const model = new DeepType({ ...options, clusterer: undefined as never });
    const read = () => JSON.parse(JSON.stringify(model));
    expect(read()).toEqual({ name: 'DeepType', state: 'not fitted', options });
    const fit = model.fit(
      X,
      Array.from(y, (k) => `c${k}`),
    );
    expect(read().state).toBe('fitting');
    await fit;
    const { history, ...result } = model.result;
    expect(history.length).toBeGreaterThan(0);
    expect(read()).toEqual({
      name: 'DeepType',
      state: 'fitted',
      options,
      inputs: 5,
      hidden: [8, 4],
      outputs: 3,
      classes: ['c0', 'c1', 'c2'],
      selectedFeatures: model.selectedFeatures.length,
      result: JSON.parse(JSON.stringify(result)),
    });
    expect(JSON.stringify(DeepType.fromBytes(model.toBytes()))).toBe(JSON.stringify(model));
    model.dispose();
    expect(read()).toEqual({ name: 'DeepType', state: 'disposed', options });
  });

  it('leaves out functions and tables, and is no way into the model', async () => {
    const loss = {
      targets: 'classes',
      evaluate: () => ({ loss: 0, gradient: new Float32Array(180) }),
    };
    const model = new DeepType({ ...options, loss, validation: { X, y } });
    expect(model.toJSON().options).toEqual({ ...options, loss: { targets: 'classes' } });
    const fitted = new DeepType(options);
    await fitted.fit(X, y);
    Object.assign(fitted.toJSON().result!, { alpha: 7 });
    expect(fitted.alpha).not.toBe(7);
  });
});

describe('JSON of the other models', () => {
  it('tells what they learned, as arrays', () => {
    expect(JSON.parse(JSON.stringify(new KMeans({ clusters: 3 })))).toEqual({
      name: 'KMeans',
      clusters: 3,
      isFitted: false,
    });
    const kmeans = new KMeans({ clusters: 3 }).fit(X);
    expect(JSON.parse(JSON.stringify(kmeans))).toEqual({
      name: 'KMeans',
      clusters: 3,
      isFitted: true,
      centroids: kmeans.centroids.toArray(),
      inertia: kmeans.inertia,
      iterations: kmeans.iterations,
      converged: kmeans.converged,
    });
    for (const Type of [Lasso, ElasticNet, Ridge]) {
      const model = new Type({ alpha: 0.1 });
      expect(JSON.parse(JSON.stringify(model))).toEqual({ name: Type.name, isFitted: false });
      model.fit(X, values);
      const { coefficients, intercept } = model;
      expect(JSON.parse(JSON.stringify(model))).toEqual({
        name: Type.name,
        isFitted: true,
        coefficients: Array.from(coefficients, (w) => w + 0), // JSON has no -0
        intercepts: [intercept],
      });
    }
  });
});

describe('predictions as JSON', () => {
  it('are an array by way of Array.from', async () => {
    const model = new DeepType(options);
    await model.fit(X, y);
    const text = JSON.stringify(Array.from(model.predict(X)));
    expect(JSON.parse(text)).toEqual([...model.predict(X)]);
  });
});

describe('console.log', () => {
  it('tells what an object is, and whether it is fitted', async () => {
    const model = new DeepType(options);
    expect(inspect(model)).toMatch(/^DeepType \(not fitted\) \{\s+options: \{ ?/);
    await model.fit(X, y);
    expect(inspect(model)).toMatch(/^DeepType \(fitted\) [\s\S]*inputs: 5,[\s\S]*stopReason: '/);
    expect(inspect({ model }, { depth: 0 })).toBe('{ model: [DeepType] }');
    expect(inspect(model.network)).toMatch(
      /^Network \(5 inputs\) \{ hidden: \[ 8, 4 \], outputs: 3/,
    );
    model.dispose();
    expect(inspect(model)).toMatch(/^DeepType \(disposed\)/);
    const kmeans = new KMeans({ clusters: 3 });
    expect(inspect(kmeans)).toBe('KMeans (not fitted) { clusters: 3 }');
    expect(inspect(kmeans.fit(X))).toMatch(/^KMeans \(fitted\) \{\s+clusters: 3,\s+inertia: /);
    for (const Type of [Lasso, ElasticNet, Ridge]) {
      expect(inspect(new Type())).toBe(`${Type.name} (not fitted)`);
      expect(inspect(new Type().fit(X, values))).toMatch(
        new RegExp(`^${Type.name} \\(fitted\\) \\{\\s+coefficients: \\[`),
      );
    }
    expect(inspect(new Scaler())).toBe('Scaler (not fitted)');
    expect(inspect(new Scaler().fit(X))).toMatch(/^Scaler \(5 columns\) \{\s+mean: Float64Array/);
    expect(inspect(new Imputer())).toBe("Imputer (not fitted) { strategy: 'median' }");
    expect(inspect(new Imputer().fit(X))).toMatch(/^Imputer \(5 columns\)/);
    expect(inspect(new Matrix(new Float32Array(4), 2, 2))).toMatch(/^Matrix \(2 x 2\) \{ data: /);
    const network = new Network({ inputs: 5, outputs: 3 });
    expect(inspect(new Trainer({ network, clusters: 3 }))).toMatch(
      /^Trainer \{\s+network: Network/,
    );
    network.dispose();
    expect(inspect(network)).toMatch(/^Network \(disposed\)/);
  });

  it('of a large table shows the first values only', () => {
    expect(inspect(new Matrix(new Float32Array(1e5), 1e4, 10)).length).toBeLessThan(200);
  });
});

describe('structuredClone', () => {
  const canRefuse = 'markAsUncloneable' in threads; // Node 22.10

  it('of a model is refused where Node can; bytes are the way', async () => {
    const model = new DeepType(options);
    await model.fit(X, y);
    const subjects = [model, model.network, new KMeans({ clusters: 2 }), new Lasso(), new Scaler()];
    for (const subject of subjects) {
      if (canRefuse) expect(() => structuredClone(subject)).toThrow(/clone/i);
      else expect(structuredClone(subject)).not.toBeInstanceOf(subject.constructor);
    }
    const again = DeepType.fromBytes(structuredClone(model.toBytes()));
    expect(again.predict(X)).toEqual(model.predict(X));
  });
});
