import { describe, expect, it } from 'vitest';
import { DeepType, type DeepTypeOptions, type FitOptions } from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { INVALID, OPTIONS, rejection, rows, y } from './refusals.js';

const wrongOptions = (options: object): (() => unknown) => {
  return () => new DeepType({ ...OPTIONS, ...options });
};

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
      expect(message).toMatch(new RegExp(`^${name}: unknown option '.*; the options are `));
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
      [{ standardizeTargets: 1 }, 'standardizeTargets'],
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
