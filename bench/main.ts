import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Comparison, compare, type Workload } from './harness.js';
import { kmeansWorkloads } from './kmeans.js';
import { type Machine, machine } from './machine.js';
import { seedWorkload } from './seed.js';
import { report } from './table.js';

const WORKLOADS: Readonly<Record<string, () => Workload[]>> = {
  seed: () => [seedWorkload()],
  kmeans: kmeansWorkloads,
};
const USAGE = `tsx bench/main.ts [workload...] [--rounds N] [--out FILE]

Workloads: ${Object.keys(WORKLOADS).join(', ')} (all when none is named).
Peers in Python run under $DEEPTYPE_PYTHON, or python3; those that are absent are shown as skipped.
Writes FILE (default bench/results/latest.json) and beside it the same as a Markdown table.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(USAGE);
  const rounds = Number(values.rounds);
  const names = positionals.length > 0 ? positionals : Object.keys(WORKLOADS);
  const unknown = names.filter((name) => !Object.hasOwn(WORKLOADS, name));
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const facts = machine();
  const comparisons: Comparison[] = [];
  for (const workload of names.flatMap((name) => WORKLOADS[name]!())) {
    console.error(`${workload.name}: a warm-up and ${rounds} rounds`);
    comparisons.push(await compare(workload, rounds));
  }
  write(
    comparisons,
    facts,
    values.out ?? fileURLToPath(new URL('./results/latest.json', import.meta.url)),
  );
  if (comparisons.some(({ complaints }) => complaints.length > 0)) process.exitCode = 1;
}

function write(comparisons: readonly Comparison[], facts: Machine, out: string): void {
  const markdown = report(comparisons, facts);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify({ machine: facts, comparisons }, null, 2)}\n`);
  writeFileSync(out.replace(/(\.json)?$/, '.md'), `${markdown}\n`);
  console.log(markdown);
}

await main();
