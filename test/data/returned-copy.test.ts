// What is done to what an object hands out does not reach the object.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  DeepType,
  Imputer,
  KMeans,
  Lasso,
  type Matrix,
  Network,
  Ridge,
  Scaler,
} from '../../src/index.js';
import { fitted, X, y } from '../estimator/tables.js';

const folder = mkdtempSync(join(tmpdir(), 'deeptype-handed-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Memory = Int32Array | Float32Array | Float64Array;
const spoil = (memory: Memory) => memory.fill(-1000);
/** Gives the memory away, as postMessage does. */
const transfer = ({ buffer }: Memory) => structuredClone(0, { transfer: [buffer as ArrayBuffer] });

describe.each([
  ['written to', spoil],
  ['transferred', transfer],
])('%s', (_, harm) => {
  it('a model answers, saves and loads as before', async () => {
    const model = await fitted();
    const { labels, centroids, featureImportances, history, result } = model;
    const whole = structuredClone(result);
    const [assigned, kept, said] = [model.assign(X), labels.slice(), model.toBytes()];
    for (const memory of [labels, centroids.data, featureImportances]) harm(memory);
    for (const parameter of model.network.parameters()) harm(parameter.data);
    Object.assign(history[0]!, { phase: 3, epoch: 'one', validation: null });
    (history as unknown[]).length = 1;
    const { classes, options } = model;
    (classes as unknown[]).fill('x');
    Object.assign(options, { hidden: [1] });
    expect(model.assign(X)).toEqual(assigned);
    expect(model.toBytes()).toEqual(said);
    await model.save(join(folder, 'model'));
    const again = await DeepType.load(join(folder, 'model'));
    expect(again.labels).toEqual(kept);
    expect(again.result).toEqual(whole);
    harm(again.labels);
    harm(again.centroids.data);
    expect(again.toBytes()).toEqual(said);
  });

  it('what a choice of K says is a copy', async () => {
    const model = await fitted({ clusters: { min: 2, max: 3, scores: ['gap'] } });
    const said = model.toBytes();
    Object.assign(model.result.clusterChoice!.scores[0]!, { clusters: 'two' });
    (model.result.clusterChoice!.candidates as unknown[]).length = 0;
    expect(model.toBytes()).toEqual(said);
  });

  it('K-means, scalers, imputers and linear models predict as before', () => {
    const values = Float64Array.from(y);
    const kmeans = new KMeans({ clusters: 3 }).fit(X);
    const [scaler, imputer] = [new Scaler().fit(X), new Imputer().fit(X)];
    const [lasso, ridge] = [new Lasso({ alpha: 0.01 }).fit(X, values), new Ridge().fit(X, values)];
    const gaps = X.toArray().map((row) => row.map((x, j) => (j === 1 ? Number.NaN : x)));
    const say = () => [
      kmeans.predict(X),
      scaler.transform(X).data,
      JSON.stringify(scaler),
      imputer.transform(gaps).data,
      JSON.stringify(imputer),
      lasso.predict(X),
      ridge.predict(X),
    ];
    const before = say();
    for (const memory of [kmeans.labels, kmeans.centroids.data]) harm(memory);
    for (const memory of [scaler.mean, scaler.scale, imputer.statistics]) harm(memory);
    for (const memory of [lasso.coefficients, ridge.coefficients, ridge.intercepts]) harm(memory);
    expect(say()).toEqual(before);
  });
});

describe('what is handed out', () => {
  it('is made once: a loop over its elements copies nothing', async () => {
    const model = await fitted();
    expect(model.labels).toBe(model.labels);
    expect(model.centroids).toBe(model.centroids);
    expect(model.history).toBe(model.result.history);
    const kmeans = new KMeans({ clusters: 3 }).fit(X);
    expect(kmeans.labels).toBe(kmeans.labels);
  });

  it('is made anew once its memory was given away, and after another fit', async () => {
    const model = await fitted();
    const { labels } = model;
    const kept = labels.slice();
    transfer(labels);
    expect(model.labels).toEqual(kept);
    const kmeans = new KMeans({ clusters: 3 }).fit(X);
    const centroids: Matrix = kmeans.centroids;
    kmeans.fit(X);
    expect(kmeans.centroids).not.toBe(centroids);
    expect(kmeans.centroids).toEqual(centroids);
  });

  it('the widths of a network are frozen', () => {
    const hidden = [4, 3];
    const network = new Network({ inputs: 2, hidden, outputs: 1 });
    hidden[0] = 9;
    expect(() => Object.assign(network.hidden, { 0: 7 })).toThrow(TypeError);
    expect(network.hidden).toEqual([4, 3]);
  });
});
