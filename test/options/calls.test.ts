import { describe, expect, it } from 'vitest';
import {
  DeepType,
  datasets,
  Lasso,
  lassoPath,
  type MatrixLike,
  metrics,
  Ridge,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { asyncCallsOf, callsOf } from '../reference/calls.js';
import { INVALID, NON_FINITE, OPTIONS, rejection, rows, SHAPE, y } from './refusals.js';

describe('calls at the wrong time', () => {
  it('before the first fit throw ERR_NOT_FITTED', async () => {
    const model = new DeepType(OPTIONS);
    for (const call of callsOf(model, rows, y)) {
      expect(messageOf(call, 'ERR_NOT_FITTED')).toContain('call fit first');
    }
    for (const promise of asyncCallsOf(model, rows)) await rejection(promise, 'ERR_NOT_FITTED');
  });

  it('with another number of columns throw ERR_SHAPE_MISMATCH, with bad values the rest', async () => {
    const model = new DeepType(OPTIONS);
    await model.fit(rows, y);
    const methods = ['predict', 'predictProba', 'transform', 'assign'] as const;
    for (const method of methods) {
      expect(messageOf(() => model[method]([[1, 2]]), SHAPE)).toBe(
        'X: expected 3 columns as in fit, received 2',
      );
      expect(messageOf(() => model[method]([[1, Number.NaN, 2]]), NON_FINITE)).toContain(
        'received NaN at row 0, column 1',
      );
      messageOf(() => model[method](undefined as never), INVALID);
      messageOf(() => model[method]([]), INVALID);
    }
    for (const method of ['predict', 'transform', 'assign'] as const) {
      const call = model[method].bind(model) as (X: MatrixLike, options: unknown) => unknown;
      expect(messageOf(() => call(rows, { output: 1 }), INVALID)).toContain('the options are out');
      messageOf(() => call(rows, null), INVALID);
    }
    messageOf(() => model.score(rows, y.slice(1)), SHAPE);
    messageOf(() => model.score(rows, y.map(String)), INVALID);
    messageOf(() => model.score(rows, undefined as never), INVALID);
  });
});

describe('a fit that diverges', () => {
  it('says where, gives advice and keeps the last finite weights', async () => {
    for (const [learningRate, name, loss] of [
      [1e6, 'sgd', 'mse'],
      [1e30, 'adam', 'mse'],
      [1e35, 'sgd', 'cross-entropy'],
    ] as const) {
      const model = new DeepType({
        ...OPTIONS,
        loss,
        optimizer: { name, learningRate },
        pretrain: { epochs: 20 },
      });
      const targets = loss === 'mse' ? Float32Array.from(y) : y;
      const message = await rejection(model.fit(rows, targets), 'ERR_DIVERGED');
      expect(message).toMatch(
        /^the (loss|gradient) became non-finite in phase pretrain, epoch \d+, step \d+: lower pretrain.learningRate \(now 1e?\+?\d+\), or clip the gradient \(optimizer.maxGradientNorm\); the last finite weights are kept$/,
      );
      expect(model.network.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(
        true,
      );
      expect(model.predict(rows).length).toBe(20);
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      messageOf(() => model.kktResidual, 'ERR_NOT_FITTED');
    }
  });

  it('in the joint phase names that phase and its rate', async () => {
    const model = new DeepType({
      ...OPTIONS,
      loss: 'mse',
      optimizer: { name: 'sgd' },
      joint: { epochs: 20, learningRate: 1e7 },
    });
    const message = await rejection(model.fit(rows, Float32Array.from(y)), 'ERR_DIVERGED');
    expect(message).toMatch(
      /phase joint, epoch \d+, step \d+: lower joint.learningRate \(now 10000000\)/,
    );
    await rejection(model.fit(rows, Float32Array.from(y)), 'ERR_DIVERGED');
  });
});

describe('a y that is missing', () => {
  const X = [[1], [2], [3]];
  it.each([
    ['Lasso', () => new Lasso({ alpha: 1 }).fit(X, undefined as never)],
    ['Ridge', () => new Ridge({ alpha: 1 }).fit(X, undefined as never)],
    ['lassoPath', () => lassoPath(X, undefined as never)],
    ['trainTestSplit', () => datasets.trainTestSplit(X, undefined as never)],
    ['silhouetteScore', () => metrics.silhouetteScore(X, undefined as never)],
  ])('is told of by %s', (_, call) => {
    const message = messageOf(call, 'ERR_INVALID_ARGUMENT');
    expect(message).toMatch(
      /^(y|labels): expected (values, one a|the label of each) row of X, received undefined/,
    );
  });

  it('is no Map of weights', () => {
    const classWeight = new Map([[0, 2]]) as never;
    expect(
      messageOf(() => new DeepType({ clusters: 2, classWeight }), 'ERR_INVALID_ARGUMENT'),
    ).toMatch(/^classWeight: /);
  });
});
