import type { Comparison, Row } from './harness.js';
import type { Machine } from './machine.js';

/** A Markdown table from cells that are already text. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The report of a benchmark run, as Markdown. */
export function report(comparisons: readonly Comparison[], facts: Machine): string {
  const versions = new Map(Object.entries(facts.versions));
  for (const { rows } of comparisons) {
    for (const row of rows) {
      for (const [name, version] of Object.entries(row.versions ?? {})) versions.set(name, version);
    }
  }
  const list = [...versions].map(([name, version]) => `${name} ${version}`).join(', ');
  const head = `${facts.cpu}, ${facts.cores} cores, ${facts.memoryGiB} GiB, load ${facts.load.toFixed(1)} before the first run; ${list}.`;
  return [head, ...comparisons.map(section)].join('\n\n');
}

function section(comparison: Comparison): string {
  const { workload, description, rounds, rows, per, complaints } = comparison;
  const units = per ? [per.unit] : [];
  const header = ['system', 'median', 'min', 'max', ...units, 'ratio', 'of minima', 'did'];
  const lines = [
    `### ${workload}`,
    `${description} ${rounds} interleaved rounds; ratios to deeptype with as many threads.`,
    table(
      header,
      rows.map((row) => cells(row, per?.count)),
    ),
    ...unsteady(rows),
    ...complaints.map((text) => `**Not comparable:** ${text}`),
  ];
  return lines.join('\n\n');
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

function cells(row: Row, count: number | undefined): string[] {
  const { contender, seconds, ratio, ratioOfMinima, facts = {} } = row;
  if (!seconds) {
    const blanks = count === undefined ? 5 : 6;
    return [contender, ...Array<string>(blanks).fill('-'), `skipped: ${row.skipped ?? ''}`];
  }
  return [
    contender,
    duration(seconds.median),
    duration(seconds.min),
    duration(seconds.max),
    ...(count === undefined ? [] : [duration(seconds.median / count)]),
    times(ratio),
    times(ratioOfMinima),
    Object.entries(facts)
      .map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`)
      .join(', '),
  ];
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${Number(ratio.toPrecision(3))}x`;
}

export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} us`;
}
