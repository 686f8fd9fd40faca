import { describe, expect, it } from 'vitest';
import { DeepType, Matrix, metrics } from '../../src/index.js';
import { allFinite, fitted, informative, PHASES, SMALL, weightsOf, X, y } from './tables.js';

describe('a fitted model', () => {
  it('finds the clusters, the classes and the columns that matter with the default options', async () => {
    const model = new DeepType({ clusters: 3 });
    await model.fit(X, y);
    expect(metrics.adjustedRandIndex(y, model.labels)).toBe(1);
    expect(model.score(X, y)).toBe(1);
    const chosen = new Set(model.selectedFeatures);
    expect([...informative].some((j) => chosen.has(j))).toBe(true);
    expect(chosen.size).toBeLessThan(8);
    expect(model.kktResidual).toBeLessThan(0.05 * model.alpha);
  });

  it('has all documented attributes in their documented shapes', async () => {
    const model = new DeepType(SMALL);
    const result = await model.fit(X, y);
    expect(model.labels).toBeInstanceOf(Int32Array);
    expect(model.labels.length).toBe(120);
    expect(new Set(model.labels)).toEqual(new Set([0, 1, 2]));
    expect(model.centroids).toBeInstanceOf(Matrix);
    expect([model.centroids.rows, model.centroids.columns]).toEqual([3, 4]);
    expect(model.classes).toEqual([0, 1, 2]);
    expect(model.network.inputs).toBe(8);
    expect(model.network.hidden).toEqual([8, 4]);
    expect(model.network.outputs).toBe(3);
    expect([model.alpha, model.alphaMax, model.kktResidual]).toEqual([
      result.alpha,
      result.alphaMax,
      result.kktResidual,
    ]);
    expect(model.alphaMax).toBeGreaterThan(0);
    expect(model.alpha).toBeCloseTo(0.1 * model.alphaMax, 12);
    expect(result.kktResidual).toBeGreaterThanOrEqual(0);
    expect(result.beta).toBeGreaterThanOrEqual(0);
    expect(result.beta).toBeLessThanOrEqual(1);
    expect(['converged', 'epochs']).toContain(result.stopReason);
    expect(model.history).toBe(result.history);
    expect(Object.isFrozen(result)).toBe(true);
  });

  it('has importances that are the norms of the first layer, and selects by them', async () => {
    const model = await fitted({ sparsity: { relativeWeight: 0.4 } });
    const weight = model.network.parameters()[0]!;
    expect(weight.shape).toEqual([8, 8]);
    const norms = model.featureImportances;
    norms.forEach((norm, j) => {
      let squares = 0;
      for (let u = 0; u < 8; u++) squares += weight.data[u * 8 + j]! ** 2;
      expect(norm).toBeCloseTo(Math.sqrt(squares), 5);
      expect(norm === 0).toBe(squares === 0);
    });
    const selected = [...model.selectedFeatures];
    expect(selected.length).toBe(norms.filter((norm) => norm !== 0).length);
    expect(selected.length).toBeGreaterThan(0);
    expect(selected.length).toBeLessThan(8);
    for (const [k, j] of selected.slice(1).entries()) {
      expect(norms[j]!).toBeLessThanOrEqual(norms[selected[k]!]!);
      expect(norms[j]!).toBeGreaterThan(0);
    }
    expect(model.history.at(-1)!.selectedFeatures).toBe(selected.length);
  });

  it('has one history entry an epoch, phases in order, with finite numbers', async () => {
    const model = new DeepType({ ...SMALL, settle: { iterations: 48, tolerance: 1e-9 } });
    const { history, steps, clusterings, alpha, beta } = await model.fit(X, y);
    const phases = history.map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(PHASES);
    expect(phases).toEqual([...phases].sort((a, b) => PHASES.indexOf(a) - PHASES.indexOf(b)));
    for (const phase of PHASES) {
      const epochs = history.filter((entry) => entry.phase === phase).map(({ epoch }) => epoch);
      expect(epochs).toEqual([1, 2, 3, 4]);
    }
    for (const entry of history) {
      const { primary, sparsity, distance, total, selectedFeatures, changedAssignments } = entry;
      expect(allFinite([primary, sparsity, distance, total, selectedFeatures])).toBe(true);
      expect(primary).toBeGreaterThan(0);
      if (entry.phase === 'pretrain') expect(distance).toBe(0);
      if (entry.phase === 'joint') expect(changedAssignments).toBeGreaterThanOrEqual(0);
      else expect(changedAssignments).toBeUndefined();
    }
    const last = history.at(-1)!;
    expect(last.total).toBeCloseTo(last.primary + alpha * last.sparsity + beta * last.distance, 10);
    expect(steps).toBeGreaterThan(2 * 4 * 2);
    expect(clusterings).toBe(1 + 4 + 2);
  });

  it('gives each training row the label that assign gives it', async () => {
    for (const options of [{}, { standardize: false }, { joint: { epochs: 0 } }]) {
      const model = await fitted(options);
      expect(model.assign(X)).toEqual(model.labels);
      const representation = model.transform(X);
      for (const i of [0, 17, 119]) {
        const distances = model.centroids
          .toArray()
          .map((c) => c.reduce((sum, v, r) => sum + (v - representation.get(i, r)) ** 2, 0));
        expect(distances.indexOf(Math.min(...distances))).toBe(model.labels[i]);
      }
    }
  });

  it('predicts, scores and gives probabilities from the outputs of its network', async () => {
    const model = await fitted();
    const p = model.predictProba(X);
    expect([p.rows, p.columns]).toEqual([120, 3]);
    const predicted = model.predict(X);
    expect(predicted).toBeInstanceOf(Int32Array);
    for (let i = 0; i < p.rows; i++) {
      const row = [...p.row(i)];
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(row.every((v) => v >= 0 && v <= 1)).toBe(true);
      expect(row.indexOf(Math.max(...row))).toBe(predicted[i]);
    }
    expect(model.score(X, y)).toBe(metrics.accuracy([...y], [...(predicted as Int32Array)]));
    expect(model.transform(X).columns).toBe(4);
  });

  it('takes tables in every form with the same result', async () => {
    const model = await fitted();
    const rows = X.toArray();
    const expected = model.transform(X);
    const { data } = X;
    const forms = [
      rows,
      rows.map((row) => Float64Array.from(row)),
      { data: Float64Array.from(data), rows: 120, columns: 8 },
      { data: [...data], rows: 120, columns: 8 },
      { rows: 120, columns: 8, get: (i: number, j: number) => rows[i]![j]! },
    ];
    for (const form of forms) expect(model.transform(form)).toEqual(expected);
    const one = await fitted();
    await one.fit(rows, [...y]);
    expect(one.labels).toEqual(model.labels);
  });

  it('is the same for the same seed and any number of threads, and another for another seed', async () => {
    const [a, b, c] = [
      await fitted({ threads: 1 }),
      await fitted({ threads: 2 }),
      await fitted({ seed: 1 }),
    ];
    expect(weightsOf(a)).toEqual(weightsOf(b));
    expect(a.history).toEqual(b.history);
    expect(weightsOf(a)).not.toEqual(weightsOf(c));
  });

  it('leaves X and y as they were and does not follow them while it is fitted', async () => {
    const data = X.data.slice();
    const labels = y.slice();
    const options = { ...SMALL, standardize: false };
    const model = new DeepType(options);
    const pending = model.fit(new Matrix(data, 120, 8), labels);
    expect(data).toEqual(X.data);
    expect(labels).toEqual(y);
    data.fill(0);
    labels.fill(0);
    await pending;
    const undisturbed = await fitted(options);
    expect(weightsOf(model)).toEqual(weightsOf(undisturbed));
    expect(model.labels).toEqual(undisturbed.labels);
  });
});
