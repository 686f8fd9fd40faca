import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

describe('the event loop', () => {
  // How long it is held is measured by `npm run bench -- loop-delay`: a test would measure the machine's other work.
  it('goes on while a fit runs: files are asked for, timers fire, progress is told', async () => {
    const ended = await runProgram(`
      const { stat } = await import('node:fs/promises');
      const table = datasets.makeClusters({ samples: 4000, features: 50, seed: 2 });
      const model = new DeepType({ clusters: 4, joint: { tolerance: 0 }, settle: { tolerance: 1e-12 } });
      let isRunning = true;
      let reports = 0;
      const onProgress = () => { reports++; };
      const pending = model.fit(table.X, table.y, { onProgress }).then(() => { isRunning = false; });
      let stats = 0;
      while (isRunning) {
        await stat('package.json');
        stats++;
        await sleep(1);
      }
      await pending;
      console.log(JSON.stringify({ stats, reports }));
    `);
    expect(ended.errors).toBe('');
    const { stats, reports } = JSON.parse(ended.output);
    expect(reports).toBeGreaterThanOrEqual(3);
    expect(stats).toBeGreaterThan(20);
  });
});
