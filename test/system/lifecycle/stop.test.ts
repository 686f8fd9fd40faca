import { describe, expect, it } from 'vitest';
import { DeepType, type Matrix, Network, type PrimaryLoss, Trainer } from '../../../src/index.js';
import { fitUntil, isFiniteModel, PHASES, QUICK, X, y } from './models.js';

describe('stop', () => {
  for (const phase of PHASES) {
    it(`in ${phase} resolves with clusters`, async () => {
      const { model, promise } = fitUntil(phase, (m) => m.stop());
      const result = await promise;
      expect(result.stopReason).toBe('stopped');
      expect(result.history.at(-1)!.phase).toBe(phase);
      expect(model.labels.length).toBe(300);
      expect(model.assign(X)).toEqual(model.labels);
      expect(Number.isFinite(result.kktResidual)).toBe(true);
      expect(result.alphaMax).toBeGreaterThan(0);
      expect(isFiniteModel(model)).toBe(true);
    });
  }

  it('at any moment, also again and again, leaves labels and whole numbers', async () => {
    let stopped = 0;
    for (let wait = 0; wait < 40; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      const pending = model.fit(X, y);
      let isRunning = true;
      const stopAgain = () => {
        model.stop();
        if (isRunning) setImmediate(stopAgain);
      };
      if (wait === 0) stopAgain();
      else setTimeout(stopAgain, wait / 2);
      const { stopReason, history, alpha, kktResidual } = await pending;
      isRunning = false;
      if (stopReason === 'stopped') stopped++;
      expect(model.labels.length).toBe(300);
      expect(alpha).toBeGreaterThan(0);
      expect(Number.isFinite(kktResidual)).toBe(true);
      expect(history.every(({ total, primary }) => Number.isFinite(total) && primary > 0)).toBe(
        true,
      );
    }
    expect(stopped).toBeGreaterThan(0); // the first at the least
  });

  it('right after fit stops in the first epoch; without a fit it does nothing', async () => {
    const model = new DeepType(QUICK);
    model.stop();
    const pending = model.fit(X, y);
    model.stop();
    const { stopReason, history, steps } = await pending;
    expect(stopReason).toBe('stopped');
    expect(history.length).toBe(steps === 0 ? 0 : 1);
    expect(steps).toBeLessThanOrEqual(5);
    expect(model.labels.length).toBe(300);
    model.stop();
    expect((await model.fit(X, y)).stopReason).not.toBe('stopped');
  });

  it('then a warm start goes on with an automatic beta of the clusters', async () => {
    const model = new DeepType(QUICK);
    const pending = model.fit(X, y);
    model.stop();
    expect((await pending).beta).toBe(0);
    const { beta } = await model.fit(X, y, { warmStart: true });
    expect(beta).toBeGreaterThan(0);
    expect(beta).toBeLessThan(1);
  });
});

describe("a caller's loss", () => {
  const evaluate: PrimaryLoss['evaluate'] = (outputs, targets) => {
    const { data } = targets as Matrix;
    return { loss: 1, gradient: outputs.data.map((o, k) => (o - data[k]!) / data.length) };
  };

  it('is heard again by a trainer after a stop', async () => {
    const network = new Network({ inputs: 12, hidden: [4], outputs: 1 });
    const mine = new RangeError('mine');
    let fails = false;
    const loss: PrimaryLoss = {
      evaluate: (...args) => {
        if (fails) throw mine;
        return evaluate(...args);
      },
    };
    const trainer = new Trainer({ network, loss, clusters: 3 });
    const pending = trainer.pretrain(X, Float32Array.from(y), { epochs: 1000 });
    setTimeout(() => trainer.stop(), 10);
    expect((await pending).stopReason).toBe('stopped');
    expect(await trainer.kktResidual()).toBeGreaterThan(0);
    fails = true;
    await expect(trainer.kktResidual()).rejects.toBe(mine);
    expect(() => trainer.computeLosses(X, Float32Array.from(y))).toThrow(mine);
  });
});
