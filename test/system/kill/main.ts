// npm run test:kill [-- COUNT [SEED]]: exits with 1 where a checkpoint was lost or corrupt, or a resume unequal.
import { killTest, type Tally } from './kill.js';

const count = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const line = (t: Tally) =>
  `seed ${seed}: ${t.kills} kills (${t.early} before the first checkpoint): ${t.lost} lost, ${t.corrupt} corrupt; ` +
  `${t.resumes} resumes, ${t.unequal} unequal`;
const began = performance.now();
const tally = await killTest(count, seed, (t) => {
  if (t.kills % 20 === 0) console.log(line(t));
});
console.log(line(tally));
console.log('resumed in', tally.phases, 'temporary files left by kills:', tally.leftovers);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
for (const failure of tally.failures) console.log(failure);
process.exitCode = tally.lost + tally.corrupt + tally.unequal === 0 ? 0 : 1;
