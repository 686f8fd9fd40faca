import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

describe('the event loop', () => {
  // How long it is held is measured by `npm run bench -- loop-delay`: a test would measure the machine's other work.
  it('goes on while a fit runs: files are asked for, timers fire, progress is told', async () => {
    const ended = await runProgram(`
      const { stat } = await import('node:fs/promises');
      const model = new DeepType(endless);
      let reports = 0;
      const pending = model.fit(X, y, { onProgress: () => { reports++; } });
      let stats = 0;
      while (stats < 100 || reports < 3) {
        await stat('package.json');
        stats++;
        await sleep(1);
      }
      model.stop();
      console.log((await pending).stopReason);
    `);
    expect(ended).toEqual({ status: 0, output: 'stopped', errors: '' });
  });
});
