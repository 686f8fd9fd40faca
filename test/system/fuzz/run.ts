// Runs cases in processes of their own, so that one that ends or hangs is found and the next one goes on.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLog } from './log.js';

export interface FuzzTally {
  cases: number;
  /** Calls: a sequence makes several. */
  calls: number;
  succeeded: number;
  /** Failed with a coded error. */
  coded: number;
  /** The names of what was called. */
  readonly seen: Set<string>;
  readonly failures: Failure[];
}

export interface Failure {
  readonly seed: number;
  readonly name: string;
  readonly reason: string;
}

export interface FuzzRun {
  readonly seed: number;
  readonly count: number;
  /** A case that takes longer hangs, in milliseconds. */
  readonly longest: number;
  /** The module of the cases; default cases.ts. */
  readonly cases?: string;
  readonly report?: (tally: FuzzTally) => void;
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const MOST_CRASHES = 20;
/** Longest time before the first case, ms. */
const STARTING = 600_000;

export async function fuzz({ seed, count, longest, cases, report }: FuzzRun): Promise<FuzzTally> {
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-fuzz-log-'));
  const log = join(folder, 'log');
  const tally: FuzzTally = {
    cases: 0,
    calls: 0,
    succeeded: 0,
    coded: 0,
    seen: new Set(),
    failures: [],
  };
  const end = seed + count;
  try {
    for (let crashes = 0, next = seed; next < end && crashes < MOST_CRASHES; crashes++) {
      writeFileSync(log, '');
      const args = [String(next), String(end - next), log, ...(cases === undefined ? [] : [cases])];
      const ended = await runChild(args, log, longest);
      next = read(readFileSync(log, 'utf8'), tally, next, end, ended);
      report?.(tally);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return tally;
}

/** How the child ended; killed where its log does not grow. */
function runChild(args: readonly string[], log: string, longest: number): Promise<string> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', CHILD, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-4000);
  });
  let [size, since] = [0, performance.now()];
  let hangs = false;
  const timer = setInterval(() => {
    const now = statSync(log).size;
    if (now !== size) [size, since] = [now, performance.now()];
    else if (performance.now() - since > (size === 0 ? STARTING : longest)) {
      hangs = true;
      child.kill('SIGKILL');
    }
  }, 250);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (hangs) resolve('the process hangs');
      else resolve(code === 0 ? '' : `the process ended with ${signal ?? code}\n${errors}`);
    });
  });
}

/** Adds what the log says to the tally; returns the seed to go on from. */
function read(text: string, tally: FuzzTally, first: number, end: number, ended: string): number {
  let running: { seed: number; name: string } | undefined;
  let next = first;
  for (const entry of readLog(text)) {
    if (entry.kind === 'began') {
      running = entry;
      next = entry.seed + 1;
      tally.cases++;
      tally.calls += entry.size;
      tally.seen.add(entry.name);
    } else if (entry.kind === 'failed') {
      tally.failures.push({ ...entry, name: running?.name ?? 'before the first case' });
      running = undefined;
    } else {
      tally[entry.succeeded ? 'succeeded' : 'coded']++;
      running = undefined;
    }
  }
  if (ended === '' && next === end) return end;
  // A process that ends between two cases is one case's doing as well: most likely the last one's.
  const { seed, name } = running ?? { seed: next - 1, name: 'after the case' };
  tally.failures.push({ seed, name, reason: ended || 'the process ended by itself' });
  return Math.max(next, first + 1);
}
