import { invalidArgument } from '../common/errors.js';
import * as option from '../common/option.js';
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

const DEFAULT_FRACTION = 0.1;

export const VALIDATION = option.group(
  {
    fraction: {
      check: option.number({ exclusiveMin: 0, exclusiveMax: 1 }),
      absent: `${DEFAULT_FRACTION}, without \`X\``,
    },
    X: {
      check: option.custom<RawMatrix, MatrixLike>('a table', (name, X) => acceptMatrix(X, name)),
      absent: 'rows of the training table',
      isData: true,
    },
    y: {
      check: option.custom<unknown, Targets>('targets', (_, y) => y),
      absent: 'theirs',
      isData: true,
    },
    patience: { check: option.integer({ min: 1 }), default: 10 },
    restoreBest: { check: option.boolean, default: true },
  },
  ({ X, y, fraction, ...o }, name) => {
    if (X !== undefined && fraction !== undefined) {
      throw invalidArgument(`${name}.fraction`, `none where ${name}.X is given`, fraction);
    }
    if ((X === undefined) !== (y === undefined)) {
      const [lacking, other] = X === undefined ? ['X', 'y'] : ['y', 'X'];
      throw invalidArgument(`${name}.${lacking}`, `one, for ${name}.${other} is given`, undefined);
    }
    return {
      ...o,
      /** Undefined where rows were given. */
      fraction: X === undefined ? (fraction ?? DEFAULT_FRACTION) : undefined,
      given: X === undefined ? undefined : { X, y },
    };
  },
);

export type ResolvedValidation = ReturnType<typeof VALIDATION>;
