import type { DeepTypeOptions } from '../../src/index.js';

/** Options of every section. */
export interface Settings {
  /** Draws of synthetic data, seeds 0 .. draws - 1. */
  readonly draws: number;
  /** Seeds of folds and models on the real tables. */
  readonly seeds: number;
  /** Laid over the estimator's defaults, to try others. */
  readonly options: Partial<DeepTypeOptions>;
}

/** One table of the report; `records` is what it was computed from. */
export interface Section {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A mean with the range it stands for. */
export function spread(values: readonly number[], digits = 3): string {
  const show = (value: number) => String(Number(value.toPrecision(digits)));
  return `${show(mean(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

/** Progress on one line of stderr, so that stdout stays a report. */
export function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** How often each reason ended a fit. */
export function reasons(records: readonly { readonly stopReason: string }[]): string {
  const counts = new Map<string, number>();
  for (const { stopReason } of records) counts.set(stopReason, (counts.get(stopReason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ');
}
