// kill -9 at random moments of fits that write checkpoints. After each kill the file must hold a whole
// checkpoint, no older than the last one seen, from which the fit ends in the bits of an undisturbed one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../src/common/random.js';
import { DeepType } from '../../../src/index.js';
import { digest, FITS, X, y } from './fits.js';

export interface Tally {
  kills: number;
  /** Kills after which a file that had been there was gone, or held an older checkpoint. */
  lost: number;
  /** Kills after which the file could not be read. */
  corrupt: number;
  /** Resumes that did not end in the bits of the undisturbed fit. */
  unequal: number;
  resumes: number;
  /** Kills before the first checkpoint. */
  early: number;
  /** Resumes by the phase that they went on in. */
  phases: Record<string, number>;
  /** Temporary files that a kill left, before the next fit removed them. */
  leftovers: number;
  failures: string[];
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const ORDER = ['pretrain', 'joint', 'settle'];

/** Kills `count` times, at moments drawn from `seed`; tells `report` of each. */
export async function killTest(
  count: number,
  seed: number,
  report: (tally: Tally) => void = () => {},
) {
  const tally: Tally = {
    kills: 0,
    lost: 0,
    corrupt: 0,
    unequal: 0,
    resumes: 0,
    early: 0,
    phases: {},
    leftovers: 0,
    failures: [],
  };
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-kill-'));
  const random = new Random(seed);
  try {
    for (let fit = 0; tally.kills < count; fit = (fit + 1) % FITS.length) {
      await killUntilDone(fit, join(folder, 'fit.checkpoint'), count, random, tally, report);
      for (const file of readdirSync(folder)) rmSync(join(folder, file));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return tally;
}

/** Kills one fit again and again, which goes on from its checkpoint each time, until it ends. */
async function killUntilDone(
  fit: number,
  path: string,
  count: number,
  random: Random,
  tally: Tally,
  report: (tally: Tally) => void,
): Promise<void> {
  const whole = new DeepType(FITS[fit]!);
  await whole.fit(X, y);
  const expected = digest(whole);
  const duration = await timeOf(fit, path);
  let reached = -1;
  while (tally.kills < count && (await killOnce(fit, path, random.uniform() * duration * 0.5))) {
    tally.kills++;
    tally.leftovers += readdirSync(join(path, '..')).length - (existsSync(path) ? 1 : 0);
    if (existsSync(path)) {
      const at = await resumed(path, expected, tally);
      if (at !== undefined && at < reached) tally.lost++;
      reached = at ?? reached;
    } else if (reached >= 0) tally.lost++;
    else tally.early++;
    report(tally);
  }
}

/** Milliseconds that a child takes which is not killed: kills are to meet every phase, however slow it is. */
async function timeOf(fit: number, path: string): Promise<number> {
  const { ready, ended } = await start(fit, path);
  await ended;
  rmSync(path);
  return performance.now() - ready;
}

async function start(fit: number, path: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, String(fit), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  await Promise.race([once(child.stdout, 'data'), ended]);
  return { child, ended, ready: performance.now() };
}

/** Whether the child was killed before it ended by itself. */
async function killOnce(fit: number, path: string, wait: number): Promise<boolean> {
  const { child, ended } = await start(fit, path);
  const timer = setTimeout(() => child.kill('SIGKILL'), wait);
  const [code, signal] = await ended;
  clearTimeout(timer);
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the child ended with ${code ?? signal}`);
  return signal === 'SIGKILL';
}

/** Goes on from a copy of the checkpoint to the end; returns how far it had come, in epochs. */
async function resumed(path: string, expected: string, tally: Tally): Promise<number | undefined> {
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  let model: DeepType;
  try {
    model = await DeepType.resume(copy, X, y);
  } catch (error) {
    tally.corrupt++;
    tally.failures.push(String(error));
    return undefined;
  } finally {
    rmSync(copy);
  }
  tally.resumes++;
  const { phase, epoch, clusters } = model.resumedAt!;
  const where = clusters === undefined ? phase : `${phase} of a candidate`;
  tally.phases[where] = (tally.phases[where] ?? 0) + 1;
  if (digest(model) !== expected) {
    tally.unequal++;
    tally.failures.push(`unequal after ${where} ${epoch}`);
  }
  const turn = turnOf(model);
  model.dispose();
  return (turn * ORDER.length + ORDER.indexOf(phase)) * 1e6 + epoch;
}

/** How many candidates for K came before the checkpoint; of the end of a search, all. */
function turnOf({ resumedAt, result }: DeepType): number {
  const candidates = result.clusterChoice?.candidates ?? [];
  const { phase, clusters } = resumedAt!;
  if (clusters === undefined) return phase === 'pretrain' ? 0 : candidates.length;
  // The favourite, which is trained last, comes first among them.
  return candidates.length - 1 - candidates.findIndex((one) => one.clusters === clusters);
}
