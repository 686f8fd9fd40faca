// npm run test:properties [-- FACTOR [SEED]]: the files that assert properties, with a new seed and FACTOR times as
// many values (20). Counterexamples are added to counterexamples.json, which `npm test` repeats from then on.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTEREXAMPLES, type Counterexample } from './run.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const factor = Number(process.argv[2] ?? 20);
const seed = Number(process.argv[3] ?? randomInt(2 ** 31));

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((path) => readFileSync(join(ROOT, path), 'utf8').includes('assertProperty('));
const again = `again: npm run test:properties -- ${factor} ${seed}`;
console.log(
  `seed ${seed}: properties of ${files.length} files, ${factor} times their values; ${again}`,
);

const folder = mkdtempSync(join(tmpdir(), 'deeptype-properties-'));
const found = join(folder, 'found');
const environment = {
  DEEPTYPE_PROPERTY_SEED: String(seed),
  DEEPTYPE_PROPERTY_FACTOR: String(factor),
  DEEPTYPE_PROPERTY_FOUND: found,
};
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--testTimeout=0', ...files], {
  cwd: ROOT,
  env: { ...process.env, ...environment },
  stdio: 'inherit',
});
const lines = existsSync(found) ? readFileSync(found, 'utf8').trim().split('\n') : [];
rmSync(folder, { recursive: true });

if (lines.length > 0) {
  const kept: Counterexample[] = JSON.parse(readFileSync(COUNTEREXAMPLES, 'utf8'));
  kept.push(...lines.map((line): Counterexample => JSON.parse(line)));
  writeFileSync(COUNTEREXAMPLES, `${JSON.stringify(kept, null, 2)}\n`);
  console.log(
    `${lines.length} counterexamples are kept in ${COUNTEREXAMPLES}: commit them with the repair`,
  );
}
console.log(`seed ${seed}: ${status === 0 ? 'no property failed' : 'FAILED'}; ${again}`);
process.exitCode = status ?? 1;
