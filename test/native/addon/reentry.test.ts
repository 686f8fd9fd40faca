// Arguments whose getters call back into the addon, or take away the memory of the other arguments.
import { expect, it } from 'vitest';
import { type NetworkHandle, native } from '../../../src/native/addon.js';
import { messageOf } from '../../common/coded.js';
import { INVALID, networkHandle, SESSION, sessionHandle, X } from './subjects.js';

const values = (n: number): Float32Array => new Float32Array(n);
const parameters = (): Float32Array[] => [values(6), values(3), values(6), values(2)];
function detach(array: Float32Array): void {
  const buffer = array.buffer as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
}
/** The same matrix, which does something when it is read. */
function reading(matrix: typeof X, act: () => void): typeof X {
  return {
    ...matrix,
    get rows() {
      act();
      return matrix.rows;
    },
  };
}

it('a network that is disposed of while its arguments are read is not used', () => {
  const list = (network: NetworkHandle): Float32Array[] =>
    Object.defineProperty(parameters(), 1, {
      get: () => {
        network.dispose();
        return values(3);
      },
    });
  const calls: ((network: NetworkHandle) => void)[] = [
    (network) =>
      network.infer(
        reading(X, () => network.dispose()),
        values(12),
        null,
        1,
      ),
    (network) => network.writeParameters(list(network)),
    (network) => network.readParameters(list(network)),
  ];
  for (const call of calls) {
    const network = networkHandle();
    messageOf(() => call(network), 'ERR_DISPOSED');
  }
});

it('a number is never converted, which would run the code of the caller', () => {
  const network = networkHandle();
  const x = { ...X, data: Float32Array.from(X.data) };
  const threads = { valueOf: () => detach(x.data) } as unknown as number;
  messageOf(() => network.infer(x, values(12), null, threads), INVALID);
  expect(x.data.length).toBe(8);
});

it('an array that a later argument detaches is refused', () => {
  const v = { ...X, data: Float32Array.from(X.data) };
  const u = reading(X, () => detach(v.data));
  messageOf(() => native().hierarchical(v, u, 0.1, 0, 1), INVALID);
});

it('a table is not clustered into more clusters than rows in the middle of an epoch', () => {
  const session = sessionHandle();
  const targets = { classes: Int32Array.of(0, 0, 1, 1), values: null, weights: null, graph: null };
  session.load(X, targets);
  const cluster = {
    clusters: 5,
    warm: false,
    restarts: 1,
    maxIterations: 1,
    tolerance: 0,
    hold: 0,
  };
  const rates = { learningRate: 0.1, alpha: 0, beta: 1, alphaWarmup: 0 };
  const batches = { batchSize: 4, shuffle: true, stepsPerBatch: 1, checkInputs: false };
  const plan = { joint: false, ...rates, ...batches, clusterEveryBatch: false, cluster };
  messageOf(() => session.epochs([{ ...plan, clusterEverySteps: 1 }]), INVALID);
});

it('a loss that is added to another is none by itself', () => {
  const { SessionHandle } = native();
  const options = { ...SESSION, loss: 'knowledge-graph' };
  messageOf(() => new SessionHandle(networkHandle(), options), INVALID);
});
