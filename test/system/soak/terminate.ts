// npm run test:terminate [-- COUNT [BOUND]]: terminates workers in the middle of their fits, one after another, and exits
// with 1 where the process does not go on or, on a machine that does nothing else, one took BOUND ms or more.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeepType } from '../../../src/index.js';
import { QUICK, X, y } from '../lifecycle/models.js';
import { startFits, terminate } from './workers.js';

const count = Number(process.argv[2] ?? 100);
const bound = Number(process.argv[3] ?? Number.POSITIVE_INFINITY); // ms
const times: number[] = [];
for (let k = 0; k < count; k++) {
  const worker = await startFits();
  await sleep((k * 7) % 60);
  times.push(await terminate(worker));
}
times.sort((a, b) => a - b);
const model = new DeepType(QUICK);
await model.fit(X, y); // the process goes on
const at = (share: number): string => times[Math.floor(share * (count - 1))]!.toFixed(1);
console.log(`${count} workers terminated: median ${at(0.5)} ms, slowest ${at(1)} ms`);
process.exitCode = times.at(-1)! < bound && model.labels.length === 300 ? 0 : 1;
