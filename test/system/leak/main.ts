// npm run test:leak [-- SHARE]: 1,000 fits and 100,000 predictions, or a share of them. Exits with 1
// where resident memory grew by 5 % or more after warm-up, a fit left 768 bytes or more in use, V8 was not told
// of memory that was freed, a model was not collected, or a leak of 1 KiB a fit is not found.
import { fits, type LeakTally, predictions } from './leak.js';

const share = Number(process.argv[2] ?? 1);
const MIB = 2 ** 20;
function report(name: string, { rounds, afterWarmUp, added, alive }: LeakTally): boolean {
  const growth = added.resident / afterWarmUp.resident;
  const bytes = added.used / rounds;
  const left = Object.values(alive).reduce((a, b) => a + b, 0);
  console.log(
    `${rounds} ${name}: resident ${(afterWarmUp.resident / MIB).toFixed(1)} MiB after warm-up, ` +
      `${(100 * growth).toFixed(1)} % more by the end; ${bytes.toFixed(0)} bytes more in use a round; ` +
      `told to V8 ${(added.told / MIB).toFixed(2)} MiB more; ${left} models not collected`,
  );
  if (left > 0) console.log(alive);
  return growth < 0.05 && bytes < 768 && added.told < MIB / 2 && left === 0;
}
const flat = [
  report('fits', await fits(Math.round(1000 * share))),
  report('predictions', await predictions(Math.round(100_000 * share))),
];
const control = await fits(Math.round(1000 * share), 1024);
const isFound = !report('fits that leak 1 KiB each', control);
process.exitCode = flat.every(Boolean) && isFound ? 0 : 1;
