// npm run test:soak [-- SECONDS [SEED [BOUND]]]: exits with 1 where a promise did not settle, a call failed otherwise
// or, on a machine that does nothing else, the event loop was held for BOUND ms or more at the 99th percentile.
import { soak } from './soak.js';

const seconds = Number(process.argv[2] ?? 600);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const bound = Number(process.argv[4] ?? Number.POSITIVE_INFINITY); // ms
const tally = await soak(seconds, seed);
const { failures, ...counts } = tally;
console.log(counts);
for (const failure of failures.slice(0, 20)) console.log(failure);
console.log(
  `seed ${seed}: ${tally.unsettled} unsettled, ${failures.length} failures; ` +
    `event loop p99 ${tally.p99.toFixed(1)} ms`,
);
process.exitCode = tally.unsettled + failures.length === 0 && tally.p99 < bound ? 0 : 1;
