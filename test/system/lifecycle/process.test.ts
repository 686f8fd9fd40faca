import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

const ADDON = new URL('../../../src/native/addon.ts', import.meta.url).href;

describe('a process', () => {
  it('exits with 0 by process.exit(0) while fits run', async () => {
    const ended = await runProgram(`
      for (const seed of [0, 1]) new DeepType({ ...endless, seed }).fit(X, y);
      new DeepType({ ...endless, loss }).fit(X, values);
      setTimeout(() => process.exit(0), 60);
    `);
    expect(ended).toEqual({ status: 0, output: '', errors: '' });
  });

  it('ends with the status of an uncaught error while a fit runs', async () => {
    const ended = await runProgram(`
      new DeepType(endless).fit(X, y);
      setTimeout(() => { throw new Error('on purpose'); }, 40);
    `);
    expect(ended.status).toBe(1);
    expect(ended.errors).toContain('on purpose');
  });

  it('lives until a fit has ended, and no longer', async () => {
    const ended = await runProgram(`
      new DeepType(quick).fit(X, y).then(({ stopReason }) => console.log(stopReason));
    `);
    expect(ended.status).toBe(0);
    expect(ended.output).toMatch(/^(epochs|converged)$/);
  });

  it('sees no unhandled rejection, however fits end', async () => {
    const ended = await runProgram(`
      process.on('unhandledRejection', (error) => console.log('unhandled', error));
      process.on('uncaughtException', (error) => console.log('uncaught', error));
      let settled = 0;
      const ends = [
        (model, controller) => controller.abort(),
        (model) => model.dispose(),
        (model) => model.stop(),
        (model) => { model.fit(X, y).catch(() => {}); model.stop(); },
      ];
      const fits = [];
      for (const end of ends) for (const wait of [0, 5, 20]) {
        for (const custom of [false, true]) {
          const model = new DeepType(custom ? { ...endless, loss } : endless);
          const controller = new AbortController();
          const onProgress = wait === 20 && custom ? () => { throw new Error('mine'); } : undefined;
          fits.push(model.fit(X, custom ? values : y, { signal: controller.signal, onProgress })
            .then(() => settled++, () => settled++));
          setTimeout(() => end(model, controller), wait);
        }
      }
      await Promise.all(fits);
      await sleep(20);
      console.log(settled, fits.length);
    `);
    expect(ended).toEqual({ status: 0, output: '24 24', errors: '' });
  });

  it('collects models that were dropped, disposed of or not', async () => {
    const ended = await runProgram(`
      const count = { dropped: 0, disposed: 0, custom: 0, aborted: 0 };
      const registry = new FinalizationRegistry((kind) => { count[kind]++; });
      const fit = async (kind) => {
        const model = new DeepType(kind === 'custom' ? { ...quick, loss } : quick);
        registry.register(model, kind);
        const signal = kind === 'aborted' ? AbortSignal.timeout(1) : undefined;
        await model.fit(X, kind === 'custom' ? values : y, { signal }).catch(() => {});
        registry.register(kind === 'disposed' ? {} : model.network, kind);
        if (kind === 'disposed') model.dispose();
      };
      for (let k = 0; k < 20; k++) for (const kind of Object.keys(count)) await fit(kind);
      const areCollected = () => Object.values(count).every((collected) => collected === 40);
      for (let k = 0; k < 1000 && !areCollected(); k++) { gc(); await sleep(5); }
      console.log(JSON.stringify(count));
    `);
    expect({ ...ended, output: JSON.parse(ended.output) }).toEqual({
      status: 0,
      output: { dropped: 40, disposed: 40, custom: 40, aborted: 40 },
      errors: '',
    });
  });

  it('gives back the memory of models that were disposed of', async () => {
    const ended = await runProgram(`
      const { native } = await import(${JSON.stringify(ADDON)});
      const wide = { ...quick, hidden: [512, 512], pretrain: { epochs: 1 }, joint: { epochs: 0 },
        settle: { iterations: 0 } };
      const round = async (count) => {
        for (let k = 0; k < count; k++) {
          const model = new DeepType(wide);
          await model.fit(X, y);
          model.dispose();
          if (k % 5 === 0) { gc(); await sleep(0); }
        }
        gc(); await sleep(5);
        return (native().allocatedMemory() ?? process.memoryUsage().rss) / 2 ** 20;
      };
      const before = await round(10);
      const after = await round(25);
      console.log(Math.round(after - before));
    `);
    expect(ended.errors).toBe('');
    // Each model has more than 5 MB of weights, moments and gradients: 125 MB if they leaked.
    expect(Number(ended.output)).toBeLessThan(60);
  });
});
