import { describe, expect, it } from 'vitest';
import {
  DeepType,
  DeepTypeError,
  type DeepTypeOptions,
  datasets,
  type ErrorCode,
  type FitOptions,
  KMeans,
  kmeans,
  Matrix,
  type MatrixLike,
  metrics,
  Network,
  pca,
  Scaler,
  type Targets,
  Trainer,
} from '../src/index.js';
import { messageOf } from './coded.js';

const INVALID = 'ERR_INVALID_ARGUMENT';
const SHAPE = 'ERR_SHAPE_MISMATCH';
const NON_FINITE = 'ERR_NON_FINITE_INPUT';
const OPTIONS: DeepTypeOptions = {
  clusters: 2,
  hidden: [4, 3],
  pretrain: { epochs: 2 },
  joint: { epochs: 2 },
  settle: { iterations: 12 },
};
const table = datasets.makeClusters({
  samples: 20,
  features: 3,
  clusters: 2,
  informative: 2,
  seed: 1,
});
const rows = table.X.toArray();
const y = [...table.y];

/** `rows` with one value replaced. */
function withValue(i: number, j: number, value: unknown): number[][] {
  return rows.map((row, r) => row.map((x, c) => (r === i && c === j ? (value as number) : x)));
}

async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error(`expected ${code}, but the call succeeded`),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(DeepTypeError);
  expect(error).toHaveProperty('code', code);
  return (error as DeepTypeError).message;
}

/** Message with which `fit` rejects; the model must stay unfitted. */
async function refusal(
  X: unknown,
  labels: unknown,
  code: ErrorCode,
  options: Partial<DeepTypeOptions> = {},
): Promise<string> {
  const model = new DeepType({ ...OPTIONS, ...options });
  const message = await rejection(model.fit(X as MatrixLike, labels as Targets), code);
  messageOf(() => model.predict(rows), 'ERR_NOT_FITTED');
  return message;
}

const wrongOptions = (options: object): (() => unknown) => {
  return () => new DeepType({ ...OPTIONS, ...options });
};

describe('X of fit', () => {
  it('of a wrong type is named with what was expected and what came', async () => {
    const expected = 'X: expected a Matrix, an array of rows or { data, rows, columns }, received';
    for (const [X, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['rows', "'rows'"],
      [5, '5'],
      [true, 'true'],
      [1n, '1n'],
      [Symbol('x'), 'a symbol'],
      [() => rows, 'a function'],
      [new Float32Array(60), 'Float32Array of 240 bytes'],
    ] as const) {
      expect(await refusal(X, y, INVALID)).toBe(`${expected} ${shown}`);
    }
    expect(await refusal({}, y, INVALID)).toBe(
      'X.rows: expected a non-negative integer, received undefined',
    );
    expect(await refusal({ data: 'abc', rows: 20, columns: 3 }, y, INVALID)).toBe(
      "X.data: expected a Float32Array, Float64Array or array of numbers, received 'abc'",
    );
    expect(await refusal([1, 2, 3], y, INVALID)).toBe(
      'X[0]: expected an array of numbers, received 1',
    );
    expect(await refusal(withValue(4, 2, '7'), y, INVALID)).toBe(
      "X[4][2]: expected a number, received '7'",
    );
    expect(await refusal(withValue(4, 2, undefined), y, INVALID)).toContain('received undefined');
    expect(await refusal(new Array(20), y, INVALID)).toContain(
      'X[0]: expected an array of numbers',
    );
  });

  it('of ragged rows or a length that does not fit', async () => {
    expect(
      await refusal(
        rows.map((row, i) => (i === 7 ? row.slice(1) : row)),
        y,
        SHAPE,
      ),
    ).toBe('X[7]: expected 3 values as in row 0, received 2');
    expect(await refusal({ data: new Float32Array(59), rows: 20, columns: 3 }, y, SHAPE)).toBe(
      'X.data: expected 20 * 3 values, received 59',
    );
  });

  it('with NaN or an infinity says where', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const expected = `X: expected finite values, received ${value} at row 13, column 1`;
      expect(await refusal(withValue(13, 1, value), y, NON_FINITE)).toBe(expected);
      const data = Float32Array.from(withValue(13, 1, value).flat());
      expect(await refusal({ data, rows: 20, columns: 3 }, y, NON_FINITE)).toBe(expected);
      expect(await refusal(new Matrix(data, 20, 3), y, NON_FINITE)).toBe(expected);
    }
  });

  it('that is empty', async () => {
    expect(await refusal([], y, INVALID)).toBe(
      'X: expected at least one row, received an array of length 0',
    );
    expect(await refusal([[], []], y, INVALID)).toBe(
      "X: expected at least one row and one column, received '2 x 0'",
    );
    expect(await refusal(new Matrix(new Float32Array(0), 0, 3), y, INVALID)).toContain("'0 x 3'");
  });

  it('of sizes that are negative or no integers', async () => {
    const of = (r: unknown, c: unknown) => ({ data: new Float32Array(60), rows: r, columns: c });
    for (const value of [-20, 2.5, Number.NaN, '20', 2 ** 60]) {
      expect(await refusal(of(value, 3), y, INVALID)).toMatch(
        /^X.rows: expected a non-negative integer, received /,
      );
      expect(await refusal(of(20, value), y, INVALID)).toMatch(
        /^X.columns: expected a non-negative integer, received /,
      );
    }
  });

  it('of fewer rows than clusters', async () => {
    expect(await refusal(rows.slice(0, 4), y.slice(0, 4), INVALID, { clusters: 5 })).toBe(
      'X: expected at least 5 rows, one a cluster, received 4',
    );
  });

  it('beyond float32: refused where the values are used as they are, taken where standardised', async () => {
    const large = withValue(2, 0, 1e39);
    expect(await refusal(large, y, NON_FINITE, { standardize: false })).toBe(
      'X: expected finite values, received Infinity after rounding to float32 at row 2, column 0',
    );
    const all = rows.map((row) => row.map((x) => x * 1e100));
    const scaled = new DeepType(OPTIONS);
    await scaled.fit(all, y);
    const plain = new DeepType(OPTIONS);
    await plain.fit(rows, y);
    expect(scaled.predict(all)).toEqual(plain.predict(rows));
    expect(await refusal(withValue(2, 0, 1e308), y, NON_FINITE)).toMatch(
      /^X: expected a spread within float64, received an overflow in column 0/,
    );
    messageOf(() => plain.predict(withValue(2, 0, 1e300)), NON_FINITE);
  });

  it('of a scale of 1e30 as it is gives ERR_DIVERGED or finite weights; standardised it is like any other', async () => {
    const large = rows.map((row) => row.map((x) => x * 1e30));
    const model = new DeepType({ ...OPTIONS, standardize: false, settle: { iterations: 120 } });
    const outcome: unknown = await model.fit(large, y).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'ERR_DIVERGED' });
    else expect(model.history.every(({ total }) => Number.isFinite(total))).toBe(true);
    expect(model.network.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const [scaled, plain] = [new DeepType(OPTIONS), new DeepType(OPTIONS)];
    await scaled.fit(large, y);
    await plain.fit(rows, y);
    expect(scaled.labels).toEqual(plain.labels);
  });

  it('that is refused leaves a fitted model as it was', async () => {
    const model = new DeepType({ ...OPTIONS, standardize: false });
    await model.fit(rows, y);
    const labels = model.labels;
    await rejection(model.fit(withValue(0, 0, 1e39), y), NON_FINITE);
    await rejection(model.fit(rows, [1]), SHAPE);
    expect(model.labels).toBe(labels);
    expect(model.assign(rows)).toEqual(labels);
  });
});

describe('y of fit', () => {
  it('of a wrong type', async () => {
    for (const [labels, shown] of [
      [undefined, 'undefined'],
      ['abc', "'abc'"],
      [{}, 'an object'],
      [new Float32Array(20), 'Float32Array of 80 bytes'],
      [new BigInt64Array(20), 'BigInt64Array of 160 bytes'],
    ] as const) {
      expect(await refusal(rows, labels, INVALID)).toBe(
        `y: expected an Int32Array, Uint32Array, Uint8Array, or an array of integers or of strings, received ${shown}`,
      );
    }
    const replaced = (value: unknown) => y.map((label, i) => (i === 3 ? value : label));
    expect(await refusal(rows, replaced(0.5), INVALID)).toBe(
      'y[3]: expected an integer, received 0.5',
    );
    expect(await refusal(rows, replaced('a'), INVALID)).toBe(
      "y[3]: expected a number like y[0], received 'a'",
    );
    expect(await refusal(rows, replaced(null), INVALID)).toBe(
      'y[3]: expected an integer or a string, received null',
    );
    expect(await refusal(rows, replaced(Number.NaN), NON_FINITE)).toBe(
      'y: expected finite labels, received NaN at row 3, column 0',
    );
  });

  it('that is longer, shorter or empty', async () => {
    expect(await refusal(rows, [...y, 0], SHAPE)).toBe(
      'y: expected 20 values, one a row of X, received 21',
    );
    expect(await refusal(rows, y.slice(1), SHAPE)).toContain('received 19');
    expect(await refusal(rows, [], INVALID)).toBe(
      'y: expected at least one label, received an array of length 0',
    );
    for (const loss of ['mse', 'mae', 'huber', 'bce'] as const) {
      expect(await refusal(rows, new Float32Array(21), SHAPE, { loss })).toBe(
        'y: expected 20 values, one a row of X, received 21',
      );
    }
  });

  it('of one class', async () => {
    expect(await refusal(rows, new Int32Array(20), INVALID)).toBe(
      'y: expected at least two classes, received an array of length 1',
    );
    expect(await refusal(rows, new Array(20).fill('one'), INVALID)).toContain(
      'at least two classes',
    );
    expect(
      await refusal(
        rows,
        y.map(() => 0),
        INVALID,
        { loss: 'bce' },
      ),
    ).toBe("y: expected two classes for the loss 'bce', received an array of length 1");
    const three = y.map((_, i) => i % 3);
    expect(await refusal(rows, three, INVALID, { loss: 'bce' })).toContain(
      'received an array of length 3',
    );
  });

  it('of values that do not suit the loss', async () => {
    const values = Float64Array.from(y);
    values[6] = 1.5;
    expect(await refusal(rows, values, INVALID, { loss: 'bce' })).toBe(
      "y: expected values from 0 to 1 for the loss 'bce', received 1.5 at row 6, column 0",
    );
    values[6] = Number.NaN;
    expect(await refusal(rows, values, NON_FINITE, { loss: 'mse' })).toBe(
      'y: expected finite values, received NaN at row 6, column 0',
    );
    values[6] = 1e39;
    expect(await refusal(rows, values, NON_FINITE, { loss: 'mse' })).toBe(
      'y: expected finite values, received Infinity after rounding to float32 at row 6, column 0',
    );
    expect(await refusal(rows, y.map(String), INVALID, { loss: 'mse' })).toMatch(
      /^y\[0\]: expected a number, received '\d'/,
    );
    const ragged = y.map((label, i) => (i === 9 ? [label] : [label, 1]));
    expect(await refusal(rows, ragged, SHAPE, { loss: 'mse' })).toContain(
      'y[9]: expected 2 values',
    );
    const outputs = {
      targets: 'classes' as const,
      outputs: 1,
      evaluate: () => ({ loss: 0, gradient: [] }),
    };
    expect(await refusal(rows, y, INVALID, { loss: outputs })).toBe(
      'loss.outputs: expected at least 2, one a class, received 1',
    );
  });
});

describe('options', () => {
  it('of unknown names are refused with a suggestion', () => {
    for (const [options, name, suggestion] of [
      [{ cluster: 3 }, 'options', 'clusters'],
      [{ batch_size: 3 }, 'options', 'batchSize'],
      [{ Hidden: [3] }, 'options', 'hidden'],
      [{ standardise: true }, 'options', 'standardize'],
      [{ joint: { epoch: 3 } }, 'joint', 'epochs'],
      [{ pretrain: { lerningRate: 3 } }, 'pretrain', 'learningRate'],
      [{ settle: { iteration: 3 } }, 'settle', 'iterations'],
      [{ optimizer: { nesterow: true } }, 'optimizer', 'nesterov'],
      [{ sparsity: { weigth: 1 } }, 'sparsity', 'weight'],
      [{ distance: { metrik: 'euclidean' } }, 'distance', 'metric'],
      [{ joint: { reclusterEvery: { step: 3 } } }, 'joint.reclusterEvery', 'steps'],
      [{ init: { normall: 1 } }, 'init', 'normal'],
    ] as const) {
      const message = messageOf(wrongOptions(options), INVALID);
      expect(message).toMatch(new RegExp(`^${name}: expected only the options .*`));
      expect(message).toContain(`(did you mean '${suggestion}'?)`);
    }
    for (const [options, name, suggestion] of [
      [{ loss: 'cross_entropy' }, 'loss', 'cross-entropy'],
      [{ activation: 'ReLU' }, 'activation', 'relu'],
      [{ sparsity: { penalty: 'group_lasso' } }, 'sparsity.penalty', 'group-lasso'],
      [{ sparsity: { solver: 'proximals' } }, 'sparsity.solver', 'proximal'],
      [{ distance: { metric: 'euclidian' } }, 'distance.metric', 'euclidean'],
      [{ optimizer: { name: 'Adam' } }, 'optimizer.name', 'adam'],
      [{ joint: { decay: 'cosin' } }, 'joint.decay', 'cosine'],
      [{ backend: 'cpus' }, 'backend', 'cpu'],
    ] as const) {
      const message = messageOf(wrongOptions(options), INVALID);
      expect(message).toMatch(new RegExp(`^${name}: expected one of '`));
      expect(message).toContain(`(did you mean '${suggestion}'?)`);
    }
  });

  it('that are sizes are positive integers', () => {
    for (const value of [
      0,
      -1,
      2.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '3',
      null,
      2n,
      2 ** 53,
    ]) {
      const received = /: expected an integer.*, received /;
      const names = { clusters: value, batchSize: value, hidden: [4, value], threads: value };
      for (const [name, option] of Object.entries(names)) {
        if (value === null && name !== 'hidden' && name !== 'clusters') continue; // null stands for the default
        const message = messageOf(wrongOptions({ [name]: option }), INVALID);
        expect(message.startsWith(name)).toBe(true);
        expect(message).toMatch(received);
      }
    }
    expect(messageOf(wrongOptions({ clusters: 2.5 }), INVALID)).toBe(
      'clusters: expected an integer of at least 1, received 2.5',
    );
    expect(messageOf(wrongOptions({ clusters: undefined }), INVALID)).toContain(
      'received undefined',
    );
    for (const [options, name] of [
      [{ pretrain: { epochs: -1 } }, 'pretrain.epochs'],
      [{ joint: { epochs: 0.5 } }, 'joint.epochs'],
      [{ joint: { stepsPerBatch: 0 } }, 'joint.stepsPerBatch'],
      [{ joint: { stepsPerBatch: 2 ** 32 } }, 'joint.stepsPerBatch'],
      [{ joint: { reclusterEvery: { steps: 0 } } }, 'joint.reclusterEvery.steps'],
      [{ settle: { iterations: -5 } }, 'settle.iterations'],
      [{ settle: { iterations: 2 ** 32 } }, 'settle.iterations'],
      [{ seed: -1 }, 'seed'],
      [{ seed: 1.5 }, 'seed'],
      [{ hidden: [] }, 'hidden'],
      [{ hidden: 64 }, 'hidden'],
      [{ hidden: [2 ** 30] }, 'hidden[0]'],
    ] as const) {
      expect(messageOf(wrongOptions(options), INVALID).startsWith(`${name}: expected `)).toBe(true);
    }
  });

  it('that are numbers lie in their ranges', () => {
    for (const [options, name] of [
      [{ weightDecay: -0.1 }, 'weightDecay'],
      [{ weightDecay: '0' }, 'weightDecay'],
      [{ optimizer: { learningRate: 0 } }, 'optimizer.learningRate'],
      [{ optimizer: { beta1: 1 } }, 'optimizer.beta1'],
      [{ optimizer: { momentum: -0.5 } }, 'optimizer.momentum'],
      [{ optimizer: { epsilon: 0 } }, 'optimizer.epsilon'],
      [{ pretrain: { denseFraction: 1.1 } }, 'pretrain.denseFraction'],
      [{ pretrain: { learningRate: Number.POSITIVE_INFINITY } }, 'pretrain.learningRate'],
      [{ joint: { hold: 2 } }, 'joint.hold'],
      [{ joint: { tolerance: -1 } }, 'joint.tolerance'],
      [{ settle: { tolerance: 0 } }, 'settle.tolerance'],
      [{ sparsity: { weight: -1 } }, 'sparsity.weight'],
      [{ sparsity: { relativeWeight: Number.NaN } }, 'sparsity.relativeWeight'],
      [{ sparsity: { l1Ratio: 0 } }, 'sparsity.l1Ratio'],
      [{ distance: { weight: -1 } }, 'distance.weight'],
      [{ distance: { weight: 'heavy' } }, 'distance.weight'],
      [{ init: { normal: 0 } }, 'init.normal'],
    ] as const) {
      expect(messageOf(wrongOptions(options), INVALID).startsWith(`${name}: expected `)).toBe(true);
    }
  });

  it('of other wrong kinds', () => {
    for (const [options, name] of [
      [{ shuffle: 1 }, 'shuffle'],
      [{ standardize: 'yes' }, 'standardize'],
      [{ optimizer: { nesterov: 1 } }, 'optimizer.nesterov'],
      [{ optimizer: 'adam' }, 'optimizer'],
      [{ pretrain: [] }, 'pretrain'],
      [{ joint: null }, 'joint'],
      [{ init: null }, 'init'],
      [{ clusterer: 'mlKMeans' }, 'clusterer'],
      [{ loss: null }, 'loss'],
      [{ loss: {} }, 'loss.evaluate'],
      [{ loss: { evaluate: 5 } }, 'loss.evaluate'],
      [{ loss: { evaluate() {}, targets: 'both' } }, 'loss.targets'],
      [{ loss: { evaluate() {}, outputs: Symbol('n') } }, 'loss.outputs'],
      [{ sparsity: { weight: 1, relativeWeight: 1 } }, 'sparsity'],
      [{ joint: { reclusterEvery: 'hour' } }, 'joint.reclusterEvery'],
    ] as const) {
      expect(messageOf(wrongOptions(options), INVALID).startsWith(`${name}: expected `)).toBe(true);
    }
    for (const options of [null, 'x', 5, []] as unknown[]) {
      const message = messageOf(() => new DeepType(options as DeepTypeOptions), INVALID);
      expect(message).toMatch(/^options: expected an object, received /);
    }
    messageOf(wrongOptions({ backend: 'cuda' }), 'ERR_BACKEND_UNAVAILABLE');
  });

  it('of fit', async () => {
    const model = new DeepType(OPTIONS);
    const start = (options: unknown) => model.fit(rows, y, options as FitOptions);
    expect(await rejection(start({ signal: {} }), INVALID)).toBe(
      'signal: expected an AbortSignal, received an object',
    );
    expect(await rejection(start({ onProgress: 'log' }), INVALID)).toBe(
      "onProgress: expected a function, received 'log'",
    );
    expect(await rejection(start({ warmStart: 1 }), INVALID)).toBe(
      'warmStart: expected true or false, received 1',
    );
    expect(await rejection(start({ onprogress() {} }), INVALID)).toContain(
      "did you mean 'onProgress'?",
    );
    expect(await rejection(start(null), INVALID)).toBe(
      'options: expected an object, received null',
    );
  });
});

describe('calls at the wrong time', () => {
  it('before the first fit throw ERR_NOT_FITTED', async () => {
    const model = new DeepType(OPTIONS);
    const calls: (() => unknown)[] = [
      () => model.predict(rows),
      () => model.predictProba(rows),
      () => model.transform(rows),
      () => model.assign(rows),
      () => model.score(rows, y),
      () => model.labels,
      () => model.centroids,
      () => model.featureImportances,
      () => model.selectedFeatures,
      () => model.classes,
      () => model.network,
      () => model.history,
      () => model.kktResidual,
      () => model.alpha,
      () => model.alphaMax,
    ];
    for (const call of calls) expect(messageOf(call, 'ERR_NOT_FITTED')).toContain('call fit first');
    for (const promise of [
      model.predictAsync(rows),
      model.transformAsync(rows),
      model.assignAsync(rows),
    ])
      await rejection(promise, 'ERR_NOT_FITTED');
  });

  it('with another number of columns throw ERR_SHAPE_MISMATCH, with bad values the rest', async () => {
    const model = new DeepType(OPTIONS);
    await model.fit(rows, y);
    const methods = ['predict', 'predictProba', 'transform', 'assign'] as const;
    for (const method of methods) {
      expect(messageOf(() => model[method]([[1, 2]]), SHAPE)).toBe(
        'X: expected 3 columns as in fit, received 2',
      );
      expect(messageOf(() => model[method]([[1, Number.NaN, 2]]), NON_FINITE)).toContain(
        'received NaN at row 0, column 1',
      );
      messageOf(() => model[method](undefined as never), INVALID);
      messageOf(() => model[method]([]), INVALID);
    }
    for (const method of ['predict', 'transform', 'assign'] as const) {
      const call = model[method].bind(model) as (X: MatrixLike, options: unknown) => unknown;
      expect(messageOf(() => call(rows, { output: 1 }), INVALID)).toContain('only the options out');
      messageOf(() => call(rows, null), INVALID);
    }
    messageOf(() => model.score(rows, y.slice(1)), SHAPE);
    messageOf(() => model.score(rows, y.map(String)), INVALID);
    messageOf(() => model.score(rows, undefined as never), INVALID);
  });
});

describe('a fit that diverges', () => {
  it('says where, gives advice and keeps the last finite weights', async () => {
    for (const [learningRate, name, loss] of [
      [1e6, 'sgd', 'mse'],
      [1e30, 'adam', 'mse'],
      [1e35, 'sgd', 'cross-entropy'],
    ] as const) {
      const model = new DeepType({
        ...OPTIONS,
        loss,
        optimizer: { name, learningRate },
        pretrain: { epochs: 20 },
      });
      const targets = loss === 'mse' ? Float32Array.from(y) : y;
      const message = await rejection(model.fit(rows, targets), 'ERR_DIVERGED');
      expect(message).toMatch(
        /^the loss became non-finite in phase pretrain, epoch \d+, step \d+: lower pretrain.learningRate \(now 1e?\+?\d+\) or standardize the inputs; the last finite weights are kept$/,
      );
      expect(model.network.parameters().every(({ data }) => data.every(Number.isFinite))).toBe(
        true,
      );
      expect(model.predict(rows).length).toBe(20);
      messageOf(() => model.labels, 'ERR_NOT_FITTED');
      messageOf(() => model.kktResidual, 'ERR_NOT_FITTED');
    }
  });

  it('in the joint phase names that phase and its rate', async () => {
    const model = new DeepType({
      ...OPTIONS,
      loss: 'mse',
      optimizer: { name: 'sgd' },
      joint: { epochs: 20, learningRate: 1e7 },
    });
    const message = await rejection(model.fit(rows, Float32Array.from(y)), 'ERR_DIVERGED');
    expect(message).toMatch(
      /phase joint, epoch \d+, step \d+: lower joint.learningRate \(now 10000000\)/,
    );
    await rejection(model.fit(rows, Float32Array.from(y)), 'ERR_DIVERGED');
  });
});

describe('the middle level and the pieces', () => {
  const shape = { inputs: 3, hidden: [4], outputs: 2 };
  const network = new Network(shape);

  it('Network', () => {
    for (const [options, name] of [
      [{ ...shape, inputs: 0 }, 'inputs'],
      [{ ...shape, outputs: 1.5 }, 'outputs'],
      [{ ...shape, hidden: ['4'] }, 'hidden[0]'],
      [{ ...shape, seed: -1 }, 'seed'],
      [{ ...shape, threads: 0 }, 'threads'],
      [undefined, 'inputs'],
    ] as const) {
      const build = () => new Network(options as never);
      expect(messageOf(build, INVALID).startsWith(`${name}: expected `)).toBe(true);
    }
    const large = { inputs: 2 ** 20, hidden: [2 ** 20], outputs: 2 };
    expect(messageOf(() => new Network(large), 'ERR_OUT_OF_MEMORY')).toContain('too large');
    messageOf(() => network.forward([[1, 2]]), SHAPE);
    const parameters = network.parameters();
    expect(messageOf(() => network.load(parameters.slice(1)), INVALID)).toBe(
      'parameters: layers.0.weight: expected an array of numbers, received undefined',
    );
    const replaced = (data: unknown) =>
      parameters.map((p, i) => (i === 0 ? { ...p, data: data as Float32Array } : p));
    expect(messageOf(() => network.load(replaced(new Float32Array(11))), SHAPE)).toBe(
      'parameters: layers.0.weight: expected 12 values, received 11',
    );
    messageOf(() => network.load(replaced(new Float32Array(12).fill(Number.NaN))), NON_FINITE);
    messageOf(() => network.load(replaced(new Array(12).fill(1e39))), NON_FINITE);
    for (const data of [
      new BigInt64Array(12),
      new Array(12).fill(1n),
      new Array(12),
      'abc',
      null,
    ]) {
      messageOf(() => network.load(replaced(data)), INVALID);
    }
    for (const list of [null, 'x', [null], new Array(4)] as unknown[]) {
      messageOf(() => network.load(list as never), INVALID);
    }
    expect(network.parameters()).toEqual(parameters);
  });

  it('Trainer', async () => {
    expect(messageOf(() => new Trainer({ network: {} as Network, clusters: 2 }), INVALID)).toBe(
      'network: expected a Network, received an object',
    );
    messageOf(() => new Trainer({ network, clusters: 0 }), INVALID);
    const trainer = new Trainer({ network, clusters: 2 });
    expect(messageOf(() => trainer.step(rows, [...y, 1]), SHAPE)).toContain('received 21');
    expect(
      messageOf(
        () =>
          trainer.step(
            rows,
            y.map((k) => k + 1),
          ),
        INVALID,
      ),
    ).toBe('y: expected class indices from 0 to 1, received 2');
    expect(messageOf(() => trainer.computeLosses(rows, y, [[1, 2]]), SHAPE)).toBe(
      'centers: expected 4 columns, received 2',
    );
    messageOf(() => trainer.gradients([[1]], [0]), SHAPE);
    messageOf(() => trainer.clusters([[1, 2, 3]]), INVALID);
    for (const options of [null, 5, [], () => {}] as unknown[]) {
      expect(await rejection(trainer.pretrain(rows, y, options as never), INVALID)).toMatch(
        /^options: expected an object/,
      );
      await rejection(trainer.joint(rows, y, options as never), INVALID);
    }
    await rejection(trainer.pretrain(rows, y, { epoch: 1 } as never), INVALID);
    await rejection(trainer.joint(rows.slice(0, 1), [0]), INVALID);
    const disposed = new Network(shape);
    disposed.dispose();
    messageOf(() => new Trainer({ network: disposed, clusters: 2 }), 'ERR_DISPOSED');
    messageOf(() => disposed.parameters(), 'ERR_DISPOSED');
  });

  it('kmeans, KMeans, pca, Scaler, datasets and metrics name argument, expectation and value', () => {
    const messages: [() => unknown, ErrorCode, string][] = [
      [() => kmeans(rows, 0), INVALID, 'k: expected an integer of at least 1, received 0'],
      [() => kmeans(rows, 21), INVALID, 'received 21 clusters for 20 rows'],
      [() => kmeans([[1], [Number.NaN]], 1), NON_FINITE, 'received NaN at row 1, column 0'],
      [() => new KMeans({ clusters: -1 }), INVALID, 'clusters: expected an integer'],
      [() => new KMeans({ clusters: 2 }).labels, 'ERR_NOT_FITTED', 'call fit first'],
      [() => new KMeans({ clusters: 2 }).fit([[1]]), INVALID, 'received 2 clusters for 1 rows'],
      [() => pca(rows, 4), INVALID, 'components: expected an integer from 1 to 3, received 4'],
      [() => pca([[1, 2]], 1), INVALID, 'X: expected at least 2 rows, received 1'],
      [() => new Scaler().transform(rows), 'ERR_NOT_FITTED', 'call fit first'],
      [() => datasets.makeClusters({ samples: 0 }), INVALID, 'samples: expected an integer'],
      [() => datasets.trainTestSplit(rows, [1]), SHAPE, 'y: expected 20 values'],
      [() => metrics.accuracy([1], [1, 2]), SHAPE, 'predicted: expected 1 values'],
      [() => metrics.rSquared([1], [1]), INVALID, 'truth: expected at least 2 rows, received 1'],
      [
        () =>
          metrics.silhouetteScore(
            rows,
            y.map(() => 1),
          ),
        INVALID,
        'distinct labels, received 1',
      ],
    ];
    for (const [call, code, part] of messages) expect(messageOf(call, code)).toContain(part);
  });
});
