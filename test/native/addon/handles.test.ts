import { beforeAll, describe, expect, it } from 'vitest';
import { type Native, native } from '../../../src/native/addon.js';
import type { SessionHandle } from '../../../src/native/session.js';
import { messageOf } from '../../common/coded.js';
import { runProgram } from './running.js';
import {
  classTargets,
  INVALID,
  networkHandle,
  SESSION,
  sessionHandle,
  snapshotHandle,
  WIDTHS,
  X,
} from './subjects.js';

let addon: Native;
beforeAll(() => {
  addon = native();
});

describe('handles', () => {
  it('refuse methods that are borrowed for another object', () => {
    const { infer, dispose } = addon.NetworkHandle.prototype;
    const { epochs, losses } = addon.SessionHandle.prototype;
    const network = networkHandle();
    const session = sessionHandle();
    const calls = [
      () => Reflect.apply(infer, {}, [X, null, null, 1]),
      () => Reflect.apply(infer, undefined, []),
      () => Reflect.apply(infer, session, [X, null, null, 1]),
      () => Reflect.apply(infer, addon.NetworkHandle.prototype, [X, null, null, 1]),
      () => Reflect.apply(infer, Object.create(network), [X, null, null, 1]),
      () => Reflect.apply(infer, new Proxy(network, {}), [X, null, null, 1]),
      () => Reflect.apply(dispose, session, []),
      () => Reflect.apply(epochs, network, [[{}]]),
      () =>
        Reflect.apply(
          losses,
          Reflect.construct(addon.NetworkHandle, [WIDTHS], addon.SessionHandle),
          [X],
        ),
    ];
    // V8 itself looks at the receiver, before the addon could give the error a code.
    for (const call of calls) expect(call).toThrow('Illegal invocation');
  });

  it('refuse what is no handle of the right kind', () => {
    const build = (network: unknown) => () =>
      Reflect.construct(addon.SessionHandle, [network, SESSION]);
    for (const network of [
      undefined,
      null,
      1,
      {},
      sessionHandle(),
      Object.create(networkHandle()),
      X,
    ]) {
      messageOf(build(network), INVALID);
    }
    const disposed = networkHandle();
    disposed.dispose();
    messageOf(build(disposed), INVALID);
  });

  it('are made with new, from complete options', () => {
    expect(() => Reflect.apply(addon.NetworkHandle, undefined, [WIDTHS])).toThrow(TypeError);
    const network = (options: unknown) => () => Reflect.construct(addon.NetworkHandle, [options]);
    messageOf(network(undefined), INVALID);
    messageOf(network({ ...WIDTHS, widths: [2, 3] }), INVALID);
    messageOf(network({ ...WIDTHS, widths: [2, -3, 2] }), INVALID);
    messageOf(network({ ...WIDTHS, widths: 'abc' }), INVALID);
    for (const width of [2 ** 40, Number.POSITIVE_INFINITY, Number.NaN, 2.5]) {
      messageOf(network({ ...WIDTHS, widths: [2, width, 2] }), INVALID);
    }
    messageOf(network({ ...WIDTHS, activation: 'none' }), INVALID);
    const session = (options: object) => () =>
      Reflect.construct(addon.SessionHandle, [networkHandle(), { ...SESSION, ...options }]);
    for (const key of ['loss', 'penalty', 'distance', 'optimizer']) {
      messageOf(session({ [key]: 'none' }), INVALID);
      messageOf(session({ [key]: 5 }), INVALID);
    }
  });

  it('of snapshots give bytes and take them within the arrays that there are', async () => {
    const session = sessionHandle();
    const snapshot = snapshotHandle();
    messageOf(() => session.restore(snapshot), INVALID); // no table is loaded
    session.load(X, classTargets(Int32Array.of(0, 0, 1, 1)));
    const refused = { code: INVALID };
    await expect(session.restore(snapshot)).rejects.toMatchObject(refused); // empty: it does not fit
    await session.capture(snapshot);
    const { length } = snapshot.arrays().find(({ name }) => name === 'parameters')!;
    expect(length).toBeGreaterThanOrEqual(2 * 3 + 3 + 3 * 2 + 2); // with what aligns them
    const bytes = new Uint8Array(4 * length);
    for (let at = 0; at < bytes.length; at += 8) {
      snapshot.read('parameters', at, bytes.subarray(at, Math.min(at + 8, bytes.length)));
    }
    for (const [name, begin, count] of [
      ['other', 0, 4],
      ['parameters', -1, 4],
      ['parameters', 4 * length, 1],
      ['parameters', 2, 4 * length - 1],
      ['parameters', Number.NaN, 1],
      ['steps', 4, 8],
    ] as const) {
      messageOf(() => snapshot.read(name, begin, new Uint8Array(count)), INVALID);
    }
    messageOf(() => Reflect.apply(snapshot.read, snapshot, ['steps', 0, [1]]), INVALID);

    const copy = snapshotHandle();
    messageOf(() => copy.append('parameters', bytes), INVALID); // nothing was reserved
    messageOf(() => copy.reserve('parameters', -1), INVALID);
    messageOf(() => copy.reserve('parameters', 2 ** 52), 'ERR_OUT_OF_MEMORY');
    for (const { name, type, length: count } of snapshot.arrays()) {
      const whole = new Uint8Array(count * (type === 'F64' ? 8 : 4));
      snapshot.read(name, 0, whole);
      copy.reserve(name, count);
      if (type !== 'F64') messageOf(() => copy.append(name, new Uint8Array(3)), INVALID);
      copy.append(name, whole);
    }
    messageOf(() => copy.append('parameters', new Uint8Array(4)), INVALID); // more than was reserved
    messageOf(() => copy.append('steps', new Uint8Array(4)), INVALID);
    const negative = new Uint8Array(Float64Array.of(-1).buffer);
    messageOf(() => copy.append('steps', negative), INVALID);
    expect(copy.arrays()).toEqual(snapshot.arrays());
    await session.restore(copy);
  });

  it('of snapshots that share memory do not change one another', async () => {
    const network = networkHandle();
    const session = new addon.SessionHandle(network, SESSION);
    session.load(X, classTargets(Int32Array.of(0, 0, 1, 1)));
    const own = snapshotHandle();
    await session.capture(own);
    const shared = new addon.SnapshotHandle(own);
    const bytesOf = (snapshot: typeof own) => {
      const bytes = new Uint8Array(4 * (2 * 3 + 3));
      snapshot.read('parameters', 0, bytes);
      return bytes;
    };
    const before = bytesOf(shared);
    network.writeParameters([6, 3, 6, 2].map((count) => new Float32Array(count)));
    const taken = session.capture(own);
    messageOf(() => own.arrays(), 'ERR_BUSY');
    messageOf(() => session.capture(shared), 'ERR_BUSY'); // one call at a time
    expect(bytesOf(shared)).toEqual(before);
    own.dispose();
    await taken;
    messageOf(() => own.arrays(), 'ERR_DISPOSED');
    messageOf(() => new addon.SnapshotHandle(own), 'ERR_DISPOSED');
    messageOf(() => Reflect.construct(addon.SnapshotHandle, [network]), INVALID);
    messageOf(() => session.capture(own), 'ERR_DISPOSED');
    await session.restore(shared);
    expect(bytesOf(shared)).toEqual(before);
  });

  it('say that they are disposed, and may be disposed twice', () => {
    const network = networkHandle();
    network.dispose();
    network.dispose();
    messageOf(() => network.infer(X, null, null, 1), 'ERR_DISPOSED');
    const session = sessionHandle();
    session.dispose();
    session.dispose();
    session.stop();
    messageOf(() => session.clusters(), 'ERR_DISPOSED');
    messageOf(() => session.represent(), 'ERR_DISPOSED');
  });

  it('check the shapes of what they read and fill', () => {
    const network = networkHandle();
    messageOf(() => network.infer({ ...X, rows: 2, columns: 4 }, null, null, 1), INVALID);
    messageOf(() => network.infer(X, new Float32Array(11), null, 1), INVALID);
    messageOf(() => network.infer(X, null, new Float32Array(9), 1), INVALID);
    messageOf(() => network.inputNorms(new Float32Array(3)), INVALID);
    messageOf(() => network.readParameters([]), INVALID);
    messageOf(() => network.writeParameters([new Float32Array(6)]), INVALID);
    const session = sessionHandle();
    messageOf(() => session.load(X, classTargets(new Int32Array(3))), INVALID);
    messageOf(() => session.load(X, classTargets(Int32Array.of(0, 1, 2, 0))), INVALID);
    messageOf(() => session.load(X, classTargets(Int32Array.of(0, 1, -1, 0))), INVALID);
    messageOf(
      () => session.load(X, { ...classTargets(new Int32Array(4)), classes: null, values: X }),
      INVALID,
    );
    session.load(X, classTargets(Int32Array.of(0, 0, 1, 1)));
    const centroids = { data: new Float32Array(6), rows: 2, columns: 3 };
    messageOf(() => session.setClusters(centroids, Int32Array.of(0, 0, 1, 2)), INVALID);
    messageOf(() => session.setClusters(centroids, Int32Array.of(0, 0, 1)), INVALID);
    messageOf(
      () => session.setClusters({ ...centroids, rows: 3, columns: 2 }, new Int32Array(4)),
      INVALID,
    );
  });

  it('of a session with a loss of values check their width, pairs and weights', () => {
    const values = (columns: number, rows = 4) => ({
      ...classTargets(new Int32Array(0)),
      classes: null,
      values: { data: new Float32Array(rows * columns), rows, columns },
    });
    const sessionOf = (options: object): SessionHandle =>
      Reflect.construct(addon.SessionHandle, [networkHandle(), { ...SESSION, ...options }]);
    for (const loss of ['mse', 'mae', 'huber', 'bce']) {
      const session = sessionOf({ loss });
      for (const bad of [values(1), values(3), values(2, 3)]) {
        messageOf(() => session.load(X, bad), INVALID);
        messageOf(() => session.holdOut(X, bad), INVALID);
        messageOf(() => session.losses(X, bad, null), INVALID);
      }
      for (const count of [0, 3, 5]) {
        const weights = new Float32Array(count);
        messageOf(() => session.load(X, { ...values(2), weights }), INVALID);
      }
      session.load(X, { ...values(2), weights: new Float32Array(4).fill(1) });
    }
    messageOf(() => sessionOf({ loss: 'cox' }).load(X, values(2)), INVALID); // two outputs
    const pairs = sessionOf({ pairWeight: 1 });
    const graph = (i: number[], j: number[], weights: number[]) => ({
      ...classTargets(new Int32Array(4)),
      graph: { i: Int32Array.from(i), j: Int32Array.from(j), weights: Float32Array.from(weights) },
    });
    for (const bad of [
      graph([0], [4], [1]),
      graph([-1], [2], [1]),
      graph([1], [1], [1]),
      graph([0, 1], [1], [1]),
      graph([0], [1, 2], [1]),
      graph([0], [1], []),
    ]) {
      messageOf(() => pairs.load(X, bad), INVALID);
    }
    pairs.load(X, graph([0], [3], [1]));
    const centroids = { data: new Float32Array(4), rows: 2, columns: 2 };
    messageOf(() => pairs.losses(X, classTargets(new Int32Array(4)), centroids), INVALID);
  });

  it('are not misled by arrays that are taken away while they are read or used', () => {
    const take = ({ buffer }: Float32Array | Float64Array) => {
      if (buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] });
    };
    const x = () => ({ ...X, data: X.data.slice() });
    const targets = classTargets(Int32Array.of(0, 0, 1, 1));
    const expected = sessionHandle().losses(X, targets, null);
    const mine = x();
    const { classes } = targets;
    const sly = {
      ...targets,
      get classes() {
        take(mine.data);
        return classes;
      },
    };
    expect(sessionHandle().losses(mine, sly, null)).toEqual(expected);
    // By a caller's loss, before the backward pass reads the rows again.
    const theirs = x();
    const values = { ...targets, classes: null, values: X };
    const evaluate = (_: Float32Array, gradient: Float32Array) => {
      if (theirs.data.length > 0) take(theirs.data);
      gradient.fill(1);
      return 1;
    };
    const arrays = () => [6, 3, 6, 2].map((length) => new Float32Array(length));
    const options = { ...SESSION, lossTargets: 'values', evaluate };
    const gradient = arrays();
    const network = networkHandle();
    const session: SessionHandle = Reflect.construct(addon.SessionHandle, [network, options]);
    session.gradients(theirs, values, null, 0, 0, gradient);
    expect(theirs.data.length).toBe(0);
    const again = arrays();
    session.gradients(X, values, null, 0, 0, again);
    expect(gradient).toEqual(again);
    // A buffer that only says that it is shared is copied.
    const feigned = x();
    Object.defineProperty(feigned.data, 'buffer', { value: {} });
    session.load(feigned, values);
    const centroids = { data: Float64Array.of(0, 0, 9, 0), rows: 2, columns: 2 };
    const labels = new Int32Array(4);
    const slyX = {
      ...X,
      get rows() {
        take(centroids.data);
        return 4;
      },
    };
    expect(addon.assign(slyX, centroids, labels, 1)).toBe(2);
    expect([...labels]).toEqual([0, 0, 1, 1]);
  });

  it('tell V8 of the memory they keep, and take it back', () => {
    const ended = runProgram(`
      const external = () => { gc(); return addon.externalMemory(); };
      const kept = () => Math.round(Math.max(0, external() - before) / 2 ** 20);
      const widths = { ...${JSON.stringify(WIDTHS)}, widths: [1024, 1024, 2] };
      const x = { data: new Float32Array(2 ** 21).fill(1), rows: 2048, columns: 1024 };
      const targets = { classes: new Int32Array(2048), values: null, weights: null, graph: null };
      const before = external();
      let network = new addon.NetworkHandle(widths);
      const told = [kept()];
      let session = new addon.SessionHandle(network, ${JSON.stringify(SESSION)});
      told.push(kept());
      session.load(x, targets);
      told.push(kept());
      session.load(x, targets);
      session.holdOut(x, targets);
      told.push(kept());
      session.dispose();
      network.dispose();
      told.push(kept());
      network = new addon.NetworkHandle(widths);
      session = new addon.SessionHandle(network, ${JSON.stringify(SESSION)});
      network = session = null;
      // Finalizers run in time slices of the event loop, some of them after the collection.
      const tell = (rounds) => setTimeout(() => {
        gc();
        if (kept() > 0 && rounds > 0) tell(rounds - 1);
        else console.log(...told, kept());
      }, 10);
      tell(1000);
    `);
    // 4 MB of weights, 16 MB that training adds, 8 MB for each table.
    expect(ended).toEqual({ status: 0, output: '4 20 28 36 0 0', errors: '' });
  });

  it('are collected before their memory piles up, without a call of gc', () => {
    const ended = runProgram(`
      let collected = 0;
      const registry = new FinalizationRegistry(() => { collected++; });
      (async () => {
        for (let k = 0; k < 200 && collected === 0; k++) {
          registry.register(new addon.NetworkHandle(${JSON.stringify({ ...WIDTHS, widths: [1024, 1024, 2] })}));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        console.log(collected > 0);
      })();
    `);
    expect(ended).toEqual({ status: 0, output: 'true', errors: '' });
  });

  it('of handles that were never finished survive garbage collection', () => {
    const ended = runProgram(`
      for (let i = 0; i < 1000; i++) {
        try { new addon.SessionHandle({}, {}); } catch {}
        try { new addon.NetworkHandle({ widths: [1] }); } catch {}
        new addon.NetworkHandle(${JSON.stringify(WIDTHS)});
      }
      gc();
      setImmediate(() => { gc(); console.log('alive'); });
    `);
    expect(ended).toEqual({ status: 0, output: 'alive', errors: '' });
  });
});
