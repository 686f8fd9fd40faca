// A fit of a model that was fitted before: what stays, what answers meanwhile, what takes its place and when.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Clusterer,
  DeepType,
  type DeepTypeOptions,
  datasets,
  type FitOptions,
  KMeans,
  type PrimaryLoss,
  type ProgressEvent,
} from '../../../src/index.js';
import { messageOf } from '../../common/coded.js';
import { asyncCallsOf, callsOf } from '../../reference/calls.js';
import { QUICK, X, y } from './models.js';
import { programArguments, ROOT } from './programs.js';

const folder = mkdtempSync(join(tmpdir(), 'deeptype-refit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const other = datasets.makeClusters({ samples: 200, features: 12, clusters: 3, seed: 8 });
const MODES: [string, FitOptions][] = [
  ['afresh', {}],
  ['by a warm start', { warmStart: true }],
];

/** All that a model says, as something that compares to the bit. */
function saysOf(model: DeepType): unknown[] {
  return callsOf(model, X, y)
    .filter((call) => !/network/.test(String(call)))
    .map((call) => call());
}

/** A loss and a clusterer of the caller's that do as `act` says, which is told how many calls there were. */
function ownFunctions() {
  const own = {
    calls: 0,
    clusterings: 0,
    /** From which call on the gradient is too large. */
    spoilt: Infinity,
    act: (_calls: number, _clusterings: number) => {},
  };
  const loss: PrimaryLoss = {
    targets: 'classes',
    outputs: 3,
    evaluate: (outputs, targets) => {
      own.act(++own.calls, 0);
      let sum = 0;
      const gradient = outputs.data.map((o, i) => {
        const error = o - (targets[Math.floor(i / 3) as never] === i % 3 ? 1 : 0);
        sum += error * error;
        return (2 * error) / outputs.rows;
      });
      if (own.calls >= own.spoilt) gradient.fill(3e38);
      return { loss: sum / outputs.rows, gradient };
    },
  };
  const clusterer: Clusterer = (representation, clusters) => {
    own.act(0, ++own.clusterings);
    const kmeans = new KMeans({ clusters, nInit: 1 }).fit(representation);
    return { labels: kmeans.labels, centroids: kmeans.centroids };
  };
  const begin = (act = own.act) => Object.assign(own, { calls: 0, clusterings: 0, act });
  return { own, begin, options: { ...QUICK, loss, clusterer } as DeepTypeOptions };
}

describe.each(MODES)('a fit %s of a model that was fitted', (_, mode) => {
  it('that is aborted at any of ten moments leaves the model what it was, to the bit', async () => {
    const { own, begin, options } = ownFunctions();
    const model = new DeepType(options);
    await model.fit(X, y);
    const before = saysOf(model);
    const bytes = model.toBytes();
    const copy = DeepType.fromBytes(bytes, {
      loss: options.loss,
      clusterer: options.clusterer,
    } as never);
    begin(() => {});
    const { history } = await copy.fit(other.X, other.y, mode);
    expect(new Set(history.map(({ phase }) => phase))).toEqual(
      new Set(['pretrain', 'joint', 'settle']),
    );
    const total = own.calls;
    const phases = new Set<unknown>();
    for (let moment = 0; moment < 10; moment++) {
      const controller = new AbortController();
      const at = 1 + Math.floor((total * moment) / 10);
      begin((calls) => {
        if (calls === at) controller.abort(at);
      });
      const { signal } = controller;
      const onProgress = ({ phase }: { phase: string }) => phases.add(phase);
      const fit = model.fit(other.X, other.y, { ...mode, signal, onProgress });
      await expect(fit).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: at });
      expect(saysOf(model)).toStrictEqual(before);
      expect(model.toBytes()).toStrictEqual(bytes);
    }
    expect(phases.has('pretrain') && phases.has('joint')).toBe(true);
    begin(() => {});
    await model.fit(other.X, other.y, mode);
    expect(saysOf(model)).toStrictEqual(saysOf(copy)); // as of a fit that was never disturbed
    expect(saysOf(model)).not.toStrictEqual(before);
  });

  it('that is aborted in any phase, K being chosen, leaves the model what it was', async () => {
    const model = new DeepType({ ...QUICK, clusters: { min: 2, max: 4 } });
    await model.fit(X, y);
    const before = saysOf(model);
    const chosen = mode.warmStart === true ? [] : (['choose'] as const); // a warm start keeps its K
    for (const phase of ['pretrain', ...chosen, 'joint', 'settle'] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      const onProgress = (event: ProgressEvent) => event.phase === phase && controller.abort(phase);
      const fit = model.fit(other.X, other.y, { ...mode, signal, onProgress });
      await expect(fit).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: phase });
      expect(saysOf(model)).toStrictEqual(before);
    }
  });

  it('that fails leaves it what it was: callbacks, divergence, tables, files', async () => {
    const { own, begin, options } = ownFunctions();
    const model = new DeepType(options);
    await model.fit(X, y);
    const before = saysOf(model);
    const mine = new RangeError('mine');
    const fail = () => {
      throw mine;
    };
    const failures: [FitOptions, (calls: number, clusterings: number) => void, unknown][] = [
      [{}, (calls) => calls === 1 && fail(), mine],
      [{}, (calls) => calls === 40 && fail(), mine],
      [{}, (_calls, clusterings) => clusterings === 1 && fail(), mine],
      [{}, (_calls, clusterings) => clusterings === 2 && fail(), mine],
      [{ onProgress: fail }, () => {}, mine],
      [{ checkpoint: { path: join(folder, 'no', 'where') } }, () => {}, { code: 'ERR_IO' }],
      [{ sampleWeight: [1, 2] }, () => {}, { code: 'ERR_SHAPE_MISMATCH' }],
    ];
    for (const [given, act, error] of failures) {
      begin(act);
      const rejected = await model.fit(other.X, other.y, { ...mode, ...given }).catch((e) => e);
      if (error === mine) expect(rejected).toBe(mine);
      else expect(rejected).toMatchObject(error as object);
      expect(saysOf(model)).toStrictEqual(before);
    }
    begin(() => {});
    own.spoilt = 10;
    await expect(model.fit(other.X, other.y, mode)).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    expect(saysOf(model)).toStrictEqual(before);
    own.spoilt = Infinity;
    const holed = other.X.toArray();
    holed[3]![4] = Number.NaN;
    await expect(model.fit(holed, other.y, mode)).rejects.toMatchObject({
      code: 'ERR_NON_FINITE_INPUT',
    });
    expect(saysOf(model)).toStrictEqual(before);
  });

  it('for which there is not enough memory leaves it what it was', async () => {
    const model = new DeepType({ ...QUICK, clusters: 1, hidden: [300], standardize: false });
    await model.fit(X, y);
    const before = saysOf(model);
    const columns = 2 ** 23; // with 300 units more than 2^31 weights
    const wide = { data: new Float32Array(2 * columns), rows: 2, columns };
    const code = mode.warmStart === true ? 'ERR_SHAPE_MISMATCH' : 'ERR_OUT_OF_MEMORY';
    await expect(model.fit(wide, [0, 1], mode)).rejects.toMatchObject({ code });
    expect(saysOf(model)).toStrictEqual(before);
  });

  it('lets it answer meanwhile from what it was, and save it', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const before = saysOf(model);
    const twins = await Promise.all(asyncCallsOf(model, X));
    const path = join(folder, 'meanwhile');
    const { network } = model;
    const parameters = network.parameters();
    let asked = 0;
    const onProgress = () => {
      asked++;
      expect(saysOf(model)).toStrictEqual(before);
    };
    const fit = model.fit(other.X, other.y, { ...mode, onProgress });
    const running = asyncCallsOf(model, X);
    await model.save(path);
    const result = await fit;
    expect(await Promise.all(running)).toStrictEqual(twins);
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(saysOf(await DeepType.load(path))).toStrictEqual(before);
    expect(model.result).toBe(result);
    expect(model.labels.length).toBe(200);
    // What the caller has is his: the network of the first fit.
    expect(model.network).not.toBe(network);
    expect(network.parameters()).toEqual(parameters);
    expect(network.forward(X).rows).toBe(300);
  });

  it('or throws ERR_BUSY where that is asked for', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const fit = model.fit(X, y, { ...mode, whileFitting: 'busy' });
    for (const call of callsOf(model, X, y)) messageOf(call, 'ERR_BUSY');
    for (const promise of asyncCallsOf(model, X)) {
      await expect(promise).rejects.toMatchObject({ code: 'ERR_BUSY' });
    }
    await fit;
    for (const call of callsOf(model, X, y)) call();
    const words = {
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(/^whileFitting: /),
    };
    const bad = model.fit(X, y, { whileFitting: 'wait' } as never);
    await expect(bad).rejects.toMatchObject(words);
  });

  it('refuses another fit beside it', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const fit = model.fit(other.X, other.y, mode);
    await expect(model.fit(X, y)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect(await fit).toBe(model.result);
  });

  it('takes the place of the old one when it is stopped', async () => {
    const model = new DeepType({ ...QUICK, pretrain: { epochs: 3 } });
    await model.fit(X, y);
    const before = saysOf(model);
    const fit = model.fit(other.X, other.y, { ...mode, onProgress: () => model.stop() });
    expect((await fit).stopReason).toBe('stopped');
    expect(model.result.stopReason).toBe('stopped');
    expect(saysOf(model)).not.toStrictEqual(before);
    expect(model.labels.length).toBe(200);
  });

  it('is aborted when the model is disposed of', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const expected = model.predict(X);
    let pending: Promise<unknown> | undefined;
    const onProgress = () => {
      pending ??= model.predictAsync(X);
      model.dispose();
    };
    const fit = model.fit(other.X, other.y, { ...mode, onProgress });
    await expect(fit).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await pending).toStrictEqual(expected);
    for (const call of callsOf(model, X, y)) messageOf(call, 'ERR_DISPOSED');
  });
});

describe('a warm start', () => {
  it('gives the bits that training the network itself gives, and leaves the copy alone', async () => {
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    const twin = DeepType.fromBytes(model.toBytes());
    await Promise.all([model, twin].map((each) => each.fit(X, y, { warmStart: true })));
    expect(saysOf(twin)).toStrictEqual(saysOf(model));
    const again = await model.fit(X, y, { warmStart: true });
    expect(again.alpha).toBe(twin.alpha);
  });
});

describe('a model whose first fit was aborted', () => {
  it('keeps what it had reached until another fit has reached more, and is busy meanwhile', async () => {
    const { begin, options } = ownFunctions();
    const model = new DeepType(options);
    const abortAt = (at: number, warmStart: boolean) => {
      const controller = new AbortController();
      begin((calls) => {
        if (calls === at) controller.abort();
      });
      const fit = model.fit(X, y, { signal: controller.signal, warmStart });
      return { fit, aborted: expect(fit).rejects.toMatchObject({ code: 'ERR_ABORTED' }) };
    };
    await abortAt(20, false).aborted;
    const reached = model.network.parameters();
    messageOf(() => model.labels, 'ERR_NOT_FITTED');
    const { aborted } = abortAt(20, true);
    messageOf(() => model.predict(X), 'ERR_BUSY');
    await aborted;
    const further = model.network.parameters();
    expect(further).not.toEqual(reached);
    expect((model.predict(X) as number[]).length).toBe(300);
  });
});

describe('a process that is killed in a refit', () => {
  it('leaves the files of the model that was saved before', async () => {
    const path = join(folder, 'killed');
    const model = new DeepType(QUICK);
    await model.fit(X, y);
    await model.save(path);
    const body = `
      const model = await DeepType.load(${JSON.stringify(path)});
      const again = new DeepType({ ...endless });
      await again.fit(X, y, { onProgress: () => again.stop() });
      for (const each of [model, again]) await each.save(${JSON.stringify(`${path}-`)} + (each === model));
      again.fit(X, y, { warmStart: true, onProgress: () => {} });
      setTimeout(() => again.save(${JSON.stringify(path)} + '-false').then(() => console.log('on')), 100);
    `;
    const child = spawn(process.execPath, programArguments(body), { cwd: ROOT });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    for (const name of [path, `${path}-true`]) {
      expect(saysOf(await DeepType.load(name))).toStrictEqual(saysOf(model));
    }
    expect((await DeepType.load(`${path}-false`)).result.stopReason).toBe('stopped');
  });
});
