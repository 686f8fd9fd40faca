import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, datasets, Ridge, type Targets } from '../../src/index.js';
import { messageOf } from '../common/coded.js';

const { X, y } = datasets.makeClusters({ samples: 60, features: 5, clusters: 3, seed: 1 });

async function fitted(targets: Targets, options: Partial<DeepTypeOptions> = {}) {
  const quick = { pretrain: { epochs: 1 }, joint: { epochs: 1 }, settle: { iterations: 2 } };
  const model = new DeepType({ clusters: 3, hidden: [4], ...quick, ...options });
  await model.fit(X, targets);
  return model;
}

describe('score names y, as its caller does', () => {
  it('of classes', async () => {
    const model = await fitted(y);
    const messageFor = (targets: unknown, code: Parameters<typeof messageOf>[1]) =>
      messageOf(() => model.score(X, targets as Targets), code);
    expect(messageFor(y.slice(2), 'ERR_SHAPE_MISMATCH')).toBe(
      'y: expected 60 values, one a row of X, received 58',
    );
    expect(
      messageFor(
        Array.from(y, (k) => `c${k}`),
        'ERR_INVALID_ARGUMENT',
      ),
    ).toBe("y: expected numbers like the classes of fit, received 'c0'; they are 0, 1, 2");
    expect(messageFor(Promise.resolve(y), 'ERR_INVALID_ARGUMENT')).toContain(
      'received a promise (is an await missing?)',
    );
    const named = await fitted(Array.from(y, (k) => `c${k}`));
    expect(messageOf(() => named.score(X, y), 'ERR_INVALID_ARGUMENT')).toBe(
      "y: expected strings like the classes of fit, received 0; they are 'c0', 'c1', 'c2'",
    );
  });

  it('of values and of times', async () => {
    const values = await fitted(Float64Array.from(y), { loss: 'mse' });
    const rows = 'y: expected 60 values, one a row of X, received 58';
    const short = Float64Array.from(y.slice(2));
    expect(messageOf(() => values.score(X, short), 'ERR_SHAPE_MISMATCH')).toBe(rows);
    const wide = Array.from(y, (k) => [k, 1]);
    expect(messageOf(() => values.score(X, wide), 'ERR_SHAPE_MISMATCH')).toBe(
      'y: expected 1 values a row as in fit, received 2',
    );
    const ridge = new Ridge().fit(X, Float64Array.from(y));
    expect(messageOf(() => ridge.score(X, short), 'ERR_SHAPE_MISMATCH')).toBe(rows);
    const time = Array.from(y, (_, i) => i);
    const event = new Uint8Array(60).fill(1);
    const survival = await fitted({ time, event }, { loss: 'cox' });
    const fewer = { time: time.slice(1), event: event.slice(1) };
    expect(messageOf(() => survival.score(X, fewer), 'ERR_SHAPE_MISMATCH')).toBe(
      'y.time: expected 60 values, one a row of X, received 59',
    );
    expect(messageOf(() => survival.score(X, y), 'ERR_INVALID_ARGUMENT')).toBe(
      "y: expected { time, event }, each with a value a row, for the loss 'cox', received Int32Array of 240 bytes",
    );
  });
});

describe('a forgotten await', () => {
  it('is named, by the promise that came and by the fit that runs', async () => {
    const model = new DeepType({ clusters: 3, hidden: [4], pretrain: { epochs: 1 } });
    const fit = model.fit(X, y);
    expect(messageOf(() => model.predict(X), 'ERR_BUSY')).toBe(
      'the model is being fitted: await fit first',
    );
    await fit;
    const later = Promise.resolve(X) as never;
    expect(messageOf(() => model.predict(later), 'ERR_INVALID_ARGUMENT')).toBe(
      'X: expected a Matrix, an array of rows or { data, rows, columns }, received a promise (is an await missing?)',
    );
  });
});
