import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the machine can do with so many threads. */
export interface Limit {
  readonly threads: number;
  /** Peak of float32 fused multiply-adds, GFLOP/s. */
  readonly gigaflops: number;
  /** Bandwidth of reading memory, GB/s. */
  readonly gigabytes: number;
}

/** The least that a run must do; its floor is the time of that at the limits of the machine. */
export interface Work {
  readonly flops?: number;
  /** Read from or written to memory, where they fit in no cache. */
  readonly bytes?: number;
}

const COUNTS = [1, 2];
const FLAGS = ['-std=c++20', '-O3', '-march=native', '-pthread'];

/** Measures the limits with bench/native/floor.cc, compiled when the first measurement is asked for. */
export class Floor {
  /** Why there are no limits. */
  absent: string | undefined;
  #folder: string | undefined;
  #program: string | undefined;

  /** The better of what was known and what a measurement now finds, about two seconds of work. */
  measure(known: readonly Limit[] = []): readonly Limit[] {
    this.#program ??= this.absent === undefined ? this.#compile() : undefined;
    if (this.#program === undefined) return known;
    const { status, stdout } = spawnSync(this.#program, COUNTS.map(String), { encoding: 'utf8' });
    if (status !== 0) {
      this.absent = 'the program that measures it failed';
      return known;
    }
    const found = stdout.trim().split('\n');
    return found.map((line) => better(JSON.parse(line) as Limit, known));
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = this.#program = undefined;
  }

  #compile(): string | undefined {
    const source = fileURLToPath(new URL('./native/floor.cc', import.meta.url));
    this.#folder = mkdtempSync(join(tmpdir(), 'deeptype-floor-'));
    const program = join(this.#folder, 'floor');
    const { status } = spawnSync(process.env.CXX ?? 'c++', [...FLAGS, source, '-o', program]);
    if (status === 0) return program;
    this.absent = status === null ? 'there is no C++ compiler' : 'its program does not compile';
    return undefined;
  }
}

function better(now: Limit, known: readonly Limit[]): Limit {
  const before = known.find(({ threads }) => threads === now.threads);
  return {
    threads: now.threads,
    gigaflops: Math.max(now.gigaflops, before?.gigaflops ?? 0),
    gigabytes: Math.max(now.gigabytes, before?.gigabytes ?? 0),
  };
}

/** Seconds that `work` takes at the limits; undefined where none were measured. */
export function floorSeconds(work: Work, threads: number, limits: readonly Limit[]) {
  const limit = limits.find((one) => one.threads === threads);
  if (limit === undefined) return undefined;
  const { flops = 0, bytes = 0 } = work;
  return Math.max(flops / limit.gigaflops, bytes / limit.gigabytes) / 1e9;
}
