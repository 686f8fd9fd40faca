import { describe, expect, it } from 'vitest';
import {
  DeepType,
  datasets,
  Matrix,
  metrics,
  Network,
  type PrimaryLoss,
  Trainer,
} from '../../src/index.js';
import { allFinite, fitted, SMALL, weightsOf, X, y } from './tables.js';

describe('a primary loss of the caller', () => {
  const target = Float32Array.from(y, (k) => k - 1);
  const error = (hook: () => void = () => {}): PrimaryLoss => ({
    evaluate(outputs, targets) {
      hook();
      const { data } = targets as Matrix;
      const gradient = outputs.data.map((o, k) => (2 * (o - data[k]!)) / data.length);
      const loss = outputs.data.reduce((sum, o, k) => sum + (o - data[k]!) ** 2 / data.length, 0);
      return { loss, gradient };
    },
  });

  it('equal to mse gives what mse gives of targets as they are', async () => {
    const [own, builtIn] = [
      await fitted({ loss: error() }, target),
      await fitted({ loss: 'mse', standardizeTargets: false }, target),
    ];
    expect(own.history.length).toBe(builtIn.history.length);
    expect(own.alphaMax).toBeCloseTo(builtIn.alphaMax, 5);
    for (const [k, { total }] of own.history.slice(0, 8).entries()) {
      expect(total).toBeCloseTo(builtIn.history[k]!.total, 3);
    }
    expect(
      metrics.maxError(own.predict(X) as Float32Array, builtIn.predict(X) as Float32Array),
    ).toBeLessThan(0.02);
    expect(own.predict(X)).toBeInstanceOf(Float32Array);
    expect(own.score(X, target)).toBeCloseTo(builtIn.score(X, target), 2);
  });

  it('of classes gets their indices, and may have more outputs than y has columns', async () => {
    const seen: unknown[] = [];
    const hinge: PrimaryLoss = {
      targets: 'classes',
      outputs: 4,
      evaluate(outputs, targets) {
        seen.push(targets);
        const classes = targets as Int32Array;
        const gradient = new Float32Array(outputs.data.length);
        let loss = 0;
        for (let i = 0; i < outputs.rows; i++) {
          outputs.row(i).forEach((o, c) => {
            const sign = c === classes[i] ? 1 : -1;
            const margin = 1 - sign * o;
            if (margin <= 0) return;
            loss += margin / outputs.rows;
            gradient[i * 4 + c] = -sign / outputs.rows;
          });
        }
        return { loss, gradient: new Matrix(gradient, outputs.rows, 4) };
      },
    };
    const model = await fitted(
      { loss: hinge, pretrain: { epochs: 25 }, joint: { epochs: 20 } },
      Array.from(y, (k) => `c${k}`),
    );
    expect(model.network.outputs).toBe(4);
    expect(seen.every((t) => t instanceof Int32Array && t.every((k) => k < 3))).toBe(true);
    expect(model.score(X, model.predict(X))).toBe(1);
    expect(
      model.score(
        X,
        Array.from(y, (k) => `c${k}`),
      ),
    ).toBeGreaterThan(0.95);
  });

  it('that is coupled gets a table in one call', async () => {
    const { X: long } = datasets.makeClusters({
      samples: 1100,
      features: 4,
      informative: 2,
      clusters: 2,
      seed: 1,
    });
    const rowsSeen = (coupled: boolean) => {
      const seen: number[] = [];
      const loss: PrimaryLoss = {
        coupled,
        evaluate(outputs) {
          seen.push(outputs.rows);
          return { loss: 0, gradient: new Float32Array(outputs.data.length) };
        },
      };
      const network = new Network({ inputs: 4, hidden: [3], outputs: 1 });
      const trainer = new Trainer({ network, clusters: 2, loss });
      trainer.computeLosses(long, new Float32Array(1100));
      return seen;
    };
    expect(rowsSeen(true)).toEqual([1100]);
    expect(rowsSeen(false)).toEqual([512, 512, 76]);
  });

  it('that throws makes the fit reject with that very error, whichever call throws', async () => {
    let calls = 0;
    await fitted({ loss: error(() => calls++) }, target);
    const total = calls;
    expect(total).toBeGreaterThan(20);
    const mine = new RangeError('mine');
    for (const failing of [1, 2, 9, 17, 25, total - 1, total]) {
      calls = 0;
      const loss = error(() => {
        if (++calls === failing) throw mine;
      });
      const model = new DeepType({ ...SMALL, loss });
      await expect(model.fit(X, target)).rejects.toBe(mine);
      expect(weightsOf(model).every(allFinite)).toBe(true);
    }
  });

  it('that returns nonsense makes the fit reject with a coded error', async () => {
    const zeros = new Float32Array(64);
    const bad: [unknown, string, RegExp][] = [
      [undefined, 'ERR_INVALID_ARGUMENT', /loss.evaluate: expected an object, received undefined/],
      [Promise.resolve(), 'ERR_INVALID_ARGUMENT', /^loss.evaluate: .* promise/],
      [{ loss: Number.NaN, gradient: zeros }, 'ERR_INVALID_ARGUMENT', /loss.*received NaN/],
      [{ loss: '1', gradient: zeros }, 'ERR_INVALID_ARGUMENT', /loss.*received '1'/],
      [{ loss: 1, gradient: zeros.subarray(1) }, 'ERR_SHAPE_MISMATCH', /64 values, received 63/],
      [{ loss: 1, gradient: 'no' }, 'ERR_INVALID_ARGUMENT', /gradient.*received 'no'/],
      [
        { loss: 1, gradient: zeros.map((_, k) => (k === 5 ? Number.NaN : 0)) },
        'ERR_INVALID_ARGUMENT',
        /gradient\[5\].*received NaN/,
      ],
    ];
    for (const [result, code, message] of bad) {
      const evaluate = () => result as ReturnType<PrimaryLoss['evaluate']>;
      const model = new DeepType({ ...SMALL, loss: { evaluate } });
      await expect(model.fit(X, target)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      await expect(model.fit(X, target)).rejects.toMatchObject({ code });
    }
  });

  it('may abort, stop or dispose of the fit that calls it, at any call', async () => {
    let calls = 0;
    await fitted({ loss: error(() => calls++) }, target);
    const total = calls;
    for (let at = 1; at <= total; at += 6) {
      const run = async (action: (model: DeepType, controller: AbortController) => void) => {
        calls = 0;
        const controller = new AbortController();
        const model: DeepType = new DeepType({
          ...SMALL,
          loss: error(() => {
            if (++calls === at) action(model, controller);
          }),
        });
        return { model, pending: model.fit(X, target, { signal: controller.signal }) };
      };
      const aborted = await run((_, controller) => controller.abort('enough'));
      await expect(aborted.pending).rejects.toMatchObject({
        code: 'ERR_ABORTED',
        cause: 'enough',
      });
      const disposed = await run((model) => model.dispose());
      await expect(disposed.pending).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      const { model, pending } = await run((m) => m.stop());
      const { stopReason, alphaMax, kktResidual, history } = await pending;
      if (at < total) expect(stopReason).toBe('stopped');
      expect(model.labels.length).toBe(120);
      expect(alphaMax).toBeGreaterThan(0);
      expect(Number.isFinite(kktResidual)).toBe(true);
      expect(history.every(({ total: sum }) => Number.isFinite(sum) && sum > 0)).toBe(true);
    }
  });
});
