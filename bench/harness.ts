import { Floor, floorSeconds, type Limit, type Work } from './floor.js';
import { PeerAbsent } from './peer.js';

/** What one run of one contender gives: its time, taken around the work alone, and what it did. */
export interface Outcome {
  readonly seconds: number;
  readonly facts: Readonly<Record<string, number>>;
}

/** One column of a comparison. `open` may throw PeerAbsent; it is not timed. */
export interface Contender {
  readonly name: string;
  /** Compared with the first contender that has as many, else with the first of all. */
  readonly threads?: number;
  readonly open: () => Promise<Running>;
}

export interface Running {
  readonly versions?: Readonly<Record<string, string>>;
  run(): Promise<Outcome>;
  close(): void;
}

export interface Workload {
  readonly name: string;
  readonly description: string;
  /** Ours first. */
  readonly contenders: readonly Contender[];
  /** What the seconds are divided by for the table, such as optimiser steps. */
  readonly per?: { readonly unit: string; readonly count: number };
  /** The least that one run must do. */
  readonly work?: Work;
  /** At most so many, where a run is long. */
  readonly rounds?: number;
  /** Whether a run that is not counted comes first; default true. */
  readonly warmUp?: boolean;
  /** Lines for the report that are measured on their own, after the rounds. */
  readonly notes?: () => Promise<string[]>;
  /** Frees what the contenders share. */
  readonly close?: () => void;
  /** Complaints where contenders did not do the same thing; empty when they did. */
  readonly check: (facts: ReadonlyMap<string, Outcome['facts']>) => string[];
}

export interface Row {
  readonly contender: string;
  readonly skipped?: string;
  readonly seconds?: { readonly median: number; readonly min: number; readonly max: number };
  readonly runs?: readonly number[];
  /** This contender's time over that of `base`: of medians, and of minima. */
  readonly base?: string;
  readonly ratio?: number;
  readonly ratioOfMinima?: number;
  /** Median over the floor of the work with as many threads. */
  readonly floorRatio?: number;
  readonly facts?: Outcome['facts'];
  readonly versions?: Readonly<Record<string, string>>;
}

export interface Comparison {
  readonly workload: string;
  readonly description: string;
  readonly per?: Workload['per'];
  readonly rounds: number;
  readonly work?: Work;
  readonly limits: readonly Limit[];
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly complaints: readonly string[];
}

/**
 * A warm-up run each, then `rounds` rounds in which every contender runs once, so that a drift of the
 * machine meets all of them; each round starts with another contender. The limits of the machine are
 * measured before and after.
 */
export async function compare(
  workload: Workload,
  asked: number,
  floor: Floor = new Floor(),
): Promise<Comparison> {
  const { name, description, contenders, per, work, warmUp = true, notes } = workload;
  const rounds = Math.min(asked, workload.rounds ?? asked);
  const skipped = new Map<string, string>();
  const running = new Map<string, Running>();
  try {
    const before = work ? floor.measure() : [];
    for (const contender of contenders) await start(contender, running, skipped);
    const measured = await measure(running, rounds, warmUp, skipped);
    const limits = work ? floor.measure(before) : [];
    const rows = toRows(contenders, running, measured, skipped).map((row) =>
      withFloor(row, contenders, work, limits),
    );
    const facts = new Map([...measured].map(([key, list]) => [key, list.at(-1)!.facts] as const));
    const complaints = workload.check(facts);
    return {
      workload: name,
      description,
      ...(per && { per }),
      rounds,
      ...(work && { work }),
      limits,
      notes: [...floorNotes(work, floor), ...((await notes?.()) ?? [])],
      rows,
      complaints,
    };
  } finally {
    for (const item of running.values()) item.close();
    workload.close?.();
  }
}

function withFloor(
  row: Row,
  contenders: readonly Contender[],
  work: Work | undefined,
  limits: readonly Limit[],
): Row {
  const threads = contenders.find(({ name }) => name === row.contender)?.threads ?? 1;
  const least = work && floorSeconds(work, threads, limits);
  if (row.seconds === undefined || least === undefined) return row;
  return { ...row, floorRatio: row.seconds.median / least };
}

function floorNotes(work: Work | undefined, floor: Floor): string[] {
  if (work === undefined || floor.absent === undefined) return [];
  return [`The floor was not measured: ${floor.absent}.`];
}

async function start(
  contender: Contender,
  running: Map<string, Running>,
  skipped: Map<string, string>,
): Promise<void> {
  try {
    running.set(contender.name, await contender.open());
  } catch (error) {
    if (!(error instanceof PeerAbsent)) throw error;
    skipped.set(contender.name, error.message);
  }
}

async function measure(
  running: ReadonlyMap<string, Running>,
  rounds: number,
  warmUp: boolean,
  skipped: Map<string, string>,
): Promise<Map<string, Outcome[]>> {
  const measured = new Map<string, Outcome[]>();
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [name, item] of rotated([...running], warmUp ? round + 1 : round)) {
      if (skipped.has(name)) continue;
      try {
        const outcome = await item.run();
        if (round >= 0) measured.set(name, [...(measured.get(name) ?? []), outcome]);
      } catch (error) {
        skipped.set(name, error instanceof Error ? error.message : String(error));
        measured.delete(name);
      }
    }
  }
  return measured;
}

function rotated<T>(list: readonly T[], by: number): T[] {
  return list.map((_, i) => list[(i + by) % list.length]!);
}

function toRows(
  contenders: readonly Contender[],
  running: ReadonlyMap<string, Running>,
  measured: ReadonlyMap<string, readonly Outcome[]>,
  skipped: ReadonlyMap<string, string>,
): Row[] {
  return contenders.map((contender): Row => {
    const { name } = contender;
    const outcomes = measured.get(name);
    if (!outcomes) return { contender: name, skipped: skipped.get(name) ?? 'it did not run' };
    const base = baseOf(contender, contenders);
    const reference = measured.get(base.name);
    const versions = running.get(name)?.versions;
    const seconds = summary(outcomes);
    return {
      contender: name,
      seconds,
      runs: outcomes.map((outcome) => outcome.seconds),
      ...(reference && ratios(base.name, seconds, summary(reference))),
      facts: outcomes.at(-1)!.facts,
      ...(versions && { versions }),
    };
  });
}

function baseOf({ threads }: Contender, contenders: readonly Contender[]): Contender {
  return (
    contenders.find((other) => other.threads === threads && threads !== undefined) ?? contenders[0]!
  );
}

type Summary = NonNullable<Row['seconds']>;

function summary(outcomes: readonly Outcome[]): Summary {
  const runs = outcomes.map(({ seconds }) => seconds);
  return { median: median(runs), min: Math.min(...runs), max: Math.max(...runs) };
}

function ratios(base: string, own: Summary, reference: Summary) {
  return { base, ratio: own.median / reference.median, ratioOfMinima: own.min / reference.min };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
