import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type FitOptions,
  type ProgressEvent,
} from '../src/index.js';
import type { Contender, Outcome, Running, Workload } from './harness.js';

const INPUTS = 20_000;
const UNITS = 512;

/** The event loop while a network of 10 million weights is trained, kept and brought back. */
export function eventLoopWorkload(): Workload {
  const { X, y } = datasets.makeClusters({ samples: 128, features: INPUTS, clusters: 4, seed: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'deeptype-bench-'));
  const path = join(folder, 'fit.checkpoint');
  const checkpoint = { path, everySeconds: 0 };
  const options: DeepTypeOptions = {
    clusters: 4,
    hidden: [UNITS, 8],
    pretrain: { epochs: 4, denseFraction: 0.5 },
    joint: { epochs: 2, tolerance: 0 },
    settle: { iterations: 6 },
    activeSet: false, // so that every checkpoint has its full size
    threads: 2,
  };
  const trained = async (given?: FitOptions): Promise<DeepType> => {
    const model = new DeepType(options);
    await model.fit(X, y, given);
    return model;
  };
  /** Starts to measure in the first epoch, after the weights were drawn and X standardised. */
  const watched = (given?: FitOptions) => async (turns: Turns) => {
    let hasBegun = false;
    const onProgress = () => {
      if (!hasBegun) turns.forget();
      hasBegun = true;
    };
    return trained({ ...given, onProgress });
  };
  return {
    name: 'event loop',
    description:
      'The longest time from one turn of the event loop to the next, a timer of 1 ms among them, while a network ' +
      `${INPUTS}-${UNITS}-8 is fitted to ${X.rows} rows (10 epochs and rounds) without checkpoints and with one at ` +
      'every epoch, goes on from the middle, is saved and loaded. It is not the time that all this takes, which is ' +
      'in the last column, in seconds. The start of a fit, in which the weights are drawn, is in the first row alone.',
    contenders: [
      contender('fit and its start', async () => () => trained()),
      contender('fit', async () => watched()),
      contender(
        'fit with checkpoints',
        async () => watched({ checkpoint }),
        () => statSync(path).size,
      ),
      contender(
        'resume',
        async () => {
          const controller = new AbortController();
          const { signal } = controller;
          const onProgress = ({ phase }: ProgressEvent) => {
            if (phase === 'joint') controller.abort();
          };
          await trained({ checkpoint, signal, onProgress }).catch(() => {});
          return () => DeepType.resume(path, X, y);
        },
        () => statSync(path).size,
      ),
      contender('save', async () => {
        const model = await trained();
        return async () => {
          await model.save(join(folder, 'model'));
          return undefined;
        };
      }),
      contender('load', async () => {
        await (await trained()).save(join(folder, 'model'));
        return () => DeepType.load(join(folder, 'model'));
      }),
    ],
    rounds: 5,
    close: () => rmSync(folder, { recursive: true }),
    check: () => [],
  };
}

/** `seconds` is the longest delay of the event loop while the prepared work runs, not the time of the work. */
function contender(
  name: string,
  prepare: () => Promise<(turns: Turns) => Promise<DeepType | undefined>>,
  bytes?: () => number,
): Contender {
  const open = async (): Promise<Running> => {
    const act = await prepare();
    const run = async (): Promise<Outcome> => {
      const turns = new Turns();
      const began = performance.now();
      const model = await act(turns);
      const took = (performance.now() - began) / 1000;
      const seconds = turns.end();
      model?.dispose();
      const facts = { took, p99: seconds[Math.floor(seconds.length / 100)]! };
      const size = bytes === undefined ? {} : { megabytes: bytes() / 1e6 };
      return { seconds: seconds[0]!, facts: { ...facts, ...size } };
    };
    return { run, close: () => {} };
  };
  return { name, open };
}

/** Delays between iterations of the event loop. */
class Turns {
  #seconds: number[] = [];
  #last = performance.now();
  readonly #timer = setInterval(() => this.#turn(), 1);

  /** Resets the measurement. */
  forget(): void {
    this.#seconds = [];
    this.#last = performance.now();
  }

  /** Until now, the longest first. */
  end(): number[] {
    this.#turn();
    clearInterval(this.#timer);
    return this.#seconds.toSorted((a, b) => b - a);
  }

  #turn(): void {
    const now = performance.now();
    this.#seconds.push((now - this.#last) / 1000);
    this.#last = now;
  }
}
