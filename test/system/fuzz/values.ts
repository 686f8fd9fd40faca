import fc from 'fast-check';
import { Matrix, mlKMeans } from '../../../src/index.js';
import { mostly, options, some, X32 } from './junk.js';
import { X, Y } from './tables.js';

export const table = some(X, X, X32, { data: new Float64Array(8), rows: 4, columns: 2 });
export const labels = some(Y, Y, Int32Array.from(Y), ['a', 'b', 'a', 'b'], [5, 2 ** 40, 5, 5]);
export const values = some(Y, Float32Array.from(Y), X, [0.1, 0.2, 0.3, 1e30]);
export const survival = options({ time: some(Y, [0.5, 1, 1, 3]), event: some(Y, [1, 0, 1, 1]) });
export const targets = fc.oneof(labels, values, survival);
export const vector = some(Y, Float64Array.from(Y), [0.5, 1, 2, 3]);
export const size = some(1, 2, 3);
export const seed = mostly(0, 1, 2 ** 52);
export const threads = mostly('auto', 1, 2);
export const flag = mostly(true, false);
export const share = mostly(0, 0.5, 1);
export const rate = mostly(1e-3, 1, 1e6, 1e30);
export const out = options({
  out: some(new Int32Array(4), new Float32Array(4), new Float32Array(12), []),
});
/** Functions whose result is junk, or what they should return. */
const returning = (...valid: unknown[]) => mostly(...valid).map((value) => () => value);
const gradient = mostly(new Float32Array(4), new Float32Array(8), new Float64Array(4));
const evaluate = fc.oneof(
  fc.record({ loss: mostly(1, 0.5), gradient }).map((value) => () => value),
  returning(undefined),
);
export const loss = mostly('cross-entropy', 'cross-entropy', 'bce', 'mse', 'mae', 'huber', 'cox', {
  evaluate: (o: Matrix) => ({ loss: 1, gradient: o.data }),
});
const knowledgeGraph = options({
  name: some('knowledge-graph'),
  base: loss,
  pairs: some([{ i: 0, j: 3, weight: 2 }], { i: [0, 1], j: [1, 2] }, [{ i: 1, j: 1 }], []),
  weight: mostly(0, 1),
});
export const anyLoss = fc.oneof(
  { weight: 4, arbitrary: loss },
  { weight: 1, arbitrary: knowledgeGraph },
  {
    weight: 1,
    arbitrary: options({ evaluate, targets: mostly('classes', 'values'), outputs: size }),
  },
);
export const centroids = mostly(
  [
    [0, 0, 0],
    [1, 1, 1],
  ],
  new Matrix(new Float32Array(6), 2, 3),
);
export const clusterer = fc.oneof(
  mostly(mlKMeans),
  fc.record({ labels: mostly(Int32Array.from(Y), Y), centroids }).map((value) => () => value),
);
export const epochs = mostly(0, 1).map((n) => (n === 3 || n === 7 ? 1 : n)); // valid ones stay cheap
