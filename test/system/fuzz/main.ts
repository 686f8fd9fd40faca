// npm run test:fuzz [-- COUNT [SEED]]: COUNT random calls and sequences of calls of the whole public
// surface, in a process of their own; exits with 1 where one ended or held up that process, left a promise
// unsettled, or failed with anything but a coded error. COUNT 1 shows the one case of SEED.
import { caseOf, prepare } from './cases.js';
import { type FuzzTally, fuzz } from './run.js';
import { surface } from './surface.js';

const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const line = (t: FuzzTally): string =>
  `seed ${seed}: ${t.calls} calls in ${t.cases} cases: ${t.succeeded} succeeded, ${t.coded} refused, ` +
  `${t.failures.length} failed`;

if (count === 1) {
  await prepare();
  console.log(caseOf(seed).text());
}
const began = performance.now();
const tally = await fuzz({ seed, count, longest: 120_000 });
console.log(line(tally));
const names = surface();
const called = new Set([...tally.seen].map((name) => name.split(':')[0]!));
console.log(
  `${names.filter((name) => called.has(name)).length} of the ${names.length} names of the surface, ` +
    `${((performance.now() - began) / 1000).toFixed(0)} s`,
);
for (const { seed: at, name, reason } of tally.failures) {
  console.log(`\n${name}\nagain: npm run test:fuzz -- 1 ${at}\n${reason}`);
}
process.exit(tally.failures.length === 0 ? 0 : 1);
