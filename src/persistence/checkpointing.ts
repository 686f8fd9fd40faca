import { checkKeys, number, oneOf } from '../common/checks.js';
import { type DeepTypeError, invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import { removeLeftovers } from '../io/atomic.js';
import { encodeJson } from '../io/json.js';
import { filePath, followLinks } from '../io/paths.js';
import { readAs } from '../io/read-as.js';
import { type DeepTypeOptions, resolveEstimator } from '../options/options.js';
import type { Phase } from '../training/progress.js';
import type { Checkpointer, RunSnapshot } from '../training/run-snapshot.js';
import { type Checkpoint, writeCheckpoint } from './checkpoint.js';
import type { WrittenOptions } from './options.js';
import { type Kept, keep } from './run-snapshot.js';

export interface CheckpointOptions {
  /**
   * The file, of one fit at a time; where it is a link, what that leads to. Each checkpoint replaces the one before, at
   * once. A relative path is resolved when `fit` is called.
   */
  path: string | URL;
  /**
   * Least time from one checkpoint to the next, which are taken where epochs end; default 30, 0 for every
   * epoch. The first epoch and the end of training always have theirs.
   */
  everySeconds?: number;
  /**
   * Where one cannot be written: 'stop' (default), the fit rejects with `ERR_IO`; a first one keeps its weights;
   * 'continue', training continues, the next one is tried when it is due, and the first failure is a
   * process warning. A file that was there stays as it is.
   */
  onError?: Name<'stop' | 'continue'>;
}

/** Where a fit went on. */
export interface ResumedAt {
  readonly phase: Phase;
  /** The last epoch of the phase that was over; for 'settle', the last round. */
  readonly epoch: number;
  /** The K that was trained, where several are and the last of them was not over. */
  readonly clusters?: number;
}

export function resumedAt({ state, search, hyperparameters }: RunSnapshot): ResumedAt {
  const { phase, epoch } = state.history.at(-1) ?? { phase: 'pretrain', epoch: 0 };
  return search === undefined
    ? { phase, epoch }
    : { phase, epoch, clusters: hyperparameters.clusters! };
}

export interface ResolvedCheckpoint {
  readonly path: string;
  readonly everySeconds: number;
  readonly onError: 'stop' | 'continue';
}

/** Checks the `checkpoint` option of `fit`; undefined for none. */
export function resolveCheckpoint(value: unknown): ResolvedCheckpoint | undefined {
  if (value === undefined) return undefined;
  const o = checkKeys('checkpoint', value, ['path', 'everySeconds', 'onError']);
  return {
    path: filePath('checkpoint.path', o.path),
    everySeconds: number('checkpoint.everySeconds', o.everySeconds ?? 30, { min: 0 }),
    onError: oneOf('checkpoint.onError', o.onError ?? 'stop', ['stop', 'continue']),
  };
}

/** What every checkpoint of a fit says; `data` takes its time. */
export type FixedContents = Pick<Checkpoint, 'written' | 'scaler' | 'targetScaler'> & {
  readonly data: Promise<string>;
};

/** Writes the checkpoints of one fit while it runs. */
export class CheckpointWriter implements Checkpointer {
  readonly #options: ResolvedCheckpoint;
  readonly #fixed: FixedContents;
  #last = Number.NEGATIVE_INFINITY;
  #pending = 0;
  #writing: Promise<void>;
  #failure: { error: unknown } | undefined;
  #hasWarned = false;

  constructor(options: ResolvedCheckpoint, fixed: FixedContents) {
    this.#options = options;
    this.#fixed = fixed;
    this.#writing = followLinks(options.path).then(removeLeftovers, () => undefined); // writing will tell
  }

  /** Not while the last one is being written; and once one has failed that must not, so that `save` throws. */
  get isDue(): boolean {
    if (this.#failure !== undefined) return true;
    const elapsed = performance.now() - this.#last;
    return this.#pending === 0 && elapsed >= this.#options.everySeconds * 1000;
  }

  save(snapshot: RunSnapshot): void {
    this.#check();
    this.#last = performance.now();
    this.#pending += 1;
    this.#writing = this.#write(keep(snapshot), this.#writing);
  }

  /** Resolves when nothing is being written any more; never rejects. */
  settled(): Promise<void> {
    return this.#writing;
  }

  /** Resolves when everything is written; rejects where it could not be and should have. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#check();
  }

  async #write(snapshot: Kept, before: Promise<void>): Promise<void> {
    const { path, onError } = this.#options;
    await before;
    try {
      await writeCheckpoint(path, { ...this.#fixed, data: await this.#fixed.data, snapshot });
    } catch (error) {
      if (onError === 'stop') this.#failure ??= { error };
      else if (!this.#hasWarned) {
        this.#hasWarned = true;
        process.emitWarning(error as DeepTypeError);
      }
    } finally {
      for (const handle of snapshot.snapshots.values()) handle.dispose();
      this.#pending -= 1;
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** What may be another than it was: results do not depend on it. */
const OF_THE_MACHINE = ['threads', 'backend'];

/**
 * The options of an interrupted fit, with what its file lacks.
 *
 * @throws `ERR_INVALID_ARGUMENT` where that is not given, or another option is not as it was
 */
export function resumedOptions(
  { options, omitted }: WrittenOptions,
  given: Readonly<Record<string, unknown>>,
  file: string,
): DeepTypeOptions {
  const lacking = omitted.find((name) => given[name] === undefined);
  if (lacking !== undefined) {
    throw invalidArgument(lacking, `that of the fit in ${file}, which no file holds`, undefined);
  }
  const own = Object.fromEntries(omitted.map((name) => [name, given[name]]));
  resolveEstimator({ clusters: 1, ...own });
  const saved = { ...options, ...own };
  const before = flat(readAs(file, () => resolveEstimator(saved)));
  const now = flat(resolveEstimator({ ...saved, ...given }));
  const changed = Object.keys(given).find(
    (name) =>
      ![...omitted, ...OF_THE_MACHINE].includes(name) &&
      encodeJson(before[name]) !== encodeJson(now[name]),
  );
  if (changed !== undefined) {
    throw invalidArgument(changed, `the value of the fit in ${file}`, given[changed]);
  }
  return { ...saved, ...given } as unknown as DeepTypeOptions;
}

function flat({ training, ...rest }: ReturnType<typeof resolveEstimator>): Record<string, unknown> {
  return { ...training, ...rest };
}
