import { describe, expect, it } from 'vitest';
import { DeepType } from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { QUICK, X, y } from './models.js';

describe('while a fit runs', () => {
  it('every call that needs the model throws ERR_BUSY, and the fit goes on', async () => {
    const model = new DeepType(QUICK);
    const pending = model.fit(X, y);
    messageOf(() => model.predict(X), 'ERR_BUSY');
    messageOf(() => model.labels, 'ERR_BUSY');
    messageOf(() => model.network, 'ERR_BUSY');
    messageOf(() => model.history, 'ERR_BUSY');
    messageOf(() => model.score(X, y), 'ERR_BUSY');
    await expect(model.fit(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await expect(model.assignAsync(X)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await pending;
    expect(model.labels.length).toBe(300);
  });

  it('other models train beside it with the same results as alone', async () => {
    const options = [0, 1, 2, 3, 4].map((seed) => ({ ...QUICK, seed }));
    const together = options.map((o) => new DeepType(o));
    await Promise.all(together.map((model) => model.fit(X, y)));
    for (const [k, o] of options.entries()) {
      const alone = new DeepType(o);
      await alone.fit(X, y);
      expect(together[k]!.network.parameters()).toEqual(alone.network.parameters());
      expect(together[k]!.labels).toEqual(alone.labels);
      expect(together[k]!.history).toEqual(alone.history);
    }
  });
});
