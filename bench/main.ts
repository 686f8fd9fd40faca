import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { activeSetPaperWorkloads, activeSetWorkloads } from './active-set.js';
import { eventLoopWorkload } from './event-loop.js';
import { Floor } from './floor.js';
import { type Comparison, compare, type Workload } from './harness.js';
import { inferenceWorkloads } from './inference.js';
import { kmeansWorkloads } from './kmeans.js';
import { lassoWorkloads } from './lasso.js';
import { loopDelayWorkload } from './loop-delay.js';
import { machine } from './machine.js';
import { mediumWorkload } from './medium.js';
import { paperWorkload } from './paper.js';
import { seedStepWorkloads, seedWorkload } from './seed.js';
import { type Results, report } from './table.js';
import { tallDelayWorkload } from './tall-delay.js';

/** In the order in which they run; data is generated when a workload starts. */
const WORKLOADS: Readonly<Record<string, () => Workload[]>> = {
  seed: () => [seedWorkload()],
  'seed-step': seedStepWorkloads,
  medium: () => [mediumWorkload()],
  paper: () => [paperWorkload()],
  kmeans: kmeansWorkloads,
  inference: inferenceWorkloads,
  lasso: lassoWorkloads,
  'event-loop': () => [eventLoopWorkload()],
  'loop-delay': () => [loopDelayWorkload()],
  'tall-delay': () => [tallDelayWorkload()],
  'active-set': activeSetWorkloads,
  'active-set-paper': activeSetPaperWorkloads,
};
/** Run only when named: too long for a run of everything. */
const LONG = ['active-set-paper'];
const USAGE = `npm run bench -- [workload...] [--rounds N] [--only TEXT]... [--out FOLDER]

Workloads: ${Object.keys(WORKLOADS).join(', ')} (when none is named,
all but ${LONG.join(', ')}).
  --rounds N   interleaved rounds (7); long workloads have at most their own number
  --only TEXT  only the systems whose name begins with one of these texts, and the first
  --out FOLDER default bench/results: one JSON file a workload, and README.md with the tables of all
               that are there
Peers in Python run under $DEEPTYPE_PYTHON, or python3; those that are absent are shown as skipped.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', multiple: true, default: [] },
      out: { type: 'string', default: fileURLToPath(new URL('./results', import.meta.url)) },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(USAGE);
  const rounds = Number(values.rounds);
  const usual = Object.keys(WORKLOADS).filter((name) => !LONG.includes(name));
  const names = positionals.length > 0 ? positionals : usual;
  const unknown = names.filter((name) => !Object.hasOwn(WORKLOADS, name));
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  mkdirSync(values.out, { recursive: true });
  const floor = new Floor();
  try {
    for (const name of names) {
      const results: Results = { name, machine: machine(), comparisons: [] };
      for (const workload of WORKLOADS[name]!()) {
        console.error(`${workload.name} ...`);
        results.comparisons.push(await compare(selected(workload, values.only), rounds, floor));
      }
      console.log(`${report([results])}\n`);
      if (results.comparisons.some(isUnsound)) process.exitCode = 1;
      writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
    }
  } finally {
    floor.close();
  }
  writeFileSync(join(values.out, 'README.md'), `${report(resultsIn(values.out))}\n`);
}

/** The workload with fewer contenders, and always the first. */
function selected(workload: Workload, texts: readonly string[]): Workload {
  if (texts.length === 0) return workload;
  const isMeant = (name: string) => texts.some((text) => name.startsWith(text));
  const contenders = workload.contenders.filter(({ name }, i) => i === 0 || isMeant(name));
  return { ...workload, contenders };
}

function isUnsound({ complaints }: Comparison): boolean {
  return complaints.length > 0;
}

/** Of all workloads that a folder has results of. */
function resultsIn(folder: string): Results[] {
  const files = new Set(readdirSync(folder));
  return Object.keys(WORKLOADS)
    .filter((name) => files.has(`${name}.json`))
    .map((name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Results);
}

await main();
