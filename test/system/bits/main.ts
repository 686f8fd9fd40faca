// Prints the digests of all that the package computes here, as JSON; run by bits.test.ts in a process of its own, because
// the instruction set is chosen when the addon is loaded. `--write` puts them into bits.json for the three sets.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digest } from './digest.js';
import { fits } from './fits.js';
import { pieces } from './pieces.js';

export type Digests = Readonly<Record<string, string>>;

const HERE = fileURLToPath(import.meta.url);
const SETS = ['baseline', 'avx2', 'avx512'];

async function digests(): Promise<Digests> {
  const facts = { ...(await fits()), ...(await pieces()) };
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, digest(fact)]));
}

function digestsOf(set: string): Digests {
  const options = { env: { ...process.env, DEEPTYPE_SIMD: set }, maxBuffer: 2 ** 24 };
  return JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', HERE], options).toString());
}

if (process.argv.includes('--write')) {
  const bySet = Object.fromEntries(SETS.map((set) => [set, digestsOf(set)]));
  writeFileSync(new URL('bits.json', import.meta.url), `${JSON.stringify(bySet, null, 2)}\n`);
} else {
  process.stdout.write(JSON.stringify(await digests()));
}
