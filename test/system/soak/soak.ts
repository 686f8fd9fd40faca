// Many fits, predictions, aborts, disposals and ends of workers at once, for a while. Each promise must
// settle, nothing may crash, and the event loop, timers and the file system must stay live.
import { stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../../src/common/random.js';
import { DeepType, DeepTypeError, type DeepTypeOptions } from '../../../src/index.js';
import { endlessIn, isFiniteModel, PHASES, QUICK, X, y } from '../lifecycle/models.js';
import { startFits, terminate } from './workers.js';

export interface SoakTally {
  fits: number;
  predictions: number;
  aborts: number;
  terminations: number;
  /** Promises that did not settle within SETTLE_MS. */
  unsettled: number;
  /** What went wrong otherwise. */
  failures: string[];
  /** Longest time of `worker.terminate()`, ms. */
  slowestTermination: number;
  /** Longest time from an abort, stop or dispose to the end of its fit, ms. */
  slowestAbort: number;
  /** Of the event loop's delay, ms. */
  p50: number;
  p99: number;
  max: number;
  /** Rounds of a timer and a `stat`, and the slowest `stat`, ms. */
  stats: number;
  slowestStat: number;
}

const SETTLE_MS = 100_000;
const CODES = ['ERR_ABORTED', 'ERR_DISPOSED'];

export async function soak(seconds: number, seed: number): Promise<SoakTally> {
  const tally: SoakTally = {
    fits: 0,
    predictions: 0,
    aborts: 0,
    terminations: 0,
    unsettled: 0,
    failures: [],
    slowestTermination: 0,
    slowestAbort: 0,
    p50: 0,
    p99: 0,
    max: 0,
    stats: 0,
    slowestStat: 0,
  };
  const random = new Random(seed);
  const below = (bound: number) => Math.floor(random.uniform() * bound);
  const fail = (what: unknown): void => {
    tally.failures.push(what instanceof Error ? `${what.stack}` : String(what));
  };

  /** The value, or null where the promise is rejected as it may be or does not settle in time. */
  async function settled<T>(promise: Promise<T>, codes: readonly string[] = []): Promise<T | null> {
    const late = new AbortController();
    const timeout = sleep(SETTLE_MS, 'late' as const, { signal: late.signal }).catch(() => null);
    try {
      const value = await Promise.race([promise, timeout]);
      if (value !== 'late') return value as T;
      tally.unsettled++;
    } catch (error) {
      if (!(error instanceof DeepTypeError && codes.includes(error.code))) fail(error);
    } finally {
      late.abort();
    }
    return null;
  }

  const end = performance.now() + seconds * 1000;
  const until = async (round: () => Promise<void>): Promise<void> => {
    while (performance.now() < end) await round();
  };

  async function fitAndPredict(): Promise<void> {
    const model = new DeepType({ ...QUICK, seed: below(1000) } as DeepTypeOptions);
    if ((await settled(model.fit(X, y))) === null) return;
    tally.fits++;
    if (!isFiniteModel(model)) fail('a weight is not finite');
    const expected = model.predict(X);
    const predictions = Array.from({ length: 8 }, () => settled(model.predictAsync(X)));
    if (below(2) === 0) model.dispose(); // those under way end all the same
    for (const got of await Promise.all(predictions)) {
      tally.predictions++;
      if (String(got) !== String(expected)) fail('predictAsync differs from predict');
    }
  }

  async function abort(): Promise<void> {
    const model = new DeepType(endlessIn(PHASES[below(PHASES.length)]!));
    const controller = new AbortController();
    const pending = settled(model.fit(X, y, { signal: controller.signal }), CODES);
    await sleep(below(60));
    const began = performance.now();
    [() => controller.abort(), () => model.dispose(), () => model.stop()][below(3)]!();
    await pending;
    tally.slowestAbort = Math.max(tally.slowestAbort, performance.now() - began);
    tally.aborts++;
  }

  async function terminateWorker(): Promise<void> {
    const worker = await settled(startFits());
    if (worker === null) return;
    worker.on('error', fail);
    await sleep(below(60));
    const took = await settled(terminate(worker));
    if (took !== null) tally.slowestTermination = Math.max(tally.slowestTermination, took);
    tally.terminations++;
  }

  async function live(): Promise<void> {
    const asked = performance.now();
    await stat('.');
    tally.slowestStat = Math.max(tally.slowestStat, performance.now() - asked);
    tally.stats++;
    await sleep(5);
  }

  const onUnhandled = (error: unknown): void => fail(`unhandled: ${error}`);
  process.on('unhandledRejection', onUnhandled);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const rounds = [
    fitAndPredict,
    fitAndPredict,
    abort,
    abort,
    terminateWorker,
    terminateWorker,
    live,
  ];
  await Promise.all(rounds.map((round) => until(round).catch(fail)));
  delay.disable();
  process.off('unhandledRejection', onUnhandled);
  const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max];
  return { ...tally, p50: p50 / 1e6, p99: p99 / 1e6, max: max / 1e6 };
}
