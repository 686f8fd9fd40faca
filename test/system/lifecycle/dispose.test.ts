import { describe, expect, it } from 'vitest';
import { DeepType, Network, Trainer } from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { asyncCallsOf, callsOf } from '../../reference/calls.js';
import { fitUntil, PHASES, QUICK, X, y } from './models.js';

describe('dispose', () => {
  for (const phase of PHASES) {
    it(`in ${phase} aborts the fit`, async () => {
      const { model, promise } = fitUntil(phase, (m) => m.dispose());
      await expect(promise).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' });
      messageOf(() => model.predict(X), 'ERR_DISPOSED');
    });
  }

  it('at any moment of a fit gives ERR_ABORTED and no other code', async () => {
    for (let wait = 0; wait < 30; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      setTimeout(() => model.dispose(), wait);
      await model.fit(X, y).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'ERR_ABORTED' });
      });
      model.dispose();
    }
  });

  it('is idempotent, is Symbol.dispose, and all later calls throw ERR_DISPOSED', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    model[Symbol.dispose]();
    model.dispose();
    model.stop();
    for (const call of callsOf(model, X, y)) messageOf(call, 'ERR_DISPOSED');
    for (const promise of [model.fit(X, y), ...asyncCallsOf(model, X)]) {
      await expect(promise).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    }
    new DeepType(QUICK).dispose();
  });

  it('while predictAsync runs lets it end', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const expected = model.predict(X);
    const pending = model.predictAsync(X);
    model.dispose();
    expect(await pending).toEqual(expected);
  });

  it('of a network or a trainer in the middle of a phase gives a coded error', async () => {
    const table = { network: new Network({ inputs: 12, hidden: [4], outputs: 3 }), clusters: 3 };
    const trainer = new Trainer(table);
    const pending = trainer.pretrain(X, y, { epochs: 100_000 });
    messageOf(() => trainer.step(X, y), 'ERR_BUSY');
    messageOf(() => table.network.forward(X), 'ERR_BUSY');
    const other = new Trainer(table);
    messageOf(() => other.step(X, y), 'ERR_BUSY');
    await expect(trainer.joint(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    trainer.dispose();
    trainer[Symbol.dispose]();
    await expect(pending).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    messageOf(() => trainer.computeLosses(X, y), 'ERR_DISPOSED');
    expect(Number.isFinite(other.step(X, y).total)).toBe(true);
    const third = other.pretrain(X, y, { epochs: 100_000 });
    table.network.dispose();
    table.network.dispose();
    other.stop();
    await expect(third).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    messageOf(() => table.network.forward(X), 'ERR_DISPOSED');
  });
});
