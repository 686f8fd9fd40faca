import { describe, expect, it } from 'vitest';
import { DeepType, DeepTypeError } from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { endlessIn, fitUntil, isFiniteModel, PHASES, QUICK, X, y } from './models.js';

describe('an abort', () => {
  for (const phase of PHASES) {
    it(`in ${phase} rejects with the reason and leaves a usable model`, async () => {
      const reason = { why: 'enough' };
      const { model, promise } = fitUntil(phase, (_, controller) => controller.abort(reason));
      const error = await promise.then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(DeepTypeError);
      expect(error).toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' });
      expect((error as DeepTypeError).cause).toBe(reason);
      expect(isFiniteModel(model)).toBe(true);
      expect(model.predict(X).length).toBe(300);
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      messageOf(() => model.kktResidual, 'ERR_NOT_FITTED');
      messageOf(() => model.assign(X), 'ERR_NOT_FITTED');
    });
  }

  it('before the fit rejects at once, and a new fit goes as ever', async () => {
    const model = new DeepType(QUICK);
    const signal = AbortSignal.abort('before');
    await expect(model.fit(X, y, { signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      name: 'AbortError',
      cause: 'before',
    });
    expect(isFiniteModel(model)).toBe(true);
    await model.fit(X, y);
    const fresh = new DeepType(QUICK);
    await fresh.fit(X, y);
    expect(model.network.parameters()).toEqual(fresh.network.parameters());
    expect(model.labels).toEqual(fresh.labels);
  });

  it('of a fit at any moment rejects with ERR_ABORTED or comes too late', async () => {
    const reason = new Error('mine');
    let rejected = 0;
    for (let wait = 0; wait < 40; wait++) {
      const model = new DeepType({ ...QUICK, settle: { iterations: 600, tolerance: 1e-9 } });
      const controller = new AbortController();
      const fit = model.fit(X, y, { signal: controller.signal });
      if (wait === 0) controller.abort(reason);
      else setTimeout(() => controller.abort(reason), wait);
      try {
        await fit;
        expect(model.labels.length).toBe(300);
      } catch (error) {
        rejected++;
        expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: reason });
      }
      expect(isFiniteModel(model)).toBe(true);
      if (rejected === 1) expect(await model.fit(X, y, { warmStart: true })).toBe(model.result);
    }
    expect(rejected).toBeGreaterThan(0); // the first at the least
  });

  it('after the fit does nothing, and listeners do not pile up', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const model = new DeepType(QUICK);
    for (let k = 0; k < 3; k++) await model.fit(X, y, { signal });
    expect(listeners).toBe(0);
    controller.abort();
    expect(model.labels.length).toBe(300);
  });

  it('of a warm start leaves what the model was', async () => {
    const model = new DeepType(endlessIn('pretrain'));
    const stopped = model.fit(X, y);
    setTimeout(() => model.stop(), 20);
    await stopped;
    expect(model.labels.length).toBe(300);
    const { kktResidual } = model;
    const labels = model.labels.slice();
    const parameters = model.network.parameters();
    const signal = AbortSignal.timeout(30);
    await expect(model.fit(X, y, { signal, warmStart: true })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    });
    expect(model.kktResidual).toBe(kktResidual);
    expect(model.labels).toEqual(labels);
    expect(model.network.parameters()).toEqual(parameters);
  });
});
