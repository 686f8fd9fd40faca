// Objects with a life, and what may be done to them in any order.
import { DeepType, KMeans, Lasso, Network, Trainer } from '../../../src/index.js';
import { WRITTEN } from './calls/files.js';
import { loose, TINY } from './subjects.js';
import { X, Y } from './tables.js';

export interface Step<Subject> {
  call(subject: Subject, x: unknown, y: unknown): unknown;
  /** Ends only when it is halted, so it is not waited for. */
  readonly endless?: boolean;
}

export interface Machine<Subject> {
  make(): Subject;
  readonly steps: Readonly<Record<string, Step<Subject>>>;
  /** Ends what still runs. */
  halt(subject: Subject): void;
  /** Throws unless the subject works, or was disposed of: then with a code. */
  use(subject: Subject): unknown;
}

type Calls<Subject> = Record<string, Step<Subject>['call']>;
const asSteps = <Subject>(calls: Calls<Subject>): Record<string, Step<Subject>> =>
  Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, { call }]));

/** Calls a method, bare of its types. */
const ask = (subject: object, method: string, ...args: unknown[]): unknown =>
  loose(Reflect.get(subject, method)).apply(subject, args);
/** Steps that hand x to a method of the same name. */
const asked = <Subject>(methods: readonly string[], of: (subject: Subject) => object) =>
  asSteps<Subject>(
    Object.fromEntries(methods.map((method) => [method, (s, x, y) => ask(of(s), method, x, y)])),
  );

/** Does something to the subject from inside of a call that runs; what fails there is no concern of it. */
const within = (act: () => void) => () => {
  try {
    act();
  } catch {}
};

// ---- a model

interface Fits {
  readonly model: DeepType;
  readonly abort: AbortController;
}
const NEVER = { ...TINY, pretrain: { epochs: 1e9 } };

function models(options: typeof TINY): Machine<Fits> {
  const endless = options === NEVER;
  const file = `${WRITTEN}.${endless}.checkpoint`;
  const fitting = (call: Step<Fits>['call']): Step<Fits> => ({ call, endless });
  return {
    make: () => ({ model: new DeepType(options), abort: new AbortController() }),
    steps: {
      fit: fitting(({ model, abort }) => model.fit(X, Y, { signal: abort.signal })),
      'fit of anything': fitting(({ model, abort }, x, y) =>
        ask(model, 'fit', x, y, { signal: abort.signal }),
      ),
      'warm fit': fitting(({ model, abort }) =>
        model.fit(X, Y, { signal: abort.signal, warmStart: true }),
      ),
      'fit that is stopped from inside': fitting(({ model, abort }) =>
        model.fit(X, Y, { signal: abort.signal, onProgress: within(() => model.stop()) }),
      ),
      'fit that is disposed of from inside': fitting(({ model, abort }) =>
        model.fit(X, Y, { signal: abort.signal, onProgress: within(() => model.dispose()) }),
      ),
      'fit with checkpoints': fitting(({ model, abort }) =>
        model.fit(X, Y, {
          signal: abort.signal,
          checkpoint: { path: file, everySeconds: 0 },
        }),
      ),
      resume: fitting(async ({ abort }) =>
        (await DeepType.resume(file, X, Y, { signal: abort.signal })).dispose(),
      ),
      ...asked<Fits>(
        ['predict', 'predictAsync', 'transformAsync', 'assignAsync', 'assign', 'score'],
        ({ model }) => model,
      ),
      ...asked<Fits>(['forward', 'parameters', 'toONNX'], ({ model }) => model.network),
      ...asSteps<Fits>({
        abort: ({ abort }) => abort.abort(),
        stop: ({ model }) => model.stop(),
        dispose: ({ model }) => model.dispose(),
        'dispose of the network': ({ model }) => model.network.dispose(),
        'load its own parameters': ({ model }) => model.network.load(model.network.parameters()),
        'a trainer on its network': ({ model: { network } }) =>
          new Trainer({ network, clusters: 2 }).pretrain(X, Y, { epochs: 1 }),
        save: ({ model }) => model.save(WRITTEN),
        load: async () => (await DeepType.load(WRITTEN)).dispose(),
        'through bytes': ({ model }) => DeepType.fromBytes(model.toBytes()).predict(X),
        labels: ({ model }) => model.labels,
      }),
    },
    halt: ({ abort }) => abort.abort(),
    use: async ({ model }) => {
      if (!endless) await model.fit(X, Y);
      else model.dispose();
      model.predict(X);
    },
  };
}

// ---- a trainer

interface Training {
  readonly network: Network;
  readonly trainer: Trainer;
  readonly abort: AbortController;
}

const trainer: Machine<Training> = {
  make: () => {
    const network = new Network({ inputs: 2, hidden: [3], outputs: 2 });
    const trainer = new Trainer({ network, clusters: 2, batchSize: 2 });
    return { network, trainer, abort: new AbortController() };
  },
  steps: {
    'pretrain without end': {
      call: ({ trainer, abort }) => trainer.pretrain(X, Y, { epochs: 1e9, signal: abort.signal }),
      endless: true,
    },
    ...asked<Training>(
      ['pretrain', 'joint', 'step', 'computeLosses', 'gradients', 'clusters', 'kktResidual'],
      ({ trainer }) => trainer,
    ),
    ...asked<Training>(['forward', 'representation', 'inputImportance'], ({ network }) => network),
    ...asSteps<Training>({
      'pretrain an epoch': ({ trainer, abort }) =>
        trainer.pretrain(X, Y, { epochs: 1, signal: abort.signal }),
      'joint an epoch': ({ trainer, abort }) =>
        trainer.joint(X, Y, { epochs: 1, signal: abort.signal }),
      abort: ({ abort }) => abort.abort(),
      stop: ({ trainer }) => trainer.stop(),
      dispose: ({ trainer }) => trainer.dispose(),
      'dispose of the network': ({ network }) => network.dispose(),
      'load its own parameters': ({ network }) => network.load(network.parameters()),
      'another trainer': ({ network }) =>
        new Trainer({ network, clusters: 2 }).joint(X, Y, { epochs: 1 }),
      save: ({ network }) => network.save(`${WRITTEN}.network`),
      load: async () => (await Network.load(`${WRITTEN}.network`)).dispose(),
    }),
  },
  halt: ({ trainer, abort }) => {
    abort.abort();
    trainer.stop();
  },
  use: ({ trainer }) => trainer.pretrain(X, Y, { epochs: 1 }),
};

// ---- what is fitted at once

const kmeans: Machine<KMeans> = {
  make: () => new KMeans({ clusters: 2 }),
  steps: {
    ...asked<KMeans>(['fit', 'fitAsync', 'predict', 'dispose'], (subject) => subject),
    ...asSteps<KMeans>({ labels: (k) => k.labels, 'fit it': (k) => k.fitAsync(X) }),
  },
  halt: () => {},
  use: (subject) => subject.fit(X).predict(X),
};

interface Linear {
  readonly lasso: Lasso;
  readonly abort: AbortController;
}
const lasso: Machine<Linear> = {
  make: () => ({ lasso: new Lasso({ alpha: 0.1 }), abort: new AbortController() }),
  steps: {
    ...asked<Linear>(['fit', 'fitAsync', 'predict', 'score'], (subject) => subject.lasso),
    ...asSteps<Linear>({
      'fit it': ({ lasso, abort }) => lasso.fitAsync(X, Y, { signal: abort.signal }),
      abort: ({ abort }) => abort.abort(),
      coefficients: ({ lasso }) => lasso.coefficients,
    }),
  },
  halt: ({ abort }) => abort.abort(),
  use: ({ lasso }) => lasso.fit(X, Y).predict(X),
};

export const MACHINES: Readonly<Record<string, Machine<object>>> = {
  'a model': models(TINY),
  'a model that trains without end': models(NEVER),
  'a trainer': trainer,
  KMeans: kmeans,
  Lasso: lasso,
} as Record<string, Machine<object>>;
