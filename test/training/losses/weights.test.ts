import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  type Matrix,
  metrics,
  type PrimaryLoss,
  type Trainer,
  type TrainerOptions,
} from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { SMALL, weightsOf, X, y } from '../../estimator/tables.js';
import { assertProperty } from '../../properties/assert-property.js';
import { drawTable, generator } from '../../reference/draw.js';
import { LOSSES } from '../../reference/objective.js';
import {
  type Case,
  drawTargets,
  expectReference,
  objectiveOf,
  rowsOf,
  targetsOf,
  tensorsOf,
  withTrainer,
} from './check.js';

function drawCase(loss: (typeof LOSSES)[number], rows: number, seed: number): Case {
  const draw = generator(seed);
  const tensors = tensorsOf(draw, [4, 6, 3]);
  const x = drawTable(draw, rows, 4, 2);
  return {
    objective: objectiveOf(loss),
    tensors,
    loss,
    batch: { x, y: drawTargets(draw, loss, rows, 3) },
  };
}

const someWeights = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 })
  .filter((weights) => weights.some((w) => w > 0));

describe('sample weights', () => {
  it.each(LOSSES)('make %s a weighted mean, in value and gradient', (loss) => {
    const property = fc.property(someWeights, fc.nat(), (weights, seed) => {
      const c = drawCase(loss, 12, seed);
      expectReference({ ...c, batch: { ...c.batch, weights } });
    });
    assertProperty(property, { numRuns: 8 });
  });

  it.each(LOSSES)('that are integers count rows of %s so many times', (loss) => {
    const property = fc.property(someWeights, fc.nat(), (weights, seed) => {
      const c = drawCase(loss, 12, seed);
      const repeated = weights.flatMap((w, i) => new Array<number>(w).fill(i));
      const { x, y: targets } = c.batch;
      const long = {
        ...c,
        batch: { x: repeated.map((i) => x[i]!), y: repeated.map((i) => targets[i]!) },
      };
      withTrainer(c, (trainer) => {
        const [a, b] = [
          trainer.gradients(rowsOf(x), targetsOf(c), undefined, { sampleWeight: weights }),
          trainer.gradients(rowsOf(long.batch.x), targetsOf(long)),
        ];
        a.forEach(({ data }, k) => {
          data.forEach((g, i) => {
            expect(Math.abs(g - b[k]!.data[i]!)).toBeLessThan(2e-6);
          });
        });
      });
    });
    assertProperty(property, { numRuns: 8 });
  });

  it('of a table of several chunks still make one weighted mean', () => {
    const c = drawCase('cross-entropy', 1300, 9);
    const draw = generator(10);
    expectReference({ ...c, batch: { ...c.batch, weights: c.batch.x.map(() => draw()) } });
  });

  const fitted = async (
    options: Partial<DeepTypeOptions>,
    targets: Int32Array | number[] | string[] = y,
    sampleWeight?: number[],
  ) => {
    const model = new DeepType({ ...SMALL, ...options });
    await model.fit(X, targets, sampleWeight === undefined ? {} : { sampleWeight });
    return model;
  };

  it('that are equal change nothing, whatever their size', async () => {
    const plain = weightsOf(await fitted({}));
    for (const weight of [1, 3, 0.1, 1e300, 1e-300]) {
      const model = await fitted({}, y, new Array<number>(120).fill(weight));
      expect(weightsOf(model)).toEqual(plain);
    }
  });

  it('of 0 take wrong labels out of a fit', async () => {
    const long = { pretrain: { epochs: 30 }, joint: { epochs: 20 } };
    // A third of the rows of class 0 are said to be of class 1.
    const isWrong = Array.from(y, (k, i) => k === 0 && i % 3 !== 0);
    const labels = Array.from(y, (k, i) => (isWrong[i] ? 1 : k));
    const believing = await fitted(long, labels);
    const knowing = await fitted(
      long,
      labels,
      isWrong.map((wrong) => Number(!wrong)),
    );
    expect(knowing.score(X, y)).toBeGreaterThan(0.98);
    expect(believing.score(X, y)).toBeLessThan(0.9);
  });

  it("reach a caller's loss, with a mean of 1 over the table", async () => {
    const sums: number[] = [];
    const loss: PrimaryLoss = {
      evaluate(outputs, targets, weights) {
        const { data } = targets as Matrix;
        expect(weights).toBeInstanceOf(Float32Array);
        expect(weights!.length).toBe(outputs.rows);
        sums.push(weights!.reduce((a, b) => a + b, 0));
        const errors = outputs.data.map((o, i) => o - data[i]!);
        return {
          loss: errors.reduce((s, e, i) => s + (weights![i]! * e * e) / data.length, 0),
          gradient: errors.map((e, i) => (weights![i]! * 2 * e) / data.length),
        };
      },
    };
    const target = Float32Array.from(y);
    const sampleWeight = Array.from(y, (k) => 1 + k);
    const own = new DeepType({ ...SMALL, loss });
    const builtIn = new DeepType({ ...SMALL, loss: 'mse', standardizeTargets: false });
    await own.fit(X, target, { sampleWeight });
    await builtIn.fit(X, target, { sampleWeight });
    // Two batches of the first epoch make up the table.
    expect(sums[0]! + sums[1]!).toBeCloseTo(120, 3);
    own.history.slice(0, 8).forEach(({ total }, k) => {
      expect(total).toBeCloseTo(builtIn.history[k]!.total, 3);
    });
  });

  it('are checked', async () => {
    for (const [sampleWeight, code, message] of [
      ['heavy', 'ERR_INVALID_ARGUMENT', /^sampleWeight: expected an array/],
      [[1, 2], 'ERR_SHAPE_MISMATCH', /^sampleWeight: expected 120 values/],
      [Array.from(y, () => 0), 'ERR_INVALID_ARGUMENT', /^sampleWeight: .* greater than 0/],
      [Array.from(y, (_, i) => (i === 7 ? -1 : 1)), 'ERR_INVALID_ARGUMENT', /^sampleWeight\[7\]/],
      [Array.from(y, () => Number.NaN), 'ERR_NON_FINITE_INPUT', /^sampleWeight/],
    ] as const) {
      const model = new DeepType(SMALL);
      const pending = model.fit(X, y, { sampleWeight: sampleWeight as number[] });
      await expect(pending).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  });
});

describe('classWeight', () => {
  const c = drawCase('cross-entropy', 60, 1);
  const classes = c.batch.y.map(([k]) => k!);
  const gradients = (options: Partial<TrainerOptions>, sampleWeight?: number[]) =>
    withTrainer(
      c,
      (trainer: Trainer) =>
        trainer
          .gradients(
            rowsOf(c.batch.x),
            classes,
            undefined,
            sampleWeight === undefined ? {} : { sampleWeight },
          )
          .flatMap(({ data }) => [...data]),
      options,
    );

  it('counts rows by their class', () => {
    const byClass = gradients({ classWeight: { 0: 2, 2: 0.5 } });
    expect(byClass).toEqual(
      gradients(
        {},
        classes.map((k) => [2, 1, 0.5][k]!),
      ),
    );
    expect(byClass).not.toEqual(gradients({}));
  });

  it("'balanced' gives every class the same sum of weights, with sample weights too", () => {
    const count = (k: number) => classes.filter((other) => other === k).length;
    expect(new Set([0, 1, 2].map(count)).size).toBeGreaterThan(1);
    expect(gradients({ classWeight: 'balanced' })).toEqual(
      gradients(
        {},
        classes.map((k) => 60 / (3 * count(k))),
      ),
    );
    const own = classes.map((_, i) => 1 + (i % 4));
    const sum = (k: number) => own.reduce((s, w, i) => s + (classes[i] === k ? w : 0), 0);
    const ours = gradients({ classWeight: 'balanced' }, own);
    const theirs = gradients(
      {},
      own.map((w, i) => w / sum(classes[i]!)),
    );
    ours.forEach((g, i) => {
      expect(Math.abs(g - theirs[i]!)).toBeLessThan(1e-6);
    });
  });

  /** Two overlapping classes, 1 in 10 of them 'rare'. */
  const draw = generator(8);
  const labels = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? 'rare' : 'common'));
  const table = labels.map((label) => [
    (label === 'rare' ? 0.4 : -0.4) + 2 * draw() - 1,
    2 * draw() - 1,
  ]);

  it.each(['cross-entropy', 'bce'] as const)('finds more of a rare class, by %s', async (loss) => {
    const recall = async (classWeight?: DeepTypeOptions['classWeight']) => {
      const weighting = classWeight === undefined ? {} : { classWeight };
      const model = new DeepType({ clusters: 2, hidden: [8, 4], loss, seed: 2, ...weighting });
      await model.fit(table, labels);
      return metrics.balancedAccuracy(labels, model.predict(table));
    };
    const [plain, balanced] = [await recall(), await recall('balanced')];
    expect(balanced).toBeGreaterThan(plain + 0.1);
    expect(await recall({ rare: 9 })).toBeCloseTo(balanced, 6);
  });

  it('is checked', async () => {
    for (const [classWeight, message] of [
      ['even', /^classWeight: expected 'balanced' or an object of weights, received 'even'/],
      [{ a: -1 }, /^classWeight\["a"\]: expected a finite number of at least 0/],
      [[1, 2], /^classWeight: expected an object/],
    ] as const) {
      const make = () => new DeepType({ ...SMALL, classWeight: classWeight as never });
      expect(messageOf(make, 'ERR_INVALID_ARGUMENT')).toMatch(message);
    }
    const model = new DeepType({ ...SMALL, classWeight: { 0: 1, rare: 2 } });
    await expect(model.fit(X, y)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^classWeight: expected only the classes 0, 1, 2, received 'rare'/,
      ),
    });
    const regression = new DeepType({ ...SMALL, loss: 'mse', classWeight: 'balanced' });
    await expect(regression.fit(X, Float32Array.from(y))).rejects.toMatchObject({
      message: expect.stringMatching(/^classWeight: expected none where y holds no classes/),
    });
  });
});
