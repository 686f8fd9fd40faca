// Linear models, survival, and the selection of hyperparameters and features.
import fc from 'fast-check';
import {
  alphaMax,
  ElasticNet,
  Lasso,
  lassoPath,
  Ridge,
  selection,
  survival,
} from '../../../../src/index.js';
import { mostly, options, some } from '../junk.js';
import { cheap, fitOptions } from '../options.js';
import { type Callable, construct, type Loose, loose, TINY } from '../subjects.js';
import { X, Y } from '../tables.js';
import {
  flag,
  labels,
  rate,
  seed,
  share,
  size,
  table,
  targets,
  values,
  vector,
} from '../values.js';

const descent = { alpha: rate, tolerance: share, maxIterations: size, fitIntercept: flag };
const LINEAR = {
  Lasso: { type: Lasso, given: options(descent), y: vector },
  ElasticNet: { type: ElasticNet, given: options({ ...descent, l1Ratio: share }), y: vector },
  Ridge: { type: Ridge, given: options({ alpha: share, fitIntercept: flag }), y: values },
};
const signal = options({ signal: some(new AbortController().signal, AbortSignal.abort()) });
const LEARNED = ['coefficients', 'intercept'];
const DESCENT = ['dualityGap', 'iterations', 'converged'];

/** What each of the linear models can do. */
function linear(): [string, Callable][] {
  return Object.entries(LINEAR).flatMap(([name, { type, given, y }]) => {
    const fitted = (): Record<string, Loose> =>
      loose(construct(type).fit).call(construct(type), X, Y) as Record<string, Loose>;
    const getters = [...LEARNED, ...(name === 'Ridge' ? ['intercepts'] : DESCENT)];
    return Object.entries({
      [`new ${name}`]: { args: [given], call: (o: unknown) => construct(type, o) },
      [`${name}.fit`]: {
        args: [given, table, y],
        call: (o: unknown, ...a: unknown[]) => construct(type, o).fit!(...a),
      },
      [`${name}.fitAsync`]: {
        args: [given, table, y, signal],
        call: (o: unknown, ...a: unknown[]) => construct(type, o).fitAsync!(...a),
      },
      [`${name}.toJSON`]: { args: [], call: () => fitted().toJSON!() },
      [`${name}.predict`]: { args: [table], call: (x: unknown) => fitted().predict!(x) },
      [`${name}.score`]: { args: [table, y], call: (...a: unknown[]) => fitted().score!(...a) },
      ...Object.fromEntries(
        getters.map((getter) => [
          `${name}.${getter}`,
          {
            args: [flag],
            call: (isFitted: unknown) => (isFitted === true ? fitted() : construct(type))[getter],
          },
        ]),
      ),
    } satisfies Record<string, Callable>);
  });
}

/** A model that is trained fast, and what is tried of it. */
const base = options({ ...cheap }).map((o) => (typeof o === 'object' ? { ...TINY, ...o } : o));
const run = { signal: some(AbortSignal.abort(), undefined), onProgress: some(() => {}) };
const impute = mostly(undefined, undefined, 'mean', 'median');
const scoring = mostly(
  undefined,
  undefined,
  'accuracy',
  () => 0.5,
  () => Number.NaN,
);
const folding = { stratify: flag, groups: mostly(undefined, [0, 1, 2, 3]), impute, seed, ...run };

export const MODELS: Record<string, Callable> = {
  ...Object.fromEntries(linear()),
  alphaMax: { args: [table, vector, options({ l1Ratio: share })], call: loose(alphaMax) },
  lassoPath: {
    args: [table, vector, options({ steps: size, ratio: share, l1Ratio: share, alphas: vector })],
    call: loose(lassoPath),
  },
  'survival.kaplanMeier': {
    args: [
      vector,
      labels,
      options({ confidenceLevel: share, transform: some('log', 'log-log', 'plain') }),
    ],
    call: loose(survival.kaplanMeier),
  },
  'survival.logRank': {
    args: [vector, labels, labels, options({ strata: labels })],
    call: loose(survival.logRank),
  },
  'selection.crossValidate': {
    args: [
      table,
      targets,
      base,
      options({ clusters: mostly([2], [1, 2]), alpha: mostly([0.1]), beta: mostly([0, 1]) }),
      options({
        folds: mostly(2),
        rule: mostly('one-standard-error', 'best'),
        scoring,
        ...folding,
      }),
    ],
    call: loose(selection.crossValidate),
  },
  'selection.path': {
    args: [
      table,
      targets,
      base,
      options(
        { ratio: share, validation: fc.oneof(table, share), refit: flag, scoring, impute, ...run },
        { steps: mostly(2), iterations: mostly(1, 2) },
      ),
    ],
    call: loose(selection.path),
  },
  'selection.refit': {
    args: [table, targets, base, some([0], [1, 0], [2], Int32Array.of(0)), fitOptions],
    call: loose(selection.refit),
  },
  'selection.stability': {
    args: [
      table,
      targets,
      base,
      options(
        { fraction: share, threshold: share, maxFeatures: size, ...folding },
        { resamples: mostly(2) },
      ),
    ],
    call: loose(selection.stability),
  },
};
