import type { Limit } from './floor.js';
import type { Comparison, Row } from './harness.js';
import type { Machine } from './machine.js';

/** A Markdown table from cells that are already text. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What one run of a named workload leaves. */
export interface Results {
  readonly name: string;
  readonly machine: Machine;
  readonly comparisons: Comparison[];
}

/** The report of benchmark runs, as Markdown: one table of all, then what each did. */
export function report(results: readonly Results[]): string {
  const all = results.flatMap(({ comparisons }) => comparisons);
  const machines = new Set(results.map(({ machine: m }) => `${m.cpu}, ${m.cores}, ${m.memoryGiB}`));
  // Runs on one machine share a line; else each says its own.
  const shared = machines.size <= 1 ? [head(results)] : [];
  return [
    '# Benchmarks',
    ...shared,
    overview(all),
    LEGEND,
    ...results.flatMap((one) => [
      ...(shared.length === 0 ? [head([one])] : []),
      ...one.comparisons.map((comparison) => section(one.name, comparison)),
    ]),
  ].join('\n\n');
}

const LEGEND =
  'Medians of interleaved rounds. Ratio: time over that of deeptype with as many threads. Floor: time ' +
  'over that of the least work (FLOPs at the peak of float32 multiply-adds, or bytes at the bandwidth of ' +
  'memory, both measured before and after the rounds).';

function head(results: readonly Results[]): string {
  const { cpu, cores, memoryGiB } = results[0]?.machine ?? { cpu: '', cores: 0, memoryGiB: 0 };
  const load = Math.max(0, ...results.map(({ machine }) => machine.load));
  const versions = new Map<string, string>();
  for (const { machine, comparisons } of results) {
    for (const [name, version] of Object.entries(machine.versions)) versions.set(name, version);
    for (const { versions: of } of comparisons.flatMap(({ rows }) => rows)) {
      for (const [name, version] of Object.entries(of ?? {})) versions.set(name, version);
    }
  }
  const list = [...versions].map(([name, version]) => `${name} ${version}`).join(', ');
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, load up to ${load.toFixed(1)} before a run; ${list}.`;
}

/** A line for every system that ran, of all comparisons. */
function overview(comparisons: readonly Comparison[]): string {
  const lines = comparisons.flatMap(({ workload, per, rows }) =>
    rows
      .filter(({ seconds }) => seconds !== undefined)
      .map(({ contender, seconds, ratio, floorRatio }) => [
        workload,
        contender,
        `${duration(seconds!.median / (per?.count ?? 1))}${per ? ` ${per.unit}` : ''}`,
        times(ratio),
        times(floorRatio),
      ]),
  );
  return table(['workload', 'system, threads', 'median', 'ratio', 'floor'], lines);
}

function section(name: string, comparison: Comparison): string {
  const { workload, description, rounds, rows, per, complaints, limits, notes } = comparison;
  const units = per ? [per.unit] : [];
  const floors = limits.length > 0 ? ['floor'] : [];
  const header = [
    'system',
    'median',
    'min',
    'max',
    ...units,
    'ratio',
    'of minima',
    ...floors,
    'did',
  ];
  const lines = [
    `### ${workload}`,
    `${description} Again with \`npm run bench -- ${name} --rounds ${rounds}\`, one system of it with ` +
      '`--only` and its name.',
    ...limits.map(limitLine),
    table(
      header,
      rows.map((row) => cells(row, per?.count, header.length)),
    ),
    ...notes,
    ...unsteady(rows),
    ...complaints.map((text) => `**Not comparable:** ${text}`),
  ];
  return lines.join('\n\n');
}

function limitLine({ threads, gigaflops, gigabytes }: Limit): string {
  return `Floor of ${threads}T: ${gigaflops.toFixed(0)} GFLOP/s, ${gigabytes.toFixed(1)} GB/s.`;
}

/** A run far slower than the fastest means that something else had the processor. */
function unsteady(rows: readonly Row[]): string[] {
  const names = rows
    .filter(({ seconds }) => seconds && seconds.max > 2 * seconds.min)
    .map(({ contender }) => contender);
  return names.length > 0
    ? [`Unsteady (slowest run over twice the fastest): ${names.join('; ')}.`]
    : [];
}

function cells(row: Row, count: number | undefined, columns: number): string[] {
  const { contender, seconds, ratio, ratioOfMinima, floorRatio, facts = {} } = row;
  if (!seconds) {
    return [contender, ...Array<string>(columns - 2).fill('-'), `skipped: ${row.skipped ?? ''}`];
  }
  const middle = [
    contender,
    duration(seconds.median),
    duration(seconds.min),
    duration(seconds.max),
    ...(count === undefined ? [] : [duration(seconds.median / count)]),
    times(ratio),
    times(ratioOfMinima),
  ];
  const did = Object.entries(facts)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`)
    .join(', ');
  return [...middle, ...(middle.length < columns - 1 ? [times(floorRatio)] : []), did];
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${Number(ratio.toPrecision(3))}x`;
}

export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} us`;
}
