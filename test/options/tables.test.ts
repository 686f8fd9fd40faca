// The tables of options: the public declarations agree with them, and what one entry brings about.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FILE, reference } from '../../scripts/reference.js';
import * as option from '../../src/common/option.js';
import type {
  ConstraintOptions,
  DeepTypeOptions,
  DistanceOptions,
  JointOptions,
  OptimizerOptions,
  PretrainOptions,
  SettleOptions,
  SparsityOptions,
  TrainingOptions,
  ValidationOptions,
} from '../../src/index.js';
import { native } from '../../src/native/addon.js';
import { DISTANCE } from '../../src/options/losses.js';
import { OPTIMIZER } from '../../src/options/optimizers.js';
import { ESTIMATOR, resolveTraining, TRAINING } from '../../src/options/options.js';
import { SPARSITY } from '../../src/options/penalties.js';
import { JOINT, PRETRAIN, SETTLE } from '../../src/options/schedules.js';
import { VALIDATION } from '../../src/options/validation.js';
import { messageOf } from '../common/coded.js';
import { INVALID, networkHandle, SESSION } from '../native/addon/subjects.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Whether an interface declares exactly the options of a table, each with the type that the table takes. */
type IsDeclared<I, E extends option.Entries> = Same<keyof I, keyof E> &
  {
    [K in keyof E & keyof I]: E[K]['check'] extends { readonly entries: unknown }
      ? true
      : Same<NonNullable<I[K]>, NonNullable<option.Given<E>[K]>>;
  }[keyof E & keyof I];

/** Fails to compile where a declaration and its table differ. */
function declares<I, E extends option.Entries>(
  entries: E & (IsDeclared<I, E> extends true ? unknown : never),
): string[] {
  return Object.keys(entries);
}

describe('a table of options', () => {
  it('is what its interface declares', () => {
    const { constraint } = SPARSITY.entries;
    const names = [
      declares<TrainingOptions, typeof TRAINING>(TRAINING),
      declares<DeepTypeOptions, typeof ESTIMATOR>(ESTIMATOR),
      declares<SparsityOptions, typeof SPARSITY.entries>(SPARSITY.entries),
      declares<ConstraintOptions, typeof constraint.check.entries>(constraint.check.entries),
      declares<DistanceOptions, typeof DISTANCE.entries>(DISTANCE.entries),
      declares<OptimizerOptions, typeof OPTIMIZER.entries>(OPTIMIZER.entries),
      declares<PretrainOptions, typeof PRETRAIN.entries>(PRETRAIN.entries),
      declares<JointOptions, typeof JOINT.entries>(JOINT.entries),
      declares<SettleOptions, typeof SETTLE.entries>(SETTLE.entries),
      declares<ValidationOptions, typeof VALIDATION.entries>(VALIDATION.entries),
    ];
    // @ts-expect-error a table lacks an option of the interface
    names.push(declares<SettleOptions, { tolerance: (typeof SETTLE.entries)['tolerance'] }>({}));
    expect(names.flat()).not.toContain(undefined);
  });

  it('has the defaults that it checks', () => {
    expect(resolveTraining({ clusters: 3 })).toMatchObject({
      loss: { name: 'cross-entropy' },
      sparsity: { penalty: 'group-lasso', relativeWeight: 0.1, solver: 'proximal', M: 10 },
      distance: { metric: 'squared-euclidean', weight: 'auto' },
      optimizer: { name: 'adam', learningRate: 1e-3, maxGradientNorm: Number.POSITIVE_INFINITY },
      pretrain: { epochs: 25, denseFraction: 0.4, learningRate: 1e-3, warmupSteps: 0 },
      joint: { epochs: 20, learningRate: 1e-3, reclusterEvery: 'epoch', reclusterSteps: 0 },
      settle: { iterations: 600, tolerance: 0.01 },
      batchSize: 64,
      validation: undefined,
    });
  });

  it('is told in full by docs/reference/options.md', () => {
    expect(readFileSync(FILE, 'utf8') === reference(), 'out of date: npm run reference').toBe(true);
  });
});

describe('one entry', () => {
  const optimizer = option.group({
    ...OPTIMIZER.entries,
    warmth: { check: option.integer({ min: 1 }), default: 3, native: true },
  });
  const table = { ...TRAINING, optimizer: { check: optimizer } } satisfies option.Entries;
  const map = { ofModel: option.placesOf(table), ofFit: [] };
  const resolve = (options: object) => option.resolveOptions(table, options, map);

  it('checks an option, names it in refusals, resolves it and hands it over', () => {
    const given = { clusters: 2, optimizer: { warmth: 7 } };
    const { warmth }: { warmth: number } = resolve(given).optimizer;
    expect(warmth).toBe(7);
    expect(resolve({ clusters: 2 }).optimizer.warmth).toBe(3);
    const refused = (options: object) =>
      messageOf(() => resolve({ clusters: 2, ...options }), INVALID);
    expect(refused({ optimizer: { warmth: 0 } })).toBe(
      'optimizer.warmth: expected an integer of at least 1, received 0',
    );
    expect(refused({ optimizer: { warmt: 1 } })).toContain("(did you mean 'warmth'?)");
    expect(refused({ warmth: 1 })).toContain("(did you mean 'optimizer.warmth'?)");
    expect(refused({ joint: { warmth: 1 } })).toContain("(did you mean 'optimizer.warmth'?)");
    expect(option.nativeOptions(table, resolve(given))).toMatchObject({ beta1: 0.9, warmth: 7 });
  });

  it('is refused by the native core until that has a member of its name, and missed once it has', () => {
    const { SessionHandle } = native();
    const open = (options: object) => new SessionHandle(networkHandle(), options as typeof SESSION);
    const taken = option.nativeOptions(TRAINING, option.resolveOptions(TRAINING, { clusters: 2 }));
    expect(Object.keys(SESSION)).toEqual(expect.arrayContaining(Object.keys(taken)));
    open({ ...SESSION, ...taken });
    const { warmth } = resolve({ clusters: 2 }).optimizer;
    expect(messageOf(() => open({ ...SESSION, warmth }), INVALID)).toBe(
      'warmth: not an option of the native core',
    );
    for (const name of Object.keys(taken)) {
      const { [name]: _, ...lacking } = SESSION;
      expect(messageOf(() => open(lacking), INVALID)).toBe(name);
    }
  });

  it('is all that the sources say of an option beside its declaration, its member in C++ and its use', () => {
    expect(mentions('nesterov')).toEqual([
      'native/core/terms/optimizers/optimizer.h', // the member
      'native/core/terms/optimizers/sgd.h', // the use
      'src/options/optimizers.ts', // the declaration
      'src/options/optimizers.ts', // the entry
    ]);
  });
});

/** The files of code that name an option; those in TypeScript once a line. */
function mentions(name: string): string[] {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = ['src', 'native'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|cc|h)$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  const isNamed = (line: string): boolean =>
    new RegExp(`\\b${name}\\b`).test(line) && !/^\s*(\/\/|\/\*|\*)/.test(line);
  return files.sort().flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').filter(isNamed);
    return file.endsWith('.ts') ? lines.map(() => file) : lines.slice(0, 1).map(() => file);
  });
}

describe('names at the border', () => {
  it.each(['precision', 'penalty', 'distance', 'optimizer', 'loss', 'lossTargets'])(
    'of a %s that there is not are refused',
    (name) => {
      const { SessionHandle } = native();
      const options = { ...SESSION, [name]: 'none of these' };
      expect(messageOf(() => new SessionHandle(networkHandle(), options), INVALID)).toBe(name);
    },
  );

  it.each([
    [{ norm: 'l3', axis: 'input', radius: 1 }, 'norm'],
    [{ norm: 'l2', axis: 'column', radius: 1 }, 'axis'],
    [{ norm: 'l2', axis: 'input', radius: 1, size: 2 }, 'size: not an option of the native core'],
  ])('of a constraint too', (constraint, message) => {
    const { SessionHandle } = native();
    const options = { ...SESSION, constraint };
    expect(messageOf(() => new SessionHandle(networkHandle(), options), INVALID)).toBe(message);
  });
});
