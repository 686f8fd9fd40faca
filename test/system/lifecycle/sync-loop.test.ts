import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

// Node-API runs finalisers in a turn of the event loop; a synchronous loop has none.
const LOOPS = {
  networks: `new Network({ inputs: 1000, hidden: [1000], outputs: 2 })`,
  'networks with a trainer': `new Trainer({
    network: new Network({ inputs: 1000, hidden: [500], outputs: 2 }), clusters: 2 })`,
  'models that predicted': `DeepType.fromBytes(bytes).predict(wide.X)`,
  'models that were disposed of': `DeepType.fromBytes(bytes).dispose()`,
};

describe('objects dropped in a synchronous loop', () => {
  it.each(Object.entries(LOOPS))('%s do not pile up', async (_, make) => {
    const { status, output, errors } = await runProgram(`
      const { Network, Trainer } = await import(${JSON.stringify(new URL('../../../src/index.ts', import.meta.url).href)});
      const wide = datasets.makeClusters({ samples: 30, features: 1000, seed: 1 });
      const model = new DeepType({ ...quick, hidden: [1000, 8] });
      await model.fit(wide.X, wide.y);
      const bytes = model.toBytes();
      let peak = 0;
      const before = process.memoryUsage().rss;
      for (let i = 0; i < 100; i++) {
        ${make};
        peak = Math.max(peak, process.memoryUsage().rss - before);
      }
      console.log(Math.round(peak / 2 ** 20));
    `);
    expect(errors).toBe('');
    expect(status).toBe(0);
    // 100 of 4 MB and more are 400 MB at the least.
    expect(Number(output)).toBeLessThan(300);
  });
});
