import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeepType, Matrix, metrics, Network, Trainer } from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { readFixture } from '../../parity/read-fixture.js';
import { assertProperty } from '../../properties/assert-property.js';
import { coxLoss } from '../../reference/cox.js';
import { drawTable, generator } from '../../reference/draw.js';
import { norm } from '../../reference/vectors.js';
import { drawTargets, expectReference, objectiveOf, tensorsOf, withTrainer } from './check.js';

/** Written by test/parity/survival.R. */
interface Study {
  name: string;
  time: number[];
  event: number[];
  risk: number[];
  concordance: number;
  cox: { ties: string; logLikelihood: number; gradient: number[] }[];
}
const { studies, survival } = readFixture<{ survival: string; studies: Study[] }>('survival.json');

interface Survival {
  time: number[];
  event: number[];
}

/** Loss and its gradient at given log-risks: those of a network whose input i is row i. */
function evaluate(risk: readonly number[], y: Survival, sampleWeight?: number[]) {
  const n = risk.length;
  const network = new Network({ inputs: n, hidden: [1], outputs: 1, activation: 'identity' });
  const [first, ...rest] = network.emptyParameters();
  first!.data.set(risk);
  rest[1]!.data[0] = 1;
  network.load([first!, ...rest]);
  const trainer = new Trainer({ network, clusters: 1, loss: 'cox', sparsity: { weight: 0 } });
  const X = new Matrix(new Float32Array(n * n), n, n);
  for (let i = 0; i < n; i++) X.data[i * n + i] = 1;
  const options = sampleWeight === undefined ? {} : { sampleWeight };
  const { primary } = trainer.computeLosses(X, y, undefined, options);
  const gradient = trainer.gradients(X, y, undefined, options)[0]!.data;
  trainer.dispose();
  network.dispose();
  return { loss: primary, gradient };
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

describe(`the Cox loss against R's survival ${survival}`, () => {
  it.each(studies.map((study) => [study.name, study] as const))('%s', (_, study) => {
    const { loss, gradient } = evaluate(study.risk, study);
    const events = study.event.reduce((a, b) => a + b, 0);
    const efron = study.cox.find(({ ties }) => ties === 'efron')!;
    // The log-risks are float32 numbers, R's float64.
    expect(Math.abs(loss * events + efron.logLikelihood) / -efron.logLikelihood).toBeLessThan(1e-8);
    // R's martingale residuals are the gradient of the log-likelihood; they are of order 1.
    const residuals = gradient.map((g) => -g * events);
    expect(worst(residuals, efron.gradient)).toBeLessThan(1e-6);
  });
});

const observations = fc.record({
  time: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 25, maxLength: 25 }),
  event: fc.array(fc.constantFrom(0, 1), { minLength: 25, maxLength: 25 }),
  risk: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 25, maxLength: 25 }),
  weights: fc.array(fc.constantFrom<number>(0, 0.5, 1, 3), { minLength: 25, maxLength: 25 }),
});
const float32 = (values: readonly number[]) => values.map(Math.fround);

describe('the Cox loss', () => {
  it('is its definition, also with weights', () => {
    const property = fc.property(observations, ({ time, event, risk, weights }) => {
      fc.pre(weights.some((w) => w > 0));
      const seen = time.map((t, i) => ({ time: t, event: event[i] === 1 }));
      const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
      const scaled = weights.map((w) => w / mean);
      const eta = float32(risk);
      expect(evaluate(eta, { time, event }).loss).toBeCloseTo(coxLoss(eta, seen), 6);
      const { loss } = evaluate(eta, { time, event }, weights);
      expect(loss).toBeCloseTo(coxLoss(eta, seen, scaled), 6);
    });
    assertProperty(property, { numRuns: 60 });
  });

  it('knows of times only their order, and of risks only their differences', () => {
    const property = fc.property(observations, ({ time, event, risk }) => {
      const eta = float32(risk.map((r) => Math.round(r * 64) / 64));
      const before = evaluate(eta, { time, event });
      // Closer together than float32 can tell.
      const moved = time.map((t) => 1e6 + Math.exp(t) * 1e-5);
      expect(evaluate(eta, { time: moved, event })).toEqual(before);
      const shifted = evaluate(
        eta.map((r) => r + 100),
        { time, event },
      );
      expect(shifted.loss).toBeCloseTo(before.loss, 10);
      expect(worst(shifted.gradient, before.gradient)).toBeLessThan(1e-7);
      expect(Math.abs(before.gradient.reduce((a, b) => a + b, 0))).toBeLessThan(1e-6);
    });
    assertProperty(property, { numRuns: 40 });
  });

  it('is finite at risks whose exponentials are not', () => {
    const [time, event] = [
      [1, 2, 3, 4, 5],
      [1, 1, 0, 1, 1],
    ];
    const { loss, gradient } = evaluate([5000, -5000, 3000, -4000, 0], { time, event });
    // Row by row: 5000 alone, 3000 above -5000, 0 above -4000, alone.
    expect(loss).toBeCloseTo((0 + 8000 + 4000 + 0) / 4, 6);
    expect([...gradient].map((g) => g * 4)).toEqual([0, -1, 1, -1, 1]);
  });

  it('is 0 without an event', () => {
    const { loss, gradient } = evaluate([1, 2, 3], { time: [1, 2, 3], event: [0, 0, 0] });
    expect(loss).toBe(0);
    expect([...gradient]).toEqual([0, 0, 0]);
  });

  it('has the gradient of its central differences through the network', () => {
    for (let seed = 0; seed < 20; seed++) {
      const draw = generator(seed);
      const objective = objectiveOf('cox');
      const tensors = tensorsOf(draw, [4, 6, 5, 1]);
      const batch = { x: drawTable(draw, 17, 4, 2), y: drawTargets(draw, 'cox', 17, 1) };
      expectReference({ objective, tensors, batch, loss: 'cox' });
      const weights = batch.x.map(() => Math.floor(4 * draw()));
      weights[0] = 1;
      expectReference({ objective, tensors, batch: { ...batch, weights }, loss: 'cox' });
    }
  });

  it('of a table of several chunks is taken over all rows', async () => {
    const draw = generator(5);
    const objective = { ...objectiveOf('cox'), alpha: 0.003 };
    const x = drawTable(draw, 1300, 6, 1);
    const y = drawTargets(draw, 'cox', 1300, 1);
    const targets = { time: y.map((row) => row[0]!), event: y.map((row) => row[1]!) };
    const tensors = tensorsOf(draw, [6, 5, 1]);
    await withTrainer({ objective, tensors, loss: 'cox' }, async (trainer, network) => {
      const loss = coxLoss(
        [...network.forward(x).data],
        y.map(([time, event]) => ({ time: time!, event: event === 1 })),
      );
      expect(trainer.computeLosses(x, targets).primary).toBeCloseTo(loss, 6);
      // The certificate is taken in chunks, `gradients` on one batch; all inputs are live.
      await trainer.pretrain(x, targets, { epochs: 1 });
      const [g] = trainer.gradients(x, targets);
      const norms = Array.from({ length: 6 }, (_, j) =>
        norm([0, 1, 2, 3, 4].map((h) => g!.data[h * 6 + j]!)),
      );
      expect(await trainer.kktResidual()).toBeCloseTo(Math.max(...norms), 6);
    });
  });
});

describe('DeepType on survival', () => {
  /** Exponential times of hazard exp(eta), a third censored; of 10 columns 3 matter. */
  function trial(rows: number, seed: number) {
    const draw = generator(seed);
    const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
    const X = Array.from({ length: rows }, () => Array.from({ length: 10 }, normal));
    const eta = X.map((x) => 1.2 * x[1]! - 1.0 * x[4]! + 0.8 * x[7]!);
    const died = eta.map((r) => -Math.log(1 - draw()) / Math.exp(r));
    const censored = eta.map(() => -2.5 * Math.log(1 - draw()));
    return {
      X,
      eta,
      y: {
        time: died.map((t, i) => Math.min(t, censored[i]!)),
        event: died.map((t, i) => t <= censored[i]!),
      },
    };
  }

  it('finds the columns that matter and ranks new rows about as well as the truth', async () => {
    const train = trial(400, 1);
    const test = trial(400, 2);
    const model = new DeepType({
      clusters: 2,
      loss: 'cox',
      hidden: [16, 8],
      sparsity: { relativeWeight: 0.5 },
      weightDecay: 0.2,
      seed: 1,
    });
    await model.fit(train.X, train.y);
    expect([...model.selectedFeatures].slice(0, 3).sort()).toEqual([1, 4, 7]);
    expect(model.classes).toBeUndefined();
    const risk = model.predict(test.X);
    expect(risk).toBeInstanceOf(Float32Array);
    expect(risk.length).toBe(400);
    const truth = metrics.concordanceIndex(test.y.time, test.y.event, test.eta);
    const ours = model.score(test.X, test.y);
    expect(ours).toBe(metrics.concordanceIndex(test.y.time, test.y.event, risk as Float32Array));
    expect(ours).toBeGreaterThan(truth - 0.01);
    messageOf(() => model.predictProba(test.X), 'ERR_INVALID_ARGUMENT');
    model.dispose();
  });

  it('checks y', async () => {
    const model = new DeepType({ clusters: 1, loss: 'cox' });
    const X = [[0], [1], [2]];
    const time = [1, 2, 3];
    for (const [y, code, message] of [
      [
        [1, 2, 3],
        'ERR_INVALID_ARGUMENT',
        /^y: expected { time, event }, each with a value a row, for the loss 'cox', received an array/,
      ],
      [{ time }, 'ERR_INVALID_ARGUMENT', /event/],
      [{ time, event: [0, 0, 0] }, 'ERR_INVALID_ARGUMENT', /at least one event/],
      [{ time, event: [0, 2, 0] }, 'ERR_INVALID_ARGUMENT', /event\[1\]/],
      [{ time: [1, 2], event: [1, 0] }, 'ERR_SHAPE_MISMATCH', /3 values/],
      [{ time, event: [1, 0] }, 'ERR_SHAPE_MISMATCH', /event/],
      [{ time: [1, Number.NaN, 3], event: [1, 0, 1] }, 'ERR_NON_FINITE_INPUT', /time/],
    ] as const) {
      await expect(model.fit(X, y as never)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    const network = new Network({ inputs: 1, hidden: [2], outputs: 2 });
    const trainer = new Trainer({ network, clusters: 1, loss: 'cox' });
    const y = { time, event: [1, 0, 1] };
    expect(messageOf(() => trainer.computeLosses(X, y), 'ERR_SHAPE_MISMATCH')).toMatch(
      /one output/,
    );
  });
});
