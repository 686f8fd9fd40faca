import { describe, expect, it } from 'vitest';
import { messageOf } from '../common/coded.js';
import { fitted, X, y } from './tables.js';

describe('classes', () => {
  const names = ['basal', 'her2', 'luminal'];
  it('of strings come back as strings', async () => {
    const model = await fitted(
      {},
      Array.from(y, (k) => names[2 - k]!),
    );
    expect(model.classes).toEqual(names);
    const predicted = model.predict(X);
    expect(predicted.slice(0, 5)).toEqual(Array.from(y.slice(0, 5), (k) => names[2 - k]));
    expect(model.score(X, predicted)).toBe(1);
  });

  it('of large or negative numbers come back as they were', async () => {
    const huge = [-7, 3_000_000_000, 2 ** 53 - 1];
    const labels = Array.from(y, (k) => huge[k]!);
    const model = await fitted({}, labels);
    expect(model.classes).toEqual(huge);
    expect(Array.isArray(model.predict(X))).toBe(true);
    expect(model.predict(X)).toEqual(labels);
    const unsigned = await fitted(
      {},
      Uint32Array.from(y, (k) => 4_294_967_293 + k),
    );
    expect(new Set(unsigned.predict(X) as number[])).toEqual(
      new Set([4_294_967_293, 4_294_967_294, 4_294_967_295]),
    );
    const gaps = await fitted(
      {},
      Array.from(y, (k) => 10 - 5 * k),
    );
    expect(gaps.classes).toEqual([0, 5, 10]);
    expect(gaps.predict(X)).toEqual(Int32Array.from(y, (k) => 10 - 5 * k));
  });

  it('are copies', async () => {
    const model = await fitted();
    model.classes!.reverse();
    expect(model.classes).toEqual([0, 1, 2]);
  });
});

describe('out', () => {
  it('is filled and returned', async () => {
    const model = await fitted();
    const labels = new Int32Array(120);
    expect(model.assign(X, { out: labels })).toBe(labels);
    expect(labels).toEqual(model.labels);
    const rows = new Float32Array(480);
    expect(model.transform(X, { out: rows }).data).toBe(rows);
    expect(rows).toEqual(model.transform(X).data);
    for (const out of [new Int32Array(120), new Uint8Array(120), new Array<number>(120)]) {
      expect(model.predict(X, { out: out as Int32Array })).toBe(out);
      expect([...out]).toEqual([...(model.predict(X) as Int32Array)]);
    }
    const regression = await fitted({ loss: 'mse' }, Float32Array.from(y));
    const values = new Float32Array(120);
    expect(regression.predict(X, { out: values })).toBe(values);
    expect(values).toEqual(regression.predict(X));
  });

  it('of the wrong type or length is refused', async () => {
    const model = await fitted();
    const invalid = (call: () => unknown): void =>
      expect(messageOf(call, 'ERR_INVALID_ARGUMENT')).toMatch(/^out: expected .*120|^out: .*480/);
    for (const out of [new Int32Array(119), new Float32Array(120), [], 'x', null]) {
      invalid(() => model.assign(X, { out: out as Int32Array }));
      invalid(() => model.transform(X, { out: out as Float32Array }));
    }
    for (const out of [new Int32Array(121), new Float32Array(120), new Uint16Array(120), {}, 5]) {
      invalid(() => model.predict(X, { out: out as Int32Array }));
    }
    const large = await fitted(
      {},
      Array.from(y, (k) => k + 300),
    );
    invalid(() => large.predict(X, { out: new Uint8Array(120) as never }));
    const text = await fitted({}, Array.from(y, String));
    invalid(() => text.predict(X, { out: new Int32Array(120) }));
  });
});

describe('the Async twins', () => {
  it('give what the synchronous methods give', async () => {
    const model = await fitted({}, Array.from(y, String));
    expect(await model.predictAsync(X)).toEqual(model.predict(X));
    expect(await model.transformAsync(X)).toEqual(model.transform(X));
    expect(await model.assignAsync(X)).toEqual(model.assign(X));
    const [labels, rows] = [new Int32Array(120), new Float32Array(480)];
    expect(await model.assignAsync(X, { out: labels })).toBe(labels);
    expect((await model.transformAsync(X, { out: rows })).data).toBe(rows);
    expect(labels).toEqual(model.labels);
    const twins = await Promise.all([model.predictAsync(X), model.assignAsync(X)]);
    expect(twins).toEqual([model.predict(X), model.labels]);
    await expect(model.transformAsync(X, { out: new Float32Array(1) })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    await expect(model.predictAsync([[1]])).rejects.toMatchObject({ code: 'ERR_SHAPE_MISMATCH' });
  });
});
