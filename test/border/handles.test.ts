import { beforeAll, describe, expect, it } from 'vitest';
import { type Native, native } from '../../src/native.js';
import { messageOf } from '../coded.js';
import { runProgram } from './running.js';
import {
  classTargets,
  INVALID,
  networkHandle,
  SESSION,
  sessionHandle,
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
    const { epoch, losses } = addon.SessionHandle.prototype;
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
      () => Reflect.apply(epoch, network, [{}]),
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
