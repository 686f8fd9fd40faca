import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from './machine.js';
import { clusters } from './quality/clusters.js';
import { folds } from './quality/folds.js';
import { merged } from './quality/merged.js';
import { mice } from './quality/mice.js';
import { path } from './quality/path.js';
import type { Section, Settings } from './quality/section.js';
import { synthetic } from './quality/synthetic.js';
import { SOURCES } from './quality/tables.js';
import { table } from './table.js';

const SECTIONS: Readonly<Record<string, (settings: Settings) => Promise<Section>>> = {
  synthetic,
  merged,
  clusters,
  path,
  mice,
  ...Object.fromEntries(
    Object.entries(SOURCES).map(([name, source]) => [name, (s: Settings) => folds(source, s)]),
  ),
};
const USAGE = `tsx bench/quality.ts [--sections ${Object.keys(SECTIONS).join(',')}]
  [--draws N]       draws of synthetic data, seeds 0 .. N - 1 (100)
  [--seeds N]       seeds of folds and models on the real tables (5)
  [--options JSON]  laid over the estimator's default options
  [--out FILE]      default bench/results/quality.json; the tables go beside it as Markdown`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sections: { type: 'string', default: Object.keys(SECTIONS).join(',') },
      draws: { type: 'string', default: '100' },
      seeds: { type: 'string', default: '5' },
      options: { type: 'string', default: '{}' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(USAGE);
  const names = values.sections.split(',');
  const settings: Settings = {
    draws: Number(values.draws),
    seeds: Number(values.seeds),
    options: JSON.parse(values.options) as Settings['options'],
  };
  const counts = [settings.draws, settings.seeds];
  const isKnown = names.every((name) => Object.hasOwn(SECTIONS, name));
  if (!isKnown || !counts.every((count) => Number.isInteger(count) && count > 0)) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const done: Section[] = [];
  for (const name of names) {
    const section = await SECTIONS[name]!(settings);
    done.push(section);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(`${markdown(section)}\n`);
  }
  write(done, settings, values.out);
}

function markdown({ title, header, rows, notes }: Section): string {
  return [`### ${title}`, ...(rows.length > 0 ? [table(header, rows)] : []), ...notes].join('\n\n');
}

function write(sections: readonly Section[], settings: Settings, path: string | undefined): void {
  const out = path ?? fileURLToPath(new URL('./results/quality.json', import.meta.url));
  const facts = machine();
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify({ machine: facts, settings, sections })}\n`);
  const head = `${facts.cpu}, ${facts.cores} cores; deeptype ${facts.versions.deeptype}.`;
  const text = [head, ...sections.map(markdown)].join('\n\n');
  writeFileSync(out.replace(/(\.json)?$/, '.md'), `${text}\n`);
}

await main();
