import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  type KnowledgeGraph,
  type LossName,
  type Matrix,
  type PrimaryLoss,
  selection,
} from '../../../src/index.js';
import { optionsWithin } from '../../../src/options/knowledge-graph.js';
import { resolveLoss } from '../../../src/options/losses.js';
import { pairsAmong } from '../../../src/options/sample-pairs.js';
import { messageOf } from '../../common/coded.js';
import { SMALL, weightsOf, X, y } from '../../estimator/tables.js';
import { drawTable, generator } from '../../reference/draw.js';
import { pairDistance } from '../../reference/knowledge-graph.js';
import { LOSSES, type Table } from '../../reference/objective.js';
import { norm } from '../../reference/vectors.js';
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

type Pair = readonly [i: number, j: number, w: number];

function drawPairs(draw: () => number, count: number, rows: number): Pair[] {
  return Array.from({ length: count }, () => {
    const i = Math.floor(rows * draw());
    const step = 1 + Math.floor((rows - 1) * draw());
    return [i, (i + step) % rows, Math.fround(0.1 + draw())];
  });
}

function knowledgeGraph(base: LossName, pairs: readonly Pair[], weight: number): KnowledgeGraph {
  return {
    name: 'knowledge-graph',
    base,
    pairs: pairs.map(([i, j, w]) => ({ i, j, weight: w })),
    weight,
  };
}

function drawCase(base: (typeof LOSSES)[number], rows: number, seed: number): Case {
  const draw = generator(seed);
  const tensors = tensorsOf(draw, [5, 7, 4, 3]);
  const pairs = drawPairs(draw, 2 * rows, rows);
  const batch = {
    x: drawTable(draw, rows, 5, 2),
    y: drawTargets(draw, base, rows, 3),
    pairs,
    gamma: 0.6,
  };
  return { objective: objectiveOf(base), tensors, batch, loss: knowledgeGraph(base, pairs, 0.6) };
}

describe('knowledge-graph', () => {
  it.each(LOSSES)('adds the cosine distance of pairs to %s, and its gradient', (base) => {
    for (let seed = 0; seed < 5; seed++) {
      const c = drawCase(base, 11, seed);
      expectReference(c);
      const weights = c.batch.x.map((_, i) => i % 3);
      expectReference({ ...c, batch: { ...c.batch, weights } });
    }
  });

  it('of no weight or without pairs is the base', () => {
    const c = drawCase('mse', 9, 1);
    const value = (loss: Case['loss']) =>
      withTrainer({ ...c, loss }, (t) => t.computeLosses(rowsOf(c.batch.x), targetsOf(c)));
    expect(value(knowledgeGraph('mse', c.batch.pairs!, 0))).toEqual(value('mse'));
    expect(value(knowledgeGraph('mse', [], 2))).toEqual(value('mse'));
  });

  it('takes pairs as columns too', () => {
    const c = drawCase('bce', 9, 2);
    const pairs = c.batch.pairs!;
    const columns: KnowledgeGraph = {
      name: 'knowledge-graph',
      base: 'bce',
      weight: 0.6,
      pairs: {
        i: Int32Array.from(pairs, ([i]) => i),
        j: Int32Array.from(pairs, ([, j]) => j),
        weight: Float64Array.from(pairs, ([, , w]) => w),
      },
    };
    expectReference({ ...c, loss: columns });
  });

  it('bears outputs of zeros: distance 1, no slope', () => {
    const c = drawCase('mse', 6, 3);
    const zeros = c.tensors.map((t) => ({ ...t, data: new Float32Array(t.data.length) }));
    const pairs: Pair[] = [[0, 1, 1]];
    const at = (loss: Case['loss']) =>
      withTrainer({ ...c, tensors: zeros, loss }, (t) => ({
        losses: t.computeLosses(rowsOf(c.batch.x), targetsOf(c)),
        gradients: t.gradients(rowsOf(c.batch.x), targetsOf(c)),
      }));
    const [own, base] = [at(knowledgeGraph('mse', pairs, 0.5)), at('mse')];
    expect(own.losses.primary).toBeCloseTo(base.losses.primary + 0.5, 6);
    expect(own.gradients).toEqual(base.gradients);
  });

  it('of mini-batches has the mean of the table', async () => {
    const c = drawCase('mse', 40, 4);
    const [x, targets] = [rowsOf(c.batch.x), targetsOf(c)];
    await withTrainer(
      c,
      async (trainer) => {
        const { primary } = trainer.computeLosses(x, targets);
        const { history } = await trainer.pretrain(x, targets, { epochs: 2000, denseFraction: 1 });
        const values = history.map((entry) => entry.primary);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        const spread = Math.hypot(...values.map((v) => v - mean)) / values.length;
        // Steps too short to change a float32 weight; spread is the standard error of the mean.
        expect(trainer.computeLosses(x, targets).primary).toBe(primary);
        expect(spread).toBeGreaterThan(0);
        expect(Math.abs(mean - primary)).toBeLessThan(4 * spread);
      },
      { batchSize: 8, optimizer: { name: 'sgd', learningRate: 1e-30, momentum: 0 } },
    );
  });

  it('of a table of several chunks is taken over all rows', async () => {
    const c = drawCase('cross-entropy', 1300, 6);
    expect(c.batch.pairs!.some(([i, j]) => Math.abs(i - j) > 600)).toBe(true);
    const objective = { ...c.objective, alpha: 0.003 };
    const [x, targets] = [rowsOf(c.batch.x), targetsOf(c)];
    await withTrainer({ ...c, objective }, async (trainer, network) => {
      const base = withTrainer({ ...c, loss: 'cross-entropy' }, (t) => t.computeLosses(x, targets));
      const outputs = network.forward(x).toArray() as Table;
      const expected = base.primary + 0.6 * pairDistance(outputs, c.batch.pairs!);
      expect(trainer.computeLosses(x, targets).primary).toBeCloseTo(expected, 6);
      // The certificate is taken in chunks, `gradients` on one batch; all inputs are live.
      await trainer.pretrain(x, targets, { epochs: 1 });
      const [g] = trainer.gradients(x, targets);
      const norms = Array.from({ length: 5 }, (_, j) =>
        norm(Array.from({ length: 7 }, (_, h) => g!.data[h * 5 + j]!)),
      );
      expect(await trainer.kktResidual()).toBeCloseTo(Math.max(...norms), 6);
    });
  });

  it('pulls the outputs of linked samples together', async () => {
    // Rows of classes 0 and 1 are linked across, those of class 2 to none.
    const rows = [0, 1, 2].map((k) => Array.from(y.keys()).filter((i) => y[i] === k));
    const pairs = rows[0]!.map((i, k): Pair => [i, rows[1]![k % rows[1]!.length]!, 1]);
    const apart = async (options: Partial<DeepTypeOptions>) => {
      const model = new DeepType({
        ...SMALL,
        pretrain: { epochs: 40 },
        joint: { epochs: 40 },
        optimizer: { learningRate: 0.005 },
        standardize: false,
        ...options,
      });
      await model.fit(X, y);
      const outputs = model.network.forward(X).toArray() as Table;
      return { apart: pairDistance(outputs, pairs), score: model.score(X, y) };
    };
    const without = await apart({});
    const linked = await apart({ loss: knowledgeGraph('cross-entropy', pairs, 3) });
    expect(without.apart).toBeGreaterThan(0.2);
    expect(linked.apart).toBeLessThan(without.apart / 5);
    expect(linked.score).toBeLessThan(without.score);
  });

  it('adds to a loss of the caller', async () => {
    const mse: PrimaryLoss = {
      evaluate(outputs, targets) {
        const { data } = targets as Matrix;
        const error = outputs.data.map((o, k) => o - data[k]!);
        return {
          loss: error.reduce((sum, e) => sum + (e * e) / error.length, 0),
          gradient: error.map((e) => (2 * e) / error.length),
        };
      },
    };
    const c = drawCase('mse', 10, 7);
    expectReference({ ...c, loss: { ...(c.loss as KnowledgeGraph), base: mse } });
  });

  it('gives the same bits for any number of threads', async () => {
    const pairs = drawPairs(generator(1), 200, 120);
    const run = async (threads: number) => {
      const loss = knowledgeGraph('cross-entropy', pairs, 0.5);
      const model = new DeepType({ ...SMALL, loss, threads });
      await model.fit(X, y);
      return weightsOf(model);
    };
    expect(await run(3)).toEqual(await run(1));
  });

  it('of part of a table keeps the pairs within it', () => {
    const { graph } = resolveLoss(
      knowledgeGraph(
        'mse',
        [
          [0, 4, 1],
          [4, 2, 2],
          [1, 2, 3],
        ],
        1,
      ),
    );
    expect(pairsAmong(graph!.pairs, [2, 4, 3, 0])).toEqual({
      i: Int32Array.of(3, 1),
      j: Int32Array.of(1, 0),
      weights: Float32Array.of(1, 2),
    });
  });

  it('goes along to the folds, resamples and held-out rows of a selection', async () => {
    const pairs = drawPairs(generator(2), 300, 120);
    const options = { ...SMALL, loss: knowledgeGraph('cross-entropy', pairs, 0.5) };
    const { table } = await selection.crossValidate(
      X,
      y,
      options,
      { alpha: [0.1, 0.2], beta: [0.5] },
      { folds: 3 },
    );
    expect(table.length).toBe(2);
    const { probability } = await selection.stability(X, y, options, { resamples: 3 });
    expect(probability.length).toBe(8);
    const points = await selection.path(X, y, options, { steps: 3, validation: { fraction: 0.3 } });
    expect(points.every(({ validation }) => validation!.error <= 1)).toBe(true);
    const part = optionsWithin(options, [3, 9, ...pairs[0]!.slice(0, 2)]);
    const own = (part.loss as KnowledgeGraph).pairs as { i: number; j: number; weight: number }[];
    expect(own).toContainEqual({ i: 2, j: 3, weight: pairs[0]![2] });
    expect(own.every(({ i, j }) => i < 4 && j < 4)).toBe(true);
  });

  it('leaves a model that comes back from a file', async () => {
    const few = drawPairs(generator(3), 20, 120);
    const many = drawPairs(generator(3), 2000, 120);
    for (const pairs of [few, many]) {
      const model = new DeepType({ ...SMALL, loss: knowledgeGraph('cross-entropy', pairs, 0.5) });
      await model.fit(X, y);
      const again = DeepType.fromBytes(model.toBytes());
      expect(again.predictProba(X)).toEqual(model.predictProba(X));
      expect(again.classes).toEqual(model.classes);
    }
  });

  it('is checked', async () => {
    const pairs = [{ i: 0, j: 1 }];
    for (const [loss, message] of [
      [{ name: 'knowledge-graph' }, /^loss.pairs: expected an object, received undefined/],
      [{ name: 'knowledge-graph', pairs: 5 }, /^loss.pairs: expected an object/],
      [{ name: 'knowledge-graph', pairs: [5] }, /^loss.pairs\[0\]: expected an object/],
      [{ name: 'knowledge-graph', pairs: [{ i: 0 }] }, /^loss.pairs\[0\].j: expected an integer/],
      [{ name: 'knowledge-graph', pairs: [{ i: 2, j: 2 }] }, /^loss.pairs\[0\].j: .*another row/],
      [{ name: 'knowledge-graph', pairs: [{ i: -1, j: 2 }] }, /^loss.pairs\[0\].i: expected/],
      [{ name: 'knowledge-graph', pairs: [{ i: 1, j: 2, weight: 0 }] }, /\[0\].weight: expected/],
      [{ name: 'knowledge-graph', pairs, weight: -1 }, /^loss.weight: expected a finite number/],
      [{ name: 'knowledge-graph', pairs, base: 'rmse' }, /^loss: expected one of/],
      [{ name: 'knowledge-graph', pairs, gamma: 1 }, /^loss: unknown option 'gamma'/],
      [
        { name: 'knowledge-graph', pairs, base: { name: 'knowledge-graph', pairs } },
        /^loss.base: expected another loss/,
      ],
    ] as const) {
      const make = () => new DeepType({ ...SMALL, loss: loss as never });
      expect(messageOf(make, 'ERR_INVALID_ARGUMENT')).toMatch(message);
    }
    const columns = { i: [0, 1], j: [1] };
    const uneven = { name: 'knowledge-graph', pairs: columns } as KnowledgeGraph;
    messageOf(() => new DeepType({ ...SMALL, loss: uneven }), 'ERR_SHAPE_MISMATCH');
    const far = knowledgeGraph('cross-entropy', [[3, 120, 1]], 1);
    await expect(new DeepType({ ...SMALL, loss: far }).fit(X, y)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'loss.pairs[0].j: expected a row of X, from 0 to 119, received 120',
    });
    const one = new DeepType({ ...SMALL, loss: knowledgeGraph('mse', [[0, 1, 1]], 1) });
    await expect(one.fit(X, Float32Array.from(y))).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(/two or more outputs/),
    });
  });
});
