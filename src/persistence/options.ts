// Options as a file keeps them: all but functions and data.

import { object } from '../common/checks.js';
import { DeepTypeError, invalidArgument } from '../common/errors.js';
import { isPlain, MAX_DEPTH } from '../options/copy.js';
import { type PrimaryLoss, resolveLoss } from '../options/losses.js';
import type { DeepTypeOptions } from '../options/options.js';
import { isKnowledgeGraph } from '../options/sample-pairs.js';

/** Options that JSON holds, and the names of those left out because they hold functions or data. */
export interface WrittenOptions {
  readonly options: Readonly<Record<string, unknown>>;
  readonly omitted: readonly string[];
}

/** What is written of `options`, a copy by `copyOptions`. */
export function writeOptions(options: object): WrittenOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const isWritten = ([, value]: [string, unknown]) => isJson(value, 0) && !holdsTable(value);
  const written = given.filter(isWritten);
  const omitted = given.filter((entry) => !isWritten(entry));
  const [, loss] = omitted.find(([name]) => name === 'loss') ?? [];
  if (loss !== undefined) written.push(['loss', writeLoss(loss)]);
  return { options: Object.fromEntries(written), omitted: omitted.map(([name]) => name) };
}

/** Of a caller's loss what prediction needs: how its outputs are read. */
function writeLoss(loss: unknown): unknown {
  if (typeof loss !== 'object' || loss === null) return loss;
  if (isKnowledgeGraph(loss)) return writeLoss(loss.base ?? 'cross-entropy');
  const { targets, outputs } = loss as PrimaryLoss;
  return { targets, outputs };
}

/** The options of a saved model; what the file lacks is absent, a loss of the caller's cannot be called. */
export function readOptions({ options }: WrittenOptions): DeepTypeOptions {
  if (typeof options.loss !== 'object') return options as unknown as DeepTypeOptions;
  const loss = { ...object('loss', options.loss), evaluate: neverCalled };
  return { ...options, loss } as unknown as DeepTypeOptions;
}

/** What may be given to any saved model, besides what its file lacks. */
const OF_THE_MACHINE = ['threads', 'backend'];

/**
 * Checks what the caller gives anew; returns the names of the options that are still lacking.
 *
 * @throws `ERR_INVALID_ARGUMENT` for an option that the file holds
 */
export function checkGiven(
  { omitted }: WrittenOptions,
  saved: DeepTypeOptions,
  given: Partial<DeepTypeOptions>,
): string[] {
  const allowed = [...OF_THE_MACHINE, ...omitted];
  const extra = Object.keys(given).find((name) => !allowed.includes(name));
  if (extra !== undefined) {
    throw invalidArgument(
      'options',
      `only options that the file lacks (${allowed.join(', ')})`,
      extra,
    );
  }
  if (given.loss !== undefined) {
    const { targets } = resolveLoss(saved.loss);
    const came = resolveLoss(given.loss).targets;
    if (came !== targets) throw invalidArgument('loss', `a loss of ${targets} as it was`, came);
  }
  return omitted.filter((name) => !(name in given));
}

/** Throws `ERR_INVALID_ARGUMENT` where a loaded model cannot train. */
export function checkLacking([name]: readonly string[]): void {
  if (name === undefined) return;
  throw new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name}: the file of the model does not hold it; give it to load to train again`,
  );
}

function neverCalled(): never {
  throw new DeepTypeError('ERR_INVALID_ARGUMENT', 'loss.evaluate: not in the file');
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
    return true;
  }
  if (depth > MAX_DEPTH || !isPlain(value)) return false;
  return Object.values(value).every((x) => isJson(x, depth + 1));
}

/** A validation table { X, y }, or pairs of training rows, which plain arrays may hold too. */
function holdsTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('X' in value || 'pairs' in value);
}
