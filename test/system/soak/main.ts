// npm run test:soak [-- SECONDS]: exits with 1 where a promise did not settle, a call failed otherwise,
// or the event loop was held up for 50 ms or more at the 99th percentile, as long as a turn may take. How long it is
// held on a quiet machine is for the bench (loop-delay, tall-delay).
import { soak } from './soak.js';

const seconds = Number(process.argv[2] ?? 600);
const tally = await soak(seconds);
const { failures, ...counts } = tally;
console.log(counts);
for (const failure of failures.slice(0, 20)) console.log(failure);
const bound = 50; // ms
console.log(
  `${tally.unsettled} unsettled, ${failures.length} failures; ` +
    `event loop p99 ${tally.p99.toFixed(1)} ms of ${bound} ms`,
);
process.exitCode = tally.unsettled + failures.length === 0 && tally.p99 < bound ? 0 : 1;
