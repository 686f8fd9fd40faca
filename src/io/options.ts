// Options as a file keeps them: all but functions and data.
import { DeepTypeError, invalidArgument } from '../errors.js';
import type { PrimaryLoss } from '../losses.js';
import type { DeepTypeOptions } from '../options.js';
import { object } from '../validate.js';

/** The longest array that counts as an option and not as data. */
const MAX_ARRAY = 1024;
const MAX_DEPTH = 8;

/** Options as they are now: plain objects and short arrays copied, all else as it is. */
export function copyOptions<T>(value: T, depth = 0): T {
  if (depth > MAX_DEPTH || !isPlain(value)) return value;
  if (Array.isArray(value)) return Array.from(value, (x) => copyOptions(x, depth + 1)) as T;
  const entries = Object.entries(value).map(([key, x]) => [key, copyOptions(x, depth + 1)]);
  return Object.fromEntries(entries) as T;
}

/** Options that JSON holds, and the names of those left out because they hold functions or data. */
export interface WrittenOptions {
  readonly options: Readonly<Record<string, unknown>>;
  readonly omitted: readonly string[];
}

/** What is written of `options`, the copy that `copyOptions` made. */
export function writeOptions(options: object): WrittenOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const isWritten = ([, value]: [string, unknown]) => isJson(value, 0) && !holdsTable(value);
  const written = given.filter(isWritten);
  const omitted = given.filter((entry) => !isWritten(entry));
  const [, loss] = omitted.find(([name]) => name === 'loss') ?? [];
  if (loss !== undefined) {
    const { targets, outputs } = loss as PrimaryLoss;
    written.push(['loss', { targets, outputs }]);
  }
  return { options: Object.fromEntries(written), omitted: omitted.map(([name]) => name) };
}

/** The options of a saved model, with what the caller gives anew. */
export function restoreOptions(
  { options, omitted }: WrittenOptions,
  given: Readonly<Record<string, unknown>>,
): DeepTypeOptions {
  const restored: Record<string, unknown> = { ...options };
  if (omitted.includes('clusterer')) restored.clusterer = absent('clusterer');
  if (omitted.includes('loss')) {
    const written = object('loss', options.loss);
    restored.loss = { ...written, evaluate: absent('loss') };
    checkLoss(given.loss, written.targets);
  } else if (given.loss !== undefined) {
    throw invalidArgument('loss', 'none: the model has a loss that is built in', given.loss);
  }
  return { ...restored, ...given } as unknown as DeepTypeOptions;
}

/** Stands for a function that no file holds: the model predicts without it. */
function absent(name: string): () => never {
  return () => {
    throw new DeepTypeError(
      'ERR_INVALID_ARGUMENT',
      `${name}: the model was saved with one of the caller's; give it to load to train again`,
    );
  };
}

function checkLoss(loss: unknown, targets: unknown = 'values'): void {
  if (loss === undefined) return;
  const given = (loss as PrimaryLoss).targets ?? 'values';
  if (given === targets) return;
  throw invalidArgument('loss.targets', `'${targets}' as the saved model had`, given);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length <= MAX_ARRAY;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
    return true;
  }
  if (depth > MAX_DEPTH || !isPlain(value)) return false;
  return Object.values(value).every((x) => isJson(x, depth + 1));
}

/** A validation table { X, y }, which plain arrays may hold too. */
function holdsTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'X' in value;
}
