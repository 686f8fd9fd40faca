// Which rows are held out from training, and what ends for want of a lower loss on them.
import { boolean, checkKeys, integer, number } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { acceptMatrix, type MatrixLike, type RawMatrix } from '../data/matrix.js';
import type { Targets } from '../data/targets.js';

export interface ValidationOptions {
  /**
   * Share of the rows of X to hold out, rounded up; default 0.1. Drawn by `seed`, each class in
   * proportion, with 'cox' events and censored rows, of which at least one event; a class keeps at least
   * one row for training. The scaler learns from the others.
   */
  fraction?: number;
  /** Rows to hold out instead, M x D in the units of the X of `fit`; then all rows of that are trained on. */
  X?: MatrixLike;
  /** The targets of `X`, of the classes of the y of `fit`. */
  y?: Targets;
  /**
   * Dense pretraining, sparse pretraining and the joint phase each end after so many epochs without a
   * lower total on the rows held out; default 10.
   */
  patience?: number;
  /** Whether each of them ends with the weights of its best epoch; default true. */
  restoreBest?: boolean;
}

export interface ResolvedValidation {
  /** Undefined where rows were given. */
  readonly fraction: number | undefined;
  readonly given: { readonly X: RawMatrix; readonly y: unknown } | undefined;
  readonly patience: number;
  readonly restoreBest: boolean;
}

const KEYS = ['fraction', 'X', 'y', 'patience', 'restoreBest'] as const;

/** Checks the `validation` option; undefined for none. */
export function resolveValidation(value: unknown): ResolvedValidation | undefined {
  if (value === undefined) return undefined;
  const {
    fraction,
    X,
    y,
    patience = 10,
    restoreBest = true,
  } = checkKeys('validation', value, KEYS);
  if (X !== undefined && fraction !== undefined) {
    throw invalidArgument('validation.fraction', 'none where validation.X is given', fraction);
  }
  if ((X === undefined) !== (y === undefined)) {
    const [name, other] = X === undefined ? ['X', 'y'] : ['y', 'X'];
    throw invalidArgument(`validation.${name}`, `one, for validation.${other} is given`, undefined);
  }
  const share = { exclusiveMin: 0, exclusiveMax: 1 };
  return {
    fraction: X === undefined ? number('validation.fraction', fraction ?? 0.1, share) : undefined,
    given: X === undefined ? undefined : { X: acceptMatrix(X, 'validation.X'), y },
    patience: integer('validation.patience', patience, { min: 1 }),
    restoreBest: boolean('validation.restoreBest', restoreBest),
  };
}
