import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type RowDescription,
  type Targets,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';

const { X, y } = datasets.makeClusters({ samples: 90, features: 6, clusters: 3, seed: 4 });
const names = Array.from(y, (k) => ['basal', 'her2', 'luminal'][k]!);
const quick: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 4 },
  joint: { epochs: 3 },
  settle: { iterations: 8 },
};

async function fitted<L extends number | string = number>(
  targets: Targets,
  options: Partial<DeepTypeOptions> = {},
): Promise<DeepType<L>> {
  const model = new DeepType<L>({ ...quick, ...options });
  await model.fit(X, targets);
  return model;
}

/** Euclidean distances to the assigned centroids, by the definition. */
function distances(model: DeepType<never>, table: typeof X): number[] {
  const [z, clusters] = [model.transform(table), model.assign(table)];
  return Array.from(clusters, (k, i) =>
    Math.hypot(...Array.from(z.row(i), (v, r) => v - model.centroids.get(k, r))),
  );
}

/** That rows say what predict, predictProba, assign and transform say. */
function expectAgreement(model: DeepType<never>, rows: readonly RowDescription<never>[]): void {
  expect(rows.map(({ prediction }) => prediction)).toEqual(Array.from(model.predict(X)));
  expect(rows.map(({ cluster }) => cluster)).toEqual(Array.from(model.assign(X)));
  distances(model, X).forEach((distance, i) => {
    expect(rows[i]!.distance).toBeCloseTo(distance, 10);
  });
  if (model.classes === undefined) {
    expect(rows.some((row) => 'probability' in row || 'probabilities' in row)).toBe(false);
    return;
  }
  const shares = model.predictProba(X);
  rows.forEach(({ prediction, probability, probabilities }, i) => {
    expect(probabilities).toEqual(Array.from(shares.row(i)));
    expect(probability).toBe(probabilities![model.classes!.indexOf(prediction)]);
  });
}

describe('describe says in one call what four others say', () => {
  const times = { time: Array.from(y, (k, i) => 10 * k + i), event: Array.from(y, () => 1) };
  it.each<[string, Targets, Partial<DeepTypeOptions>]>([
    ['classes that are numbers', y, {}],
    ['classes that are strings', names, {}],
    ['classes beyond 32 bits', Array.from(y, (k) => k - 2 ** 40), {}],
    [
      'two classes through one output',
      Array.from(y, (k) => (k === 1 ? 'yes' : 'no')),
      { loss: 'bce' },
    ],
    ['values', Float64Array.from(y), { loss: 'mse' }],
    ['a log-risk', times, { loss: 'cox' }],
    ['the unsquared distance', y, { distance: { metric: 'euclidean' } }],
    ['a table as it is', y, { standardize: false }],
    ['a skip connection', y, { sparsity: { penalty: 'hierarchical' } }],
    ['a wide network, which goes layer by layer', y, { hidden: [300, 260] }],
  ])('of %s, on the event loop and off it', async (_, targets, options) => {
    const model = await fitted<never>(targets, options);
    const rows = model.describe(X);
    expectAgreement(model, rows);
    expect(await model.describeAsync(X)).toEqual(rows);
    expect(model.describe(X.toArray())).toEqual(rows); // float64 is copied apart
    expect(await model.describeAsync(X.toArray())).toEqual(rows);
  });

  it('of several values a row, as `predictions`', async () => {
    for (const loss of ['mse', 'bce'] as const) {
      const model = await fitted(
        Array.from(y, (k) => [k / 2, 1 - k / 2]),
        { loss },
      );
      const flat = Array.from(model.predict(X));
      const rows = model.describe(X);
      expect(rows.flatMap(({ predictions }) => [...predictions!])).toEqual(flat);
      expect(rows.some((row) => 'prediction' in row)).toBe(false);
      expect(await model.describeAsync(X)).toEqual(rows);
    }
  });

  it('as plain values, which JSON keeps', async () => {
    const model = await fitted<string>(names);
    const rows = model.describe(X);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(Object.keys(rows[0]!)).toEqual([
      'prediction',
      'probability',
      'probabilities',
      'cluster',
      'distance',
    ]);
  });

  it('of tables that go through in slices', async () => {
    const wide = datasets.makeClusters({ samples: 90, features: 700, clusters: 3, seed: 4 });
    const model = new DeepType(quick);
    await model.fit(wide.X, wide.y);
    const rows = Math.ceil(2 ** 21 / 700) + 1200; // more than one of the native slices, and of those described
    const { data: values } = wide.X;
    const data = Float32Array.from({ length: rows * 700 }, (_, k) => values[k % values.length]!);
    const all = await model.describeAsync({ data, rows, columns: 700 });
    const few = model.describe(wide.X);
    expect(all).toHaveLength(rows);
    all.forEach((row, i) => {
      if (i % 37 === 0 || i === rows - 1) expect(row).toEqual(few[i % 90]);
    });
  });

  it('and refuses, as they do', async () => {
    const model = await fitted(y);
    messageOf(() => model.describe([[1, 2]]), 'ERR_SHAPE_MISMATCH');
    const bad = X.toArray();
    bad[3]![2] = Number.NaN;
    expect(messageOf(() => model.describe(bad), 'ERR_NON_FINITE_INPUT')).toContain(
      'row 3, column 2',
    );
    await expect(model.describeAsync(bad)).rejects.toHaveProperty('code', 'ERR_NON_FINITE_INPUT');
    const signal = AbortSignal.abort();
    await expect(model.describeAsync(X, { signal })).rejects.toHaveProperty('code', 'ERR_ABORTED');
    messageOf(() => new DeepType(quick).describe(X), 'ERR_NOT_FITTED');
    model.dispose();
    messageOf(() => model.describe(X), 'ERR_DISPOSED');
  });
});
