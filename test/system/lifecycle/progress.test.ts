import { describe, expect, it, vi } from 'vitest';
import { DeepType, type DeepTypeError, type ProgressEvent } from '../../../src/index.js';
import { isFiniteModel, LONG, PHASES, QUICK, X, y } from './models.js';

describe('onProgress', () => {
  it('is called at most 20 times a second, in order, and once at the end of each phase', async () => {
    let clock = 0; // ms; every look at it takes 10
    const now = vi.spyOn(performance, 'now').mockImplementation(() => {
      clock += 10;
      return clock;
    });
    const events: (ProgressEvent & { at: number })[] = [];
    const model = new DeepType({ ...LONG, settle: { iterations: 3000, tolerance: 1e-12 } });
    await model.fit(X, y, {
      onProgress: (event) => events.push({ ...event, at: clock }),
    });
    now.mockRestore();
    for (const phase of PHASES) {
      const own = events.filter((event) => event.phase === phase);
      expect(own.at(-1)!.fraction).toBe(1);
      expect(own.at(-1)!.epoch).toBe(own.at(-1)!.epochs);
      expect(own.at(-1)!.last).toMatchObject({ phase, epoch: own.at(-1)!.epoch });
      const fractions = own.map(({ fraction }) => fraction);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    }
    const phases = events.map(({ phase }) => PHASES.indexOf(phase));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    events.forEach(({ fraction, at }, k) => {
      if (k > 0 && fraction < 1) expect(at - events[k - 1]!.at).toBeGreaterThanOrEqual(50);
    });
    expect(events.length).toBeGreaterThan(3);
  });

  it('is told of the end of a joint phase that converges early, once', async () => {
    const events: string[] = [];
    const model = new DeepType({
      ...QUICK,
      pretrain: { epochs: 3, sparsityScale: 1 },
      joint: { epochs: 100, tolerance: 0.9 },
    });
    await model.fit(X, y, {
      onProgress: ({ phase, fraction }) => {
        if (fraction === 1) events.push(phase);
      },
    });
    expect(model.history.filter(({ phase }) => phase === 'joint').length).toBeLessThan(100);
    expect(events).toEqual(PHASES);
  });

  it('that throws makes the fit reject with that very error', async () => {
    for (const phase of PHASES) {
      const mine = new RangeError(phase);
      const model = new DeepType({ ...QUICK, settle: { iterations: 24, tolerance: 1e-9 } });
      const promise = model.fit(X, y, {
        onProgress: (event) => {
          if (event.phase === phase) throw mine;
        },
      });
      await expect(promise).rejects.toBe(mine);
      expect(isFiniteModel(model)).toBe(true);
      await model.fit(X, y);
    }
    const model = new DeepType(QUICK);
    const onProgress = () => {
      throw undefined;
    };
    await expect(model.fit(X, y, { onProgress })).rejects.toBeUndefined();
  });

  it('may stop or dispose of the model, and start no second fit', async () => {
    const model = new DeepType(LONG);
    const { stopReason } = await model.fit(X, y, { onProgress: () => model.stop() });
    expect(stopReason).toBe('stopped');
    const codes: unknown[] = [];
    await model.fit(X, y, {
      onProgress: () => {
        model.fit(X, y).catch((error: DeepTypeError) => codes.push(error.code));
        model.stop();
      },
    });
    expect(new Set(codes)).toEqual(new Set(['ERR_BUSY']));
    const disposed = model.fit(X, y, { onProgress: () => model.dispose() });
    await expect(disposed).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});
