import { describe, expect, it } from 'vitest';
import { runSync } from '../../src/common/time-slices.js';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type HistoryEntry,
  type Matrix,
  Network,
  Trainer,
} from '../../src/index.js';
import { resolveLoss } from '../../src/options/losses.js';
import { VALIDATION } from '../../src/options/validation.js';
import { encodeTargets } from '../../src/training/targets.js';
import { slicedHeldOut } from '../../src/training/validation.js';
import { messageOf } from '../common/coded.js';

const { X, y } = datasets.makeClusters({ samples: 200, features: 8, clusters: 3, seed: 3 });
const QUICK: DeepTypeOptions = {
  clusters: 3,
  hidden: [8, 4],
  pretrain: { epochs: 4 },
  joint: { epochs: 4 },
  settle: { iterations: 48 },
};
const loss = resolveLoss(undefined);

function split(fraction: number, seed: number) {
  const targets = encodeTargets(y, 200, loss);
  return runSync(
    slicedHeldOut(VALIDATION('validation', { fraction }), targets, 200, { seed, loss }),
  )!;
}
const rowsOf = (table: Matrix, rows: Int32Array): number[][] =>
  Array.from(rows, (i) => Array.from(table.row(i)));
const valuesOf = (values: ArrayLike<number>, rows: Int32Array): number[] =>
  Array.from(rows, (i) => values[i]!);
const weightsOf = (model: DeepType) => model.network.parameters().map(({ data }) => data);

describe('validation.fraction', () => {
  it('holds out the same rows for a seed, each class in proportion', () => {
    const { training, heldOut } = split(0.2, 1);
    expect(heldOut.length).toBe(40);
    expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
    for (const c of new Set(y)) {
      const all = y.filter((label) => label === c).length;
      const out = valuesOf(y, heldOut).filter((label) => label === c).length;
      expect(Math.abs(out - 0.2 * all)).toBeLessThan(1);
    }
    expect(split(0.2, 1).heldOut).toEqual(heldOut);
    expect(split(0.2, 2).heldOut).not.toEqual(heldOut);
  });

  it('trains on the other rows alone, scaled by them alone', async () => {
    const sampleWeight = Array.from(y, (_, i) => 1 + (i % 3));
    const { training, heldOut } = split(0.25, 7);
    const drawn = new DeepType({ ...QUICK, seed: 7, validation: { fraction: 0.25, patience: 99 } });
    const result = await drawn.fit(X, y, { sampleWeight });
    const given = new DeepType({
      ...QUICK,
      seed: 7,
      validation: { X: rowsOf(X, heldOut), y: valuesOf(y, heldOut), patience: 99 },
    });
    await given.fit(rowsOf(X, training), valuesOf(y, training), {
      sampleWeight: valuesOf(sampleWeight, training),
    });
    const without = ({ validation: _, ...entry }: HistoryEntry) => entry;
    expect(given.history.map(without)).toEqual(drawn.history.map(without));
    expect(weightsOf(given)).toEqual(weightsOf(drawn));
    expect(valuesOf(drawn.labels, training)).toEqual([...given.labels]);
    expect(result.stopReason).not.toBe('early-stopped');
  });

  it('labels every row of X, those held out by their nearest centroid', async () => {
    const model = new DeepType({ ...QUICK, validation: { fraction: 0.3 } });
    await model.fit(X, y);
    expect(model.labels).toEqual(model.assign(X));
  });
});

describe('validation of the loss cox', () => {
  const cox = resolveLoss('cox');
  const draw = (event: number[], seed: number) => {
    const rows = event.length;
    const targets = encodeTargets({ time: event.map((_, i) => i + 1), event }, rows, cox);
    const options = { seed, loss: cox };
    return runSync(
      slicedHeldOut(VALIDATION('validation', { fraction: 0.1 }), targets, rows, options),
    )!;
  };
  const eventsOf = (count: number, rows = 40) =>
    Array.from({ length: rows }, (_, i) => +(i < count));

  it('holds out as many rows as otherwise, at least one of them an event, and leaves one', () => {
    const drawn = new Set<number>();
    for (const count of [2, 3, 4, 20, 39, 40]) {
      const event = eventsOf(count);
      for (let seed = 0; seed < 10; seed++) {
        const { training, heldOut } = draw(event, seed);
        expect(heldOut.length).toBe(4);
        expect(valuesOf(event, heldOut)).toContain(1);
        expect(valuesOf(event, training)).toContain(1);
        expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual([...event.keys()]);
        if (count === 2) for (const i of heldOut) if (event[i] === 1) drawn.add(i);
      }
    }
    expect(drawn.size).toBe(2); // it is the seed that says which
    expect(draw(eventsOf(2), 1)).toEqual(draw(eventsOf(2), 1));
  });

  it('refuses an event that would be needed twice, and rows of the caller without one', async () => {
    const invalid = (message: RegExp) => ({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
    const time = Array.from(y, (_, i) => i + 1);
    const train = (validation: DeepTypeOptions['validation'], event: number[]) =>
      new DeepType({ ...QUICK, loss: 'cox', validation } as DeepTypeOptions).fit(X, {
        time,
        event,
      });
    await expect(train({ fraction: 0.1 }, eventsOf(1, 200))).rejects.toMatchObject(
      invalid(/^y\.event: expected at least two events/),
    );
    const none = { X, y: { time, event: eventsOf(0, 200) } };
    await expect(train(none, eventsOf(50, 200))).rejects.toMatchObject(
      invalid(/^validation\.y\.event: expected at least one event/),
    );
  });
});

describe('history[].validation', () => {
  it('is the loss of the rows held out, by its definition', async () => {
    const { heldOut } = split(0.25, 0);
    const model = new DeepType({ ...QUICK, validation: { fraction: 0.25 } });
    const { beta, alpha } = await model.fit(X, y);
    expect(model.history.every(({ validation }) => validation !== undefined)).toBe(true);
    const last = model.history.at(-1)!;
    expect(last.phase).toBe('settle');

    const rows = rowsOf(X, heldOut);
    const probabilities = model.predictProba(rows);
    const classes = model.classes as number[];
    const truth = valuesOf(y, heldOut);
    const primary = truth.map((c, i) => -Math.log(probabilities.get(i, classes.indexOf(c))));
    const representation = model.transform(rows).toArray();
    const centroids = model.centroids.toArray();
    const distance = representation.map((h) =>
      Math.min(...centroids.map((c) => c.reduce((sum, v, r) => sum + (v - h[r]!) ** 2, 0))),
    );
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const sparsity = model.featureImportances.reduce((a, b) => a + b, 0);
    expect(last.validation!.primary).toBeCloseTo(mean(primary), 5);
    expect(last.validation!.distance).toBeCloseTo(mean(distance), 5);
    const total = mean(primary) + alpha * sparsity + beta * mean(distance);
    expect(last.validation!.total).toBeCloseTo(total, 5);
  });

  it('judges every epoch of a stage by the penalty at the end of the stage', async () => {
    const model = new DeepType({ ...QUICK, validation: { fraction: 0.25, patience: 99 } });
    const { alpha, beta } = await model.fit(X, y);
    const dense = model.history.filter(({ phase, epoch }) => phase === 'pretrain' && epoch <= 2);
    for (const { validation } of dense) expect(validation!.total).toBe(validation!.primary);
    const joint = model.history.filter(({ phase }) => phase === 'joint');
    const sums = joint.map(
      ({ validation: v }) => (v!.total - v!.primary - beta * v!.distance) / alpha,
    );
    for (const sparsity of sums) expect(sparsity).toBeGreaterThan(0);
  });

  it('is not there without validation', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    expect(model.history.some((entry) => 'validation' in entry)).toBe(false);
  });
});

describe('early stopping', () => {
  // Labels that are noise: whatever is learned of them is wrong of other rows.
  const noise = datasets.makeClusters({ samples: 120, features: 20, clusters: 3, seed: 9 }).X;
  const random = Array.from({ length: 120 }, (_, i) => (i * 7919) % 3);
  const hidden = [32, 16];
  const options = {
    clusters: 3,
    pretrain: { epochs: 300, denseFraction: 1, learningRate: 0.01 },
  };

  async function pretrained(restoreBest: boolean) {
    const network = new Network({ inputs: 20, hidden, outputs: 3 });
    const heldOut = rowsOf(
      noise,
      Int32Array.from({ length: 40 }, (_, i) => i),
    );
    const rest = rowsOf(
      noise,
      Int32Array.from({ length: 80 }, (_, i) => 40 + i),
    );
    const validation = { X: heldOut, y: random.slice(0, 40), patience: 5, restoreBest };
    const trainer = new Trainer({ network, ...options, validation });
    const { stopReason, history } = await trainer.pretrain(rest, random.slice(40));
    const now = trainer.computeLosses(heldOut, random.slice(0, 40)).primary;
    return { stopReason, totals: history.map((entry) => entry.validation!.total), now };
  }

  it('ends a stage after `patience` epochs without a better one', async () => {
    const { stopReason, totals, now } = await pretrained(false);
    expect(stopReason).toBe('early-stopped');
    expect(totals.length).toBeLessThan(300);
    const best = totals.indexOf(Math.min(...totals));
    expect(best).toBe(totals.length - 1 - 5);
    expect(now).toBe(totals.at(-1));
  });

  it('goes back to the best epoch', async () => {
    const { totals, now } = await pretrained(true);
    expect(now).toBe(Math.min(...totals));
    expect(now).toBeLessThan(totals.at(-1)!);
  });

  it('of the joint phase leaves the later layers where they are', async () => {
    const train = async (iterations: number) => {
      const model = new DeepType({
        ...options,
        hidden,
        pretrain: { epochs: 4 },
        joint: { epochs: 200, decay: 'constant', learningRate: 0.02, tolerance: 0 },
        settle: { iterations },
        validation: { fraction: 0.3, patience: 3 },
      });
      const { stopReason } = await model.fit(noise, random);
      expect(stopReason).toBe('early-stopped');
      expect(model.history.filter(({ phase }) => phase === 'joint').length).toBeLessThan(200);
      return weightsOf(model);
    };
    const [settled, left] = [await train(120), await train(0)];
    expect(settled.slice(1)).toEqual(left.slice(1));
    expect(settled[0]).not.toEqual(left[0]);
  });

  it('works with a loss of the caller', async () => {
    const squares = {
      evaluate: (outputs: Matrix, targets: Int32Array | Matrix) => {
        const { data } = targets as Matrix;
        const gradient = outputs.data.map((o, k) => (2 * (o - data[k]!)) / data.length);
        const loss = outputs.data.reduce((sum, o, k) => sum + (o - data[k]!) ** 2, 0) / data.length;
        return { loss, gradient };
      },
    };
    const train = async (custom: typeof squares | 'mse') => {
      const options = { ...QUICK, standardizeTargets: false };
      const model = new DeepType({ ...options, loss: custom, validation: { fraction: 0.2 } });
      await model.fit(X, Float32Array.from(y));
      return model.history.map(({ validation }) => validation!.primary);
    };
    const [mine, builtIn] = [await train(squares), await train('mse')];
    expect(mine.length).toBe(builtIn.length);
    for (const [i, value] of mine.slice(0, 3).entries()) expect(value).toBeCloseTo(builtIn[i]!, 4);
  });
});

describe('refused validation', () => {
  const refuse = (validation: unknown) =>
    messageOf(
      () => new DeepType({ ...QUICK, validation } as DeepTypeOptions),
      'ERR_INVALID_ARGUMENT',
    );

  it('names what is wrong', () => {
    expect(refuse({ fraction: 1 })).toMatch(/^validation\.fraction: .* less than 1/);
    expect(refuse({ patience: 0 })).toMatch(/^validation\.patience: /);
    expect(refuse({ X })).toMatch(/^validation\.y: /);
    expect(refuse({ y })).toMatch(/^validation\.X: /);
    expect(refuse({ X, y, fraction: 0.1 })).toMatch(/^validation\.fraction: /);
    expect(refuse({ share: 0.1 })).toMatch(/^validation: /);
  });

  const coded = (code: string, message: RegExp) => ({
    code,
    message: expect.stringMatching(message),
  });

  it('of other classes, columns or rows rejects', async () => {
    const train = (validation: DeepTypeOptions['validation']) =>
      new DeepType({ ...QUICK, validation } as DeepTypeOptions).fit(X, y);
    await expect(train({ X, y: Array.from(y, () => 77) })).rejects.toMatchObject(
      coded('ERR_INVALID_ARGUMENT', /^validation\.y: .* 77$/),
    );
    await expect(train({ X: [[1, 2]], y: [0] })).rejects.toMatchObject(
      coded('ERR_SHAPE_MISMATCH', /^validation\.X: /),
    );
    await expect(train({ X, y: [0, 1] })).rejects.toMatchObject(
      coded('ERR_SHAPE_MISMATCH', /one a row of validation\.X, received 2/),
    );
  });
});
