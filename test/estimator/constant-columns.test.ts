// A constant column has no gradient once it is standardised: a fit is what it would be without it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/common/random.js';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  Network,
  selection,
  Trainer,
} from '../../src/index.js';

const ROWS = 90;
const { X, y } = datasets.makeClusters({ samples: ROWS, features: 5, clusters: 3, seed: 4 });
const random = new Random(9);
// A fifth of the labels wrong: the network learns by heart, and never settles.
const labels = y.map((k) => (random.uniform() < 0.2 ? (k + 1) % 3 : k));
const live = X.toArray();
const CONSTANTS = [7.3, 0, -1e9, 1e-40];
/** Where the columns of `live` stand among the constant ones. */
const PLACES = [1, 3, 4, 6, 8];
const CONSTANT_PLACES = [0, 2, 5, 7];
const mixed = live.map((row) => withConstants(row, CONSTANTS));

function withConstants(row: readonly number[], constants: readonly number[]): number[] {
  const result = new Array<number>(PLACES.length + constants.length);
  PLACES.forEach((place, j) => {
    result[place] = row[j]!;
  });
  CONSTANT_PLACES.forEach((place, j) => {
    result[place] = constants[j]!;
  });
  return result;
}

const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [9, 6],
  seed: 2,
  pretrain: { epochs: 6 },
  joint: { epochs: 5 },
  settle: { iterations: 40 },
};

const options: [string, Partial<DeepTypeOptions>][] = [
  ['the defaults', {}],
  ['sparsity.weight 0', { sparsity: { weight: 0 } }],
  ['l2', { sparsity: { penalty: 'l2', weight: 0.01 } }],
  ['l1', { sparsity: { penalty: 'l1' } }],
  ['l-infinity', { sparsity: { penalty: 'l-infinity' } }],
  ['elastic-net', { sparsity: { penalty: 'elastic-net' } }],
  ['hierarchical', { sparsity: { penalty: 'hierarchical' } }],
  ['the subgradient solver', { sparsity: { solver: 'subgradient' } }],
  ['a constraint', { sparsity: { constraint: { norm: 'l2', axis: 'unit', radius: 1 } } }],
  ['activeSet false', { activeSet: false }],
  ['sgd', { optimizer: { name: 'sgd', learningRate: 0.01, momentum: 0.9 } }],
  ['clipping', { optimizer: { maxGradientNorm: 0.5 } }],
  ['bf16', { precision: 'bf16' }],
  ['the isometric restart', { joint: { epochs: 5, restart: 'isometric' } }],
  ['K-means in every batch', { joint: { epochs: 5, reclusterEvery: 'batch' } }],
  ['rows held out', { validation: { fraction: 0.2, patience: 3, restoreBest: true } }],
  ['normal weights', { init: { normal: 0.1 } }],
  ['a range of clusters', { clusters: { min: 2, max: 3 } }],
  ['one thread', { threads: 1 }],
];

const importancesOf = (model: DeepType, places: readonly number[]) =>
  places.map((j) => model.featureImportances[j]!);

function expectLeftOut(model: DeepType): void {
  expect(importancesOf(model, CONSTANT_PLACES)).toEqual([0, 0, 0, 0]);
  for (const j of model.selectedFeatures) expect(PLACES).toContain(j);
}

function expectEqual(model: DeepType, without: DeepType): void {
  expectLeftOut(model);
  expect(model.predictProba(mixed).data).toEqual(without.predictProba(live).data);
  expect(model.labels).toEqual(without.labels);
  expect(importancesOf(model, PLACES)).toEqual([...without.featureImportances]);
  expect(model.result).toEqual(without.result);
}

describe('a fit with constant columns', () => {
  it.each(options)('is equal to the bit to one without them: %s', async (_, given) => {
    const [model, without] = [1, 2].map(() => new DeepType({ ...QUICK, ...given }));
    await model!.fit(mixed, labels);
    await without!.fit(live, labels);
    expectEqual(model!, without!);
  });

  it('is so too from a warm start', async () => {
    const [model, without] = [new DeepType(QUICK), new DeepType(QUICK)];
    for (const warmStart of [false, true]) {
      await model.fit(mixed, labels, { warmStart });
      await without.fit(live, labels, { warmStart });
    }
    expectEqual(model, without);
  });

  it('is so too from a table that a validation table goes with, whatever that has there', async () => {
    const other = live.slice(0, 30).map((row) => withConstants(row, [1, 2, 3, 4]));
    const given = { ...QUICK, validation: { X: other, y: labels.slice(0, 30) } };
    const model = new DeepType(given);
    await model.fit(mixed, labels);
    expectLeftOut(model);
    expect(model.predictProba(other).data).toEqual(
      model.predictProba(mixed.slice(0, 30)).data, // a constant column is 0 in all rows
    );
  });

  it('leaves out what is constant in the rows that are trained on', async () => {
    const given = { ...QUICK, validation: { fraction: 0.3 } };
    // One row is not like the others: constant exactly where it is held out.
    const counts = [0, 0];
    for (let odd = 0; odd < 12; odd++) {
      const model = new DeepType({ ...given, pretrain: { epochs: 1 }, joint: { epochs: 1 } });
      await model.fit(
        live.map((row, i) => [...row, i === odd ? 1 : 0]),
        labels,
      );
      const isConstant = model.featureImportances[5] === 0;
      counts[isConstant ? 1 : 0]!++;
    }
    expect(counts[0]! > 0 && counts[1]! > 0).toBe(true);
  });
});

describe('a resumed fit with constant columns', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-constant-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('ends in the bits of one that was not interrupted', async () => {
    const path = join(folder, 'fit.checkpoint');
    const whole = new DeepType(QUICK);
    await whole.fit(mixed, labels);
    const controller = new AbortController();
    const cut = new DeepType(QUICK).fit(mixed, labels, {
      checkpoint: { path, everySeconds: 0 },
      signal: controller.signal,
      onProgress: ({ phase }) => {
        if (phase === 'joint') controller.abort();
      },
    });
    await expect(cut).rejects.toThrow();
    const resumed = await DeepType.resume(path, mixed, labels);
    expectLeftOut(resumed);
    expect(resumed.predictProba(mixed).data).toEqual(whole.predictProba(mixed).data);
    expect(resumed.result.history).toEqual(whole.result.history);
    const loaded = DeepType.fromBytes(resumed.toBytes());
    expect(loaded.predictProba(mixed).data).toEqual(whole.predictProba(mixed).data);
    expectLeftOut(loaded);
  });
});

describe('selection with constant columns', () => {
  it('finds the path without them', async () => {
    const settings = { steps: 4, iterations: 10 };
    const points = await selection.path(mixed, labels, QUICK, settings);
    const without = await selection.path(live, labels, QUICK, settings);
    expect(points.map(({ selected }) => [...selected])).toEqual(
      without.map(({ selected }) => Array.from(selected, (j) => PLACES[j]!)),
    );
    expect(points.map(({ losses }) => losses)).toEqual(without.map(({ losses }) => losses));
  });

  it('cross-validates, subsamples and refits as without them', async () => {
    const grid = { relativeWeight: [0.05, 0.2] };
    const folds = { folds: 2, seed: 1 };
    const [table, other] = [
      await selection.crossValidate(mixed, labels, QUICK, grid, folds),
      await selection.crossValidate(live, labels, QUICK, grid, folds),
    ];
    expect(table.table).toEqual(other.table);
    const stable = await selection.stability(mixed, labels, QUICK, { resamples: 4, seed: 1 });
    expect(CONSTANT_PLACES.map((j) => stable.probability[j])).toEqual([0, 0, 0, 0]);
    const refitted = await selection.refit(mixed, labels, QUICK, [0, 1, 3]);
    expect(refitted.featureImportances[0]).toBe(0);
    expect([...refitted.selectedFeatures].sort()).toEqual([1, 2]);
  });
});

describe('a table of constant columns alone', () => {
  it('gives the shares of the classes, and selects nothing', async () => {
    const rows = Array.from({ length: 40 }, () => [3, 0, -1e9]);
    const classes = rows.map((_, i) => (i % 4 === 0 ? 'b' : 'a'));
    const model = new DeepType({ ...QUICK, clusters: 2, pretrain: { epochs: 60 } });
    const { alphaMax, kktResidual } = await model.fit(rows, classes);
    expect([alphaMax, kktResidual]).toEqual([0, 0]);
    expect([...model.selectedFeatures]).toEqual([]);
    const [a, b] = model.predictProba(rows).row(0);
    expect(a).toBeCloseTo(0.75, 1);
    expect(b).toBeCloseTo(0.25, 1);
    expect(model.score(rows, classes)).toBe(0.75);
  });
});

describe('columns that are not standardised', () => {
  it('count as biases where they are constant, and are left out where they are 0', async () => {
    const rows = live.map((row) => [0, 1, ...row]);
    const given = { ...QUICK, standardize: false, sparsity: { weight: 0 } };
    const model = new DeepType(given);
    await model.fit(rows, labels);
    const [zero, one] = model.featureImportances;
    expect(zero).toBe(0);
    expect(one).toBeGreaterThan(0);
    const without = new DeepType(given);
    await without.fit(
      rows.map((row) => row.slice(1)),
      labels,
    );
    expect([...model.featureImportances.subarray(1)]).toEqual([...without.featureImportances]);
  });

  it('of a Trainer lose their weights where they are 0, and learn again from rows where not', async () => {
    const rows = live.map((row) => [0, ...row]);
    const network = new Network({ inputs: 6, hidden: [9, 6], outputs: 3, seed: 1 });
    const trainer = new Trainer({ network, clusters: 3, sparsity: { weight: 0 } });
    expect(network.inputImportance()[0]).toBeGreaterThan(0);
    await trainer.pretrain(rows, labels, { epochs: 2 });
    expect(network.inputImportance()[0]).toBe(0);
    const before = await trainer.kktResidual();
    trainer.step(
      rows.map((row) => [1, ...row.slice(1)]),
      labels,
    );
    expect(network.inputImportance()[0]).toBeGreaterThan(0);
    expect(await trainer.kktResidual()).not.toBe(before);
  });
});
