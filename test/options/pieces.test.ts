import { describe, expect, it } from 'vitest';
import {
  datasets,
  type ErrorCode,
  KMeans,
  kmeans,
  metrics,
  Network,
  pca,
  Scaler,
  Trainer,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { INVALID, NON_FINITE, rejection, rows, SHAPE, y } from './refusals.js';

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
      [() => kmeans(rows, 0), INVALID, 'k: expected an integer from 1 to 20'],
      [() => kmeans(rows, 21), INVALID, 'k: expected an integer from 1 to 20'],
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
