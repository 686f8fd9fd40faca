// Options under other names, in other places and in short: the message names the place.
import { describe, expect, it } from 'vitest';
import {
  DeepType,
  type DeepTypeOptions,
  datasets,
  type FitOptions,
  KMeans,
  Lasso,
  Network,
  Trainer,
} from '../../src/index.js';
import { messageOf } from '../common/coded.js';
import { INVALID, OPTIONS, rejection, rows, y } from './refusals.js';

const hintOf = (call: () => unknown): string | undefined =>
  /unknown option '.*?' \((.*?)\); the options are /.exec(messageOf(call, INVALID))?.[1];
const model = (options: object) => () => new DeepType({ ...OPTIONS, ...options });

describe('an option of DeepType that there is not', () => {
  it.each([
    ['epochs', "did you mean 'pretrain.epochs' or 'joint.epochs'?"],
    ['n_epochs', "did you mean 'pretrain.epochs' or 'joint.epochs'?"],
    ['max_iter', "did you mean 'pretrain.epochs' or 'joint.epochs'?"],
    ['iterations', "did you mean 'settle.iterations'?"],
    ['learningRate', "did you mean 'optimizer.learningRate'?"],
    ['learning_rate', "did you mean 'optimizer.learningRate'?"],
    ['lr', "did you mean 'optimizer.learningRate'?"],
    ['momentum', "did you mean 'optimizer.momentum'?"],
    ['alpha', "did you mean 'sparsity.weight'?"],
    ['penalty', "did you mean 'sparsity.penalty'?"],
    ['l1_ratio', "did you mean 'sparsity.l1Ratio'?"],
    ['beta', "did you mean 'distance.weight'?"],
    ['metric', "did you mean 'distance.metric'?"],
    ['weight', "did you mean 'sparsity.weight' or 'distance.weight'?"],
    ['n_clusters', "did you mean 'clusters'?"],
    ['k', "did you mean 'clusters'?"],
    ['random_state', "did you mean 'seed'?"],
    ['hidden_layer_sizes', "did you mean 'hidden'?"],
    ['batch_size', "did you mean 'batchSize'?"],
    ['n_jobs', "did you mean 'threads'?"],
    ['device', "did you mean 'backend'?"],
    ['early_stopping', "did you mean 'validation'?"],
    ['validation_fraction', "did you mean 'validation.fraction'?"],
    ['patience', "did you mean 'validation.patience'?"],
    ['verbose', "'onProgress' is an option of fit"],
    ['signal', "'signal' is an option of fit"],
    ['sample_weight', "'sampleWeight' is an option of fit"],
    ['warmStart', "'warmStart' is an option of fit"],
    ['n_init', undefined],
    ['zebra', undefined],
  ])('%s', (name, hint) => {
    expect(hintOf(model({ [name]: 1 }))).toBe(hint);
  });

  it('but in a group, or in another', () => {
    expect(hintOf(model({ joint: { epoch: 3 } }))).toBe("did you mean 'epochs'?");
    expect(hintOf(model({ joint: { momentum: 0.9 } }))).toBe("did you mean 'optimizer.momentum'?");
    expect(hintOf(model({ optimizer: { epochs: 9 } }))).toBe(
      "did you mean 'pretrain.epochs' or 'joint.epochs'?",
    );
    expect(hintOf(model({ sparsity: { alpha: 9 } }))).toBe("did you mean 'sparsity.weight'?");
  });

  it('of fit and of the model, each given to the other', async () => {
    const refusalOf = (options: object) =>
      rejection(new DeepType(OPTIONS).fit(rows, y, options as FitOptions), INVALID);
    expect(await refusalOf({ epochs: 5 })).toContain(
      "'epochs' ('pretrain.epochs' or 'joint.epochs' is an option of new DeepType)",
    );
    expect(await refusalOf({ clusters: 5 })).toContain("('clusters' is an option of new DeepType)");
    expect(await refusalOf({ verbose: 1 })).toContain("(did you mean 'onProgress'?)");
  });
});

describe('options of other classes', () => {
  it('are told by the names that these have', () => {
    const kmeans = (options: object) => () => new KMeans({ clusters: 3, ...options });
    expect(hintOf(kmeans({ n_clusters: 3 }))).toBe("did you mean 'clusters'?");
    expect(hintOf(kmeans({ n_init: 3 }))).toBe("did you mean 'nInit'?");
    expect(hintOf(kmeans({ max_iter: 3 }))).toBe("did you mean 'maxIterations'?");
    expect(hintOf(kmeans({ tol: 3 }))).toBe("did you mean 'tolerance'?");
    expect(hintOf(kmeans({ epochs: 3 }))).toBeUndefined();
    expect(hintOf(() => new Lasso({ fit_intercept: true } as object))).toBe(
      "did you mean 'fitIntercept'?",
    );
    const split = () => datasets.trainTestSplit(rows, y, { test_size: 0.2 } as object);
    expect(hintOf(split)).toBe("did you mean 'testFraction'?");
    const network = new Network({ inputs: 3, outputs: 2 });
    expect(hintOf(() => new Trainer({ network, clusters: 2, lr: 1 } as never))).toBe(
      "did you mean 'optimizer.learningRate'?",
    );
  });
});

describe('a single value in the place of options', () => {
  it.each([
    ['optimizer', 'adam', "{ name: 'adam' }"],
    ['optimizer', 0.01, '{ learningRate: 0.01 }'],
    ['sparsity', 0.1, '{ relativeWeight: 0.1 }'],
    ['sparsity', 'l1', "{ penalty: 'l1' }"],
    ['distance', 0.5, '{ weight: 0.5 }'],
    ['distance', 'euclidean', "{ metric: 'euclidean' }"],
    ['pretrain', 10, '{ epochs: 10 }'],
    ['joint', 15, '{ epochs: 15 }'],
    ['settle', 100, '{ iterations: 100 }'],
    ['validation', 0.1, '{ fraction: 0.1 }'],
  ])('%s: %s', (name, value, meant) => {
    const options = { [name]: value } as Partial<DeepTypeOptions>;
    const shown = typeof value === 'string' ? `'${value}'` : value;
    expect(messageOf(model(options), INVALID)).toBe(
      `${name}: expected an object, received ${shown}; write ${meant}`,
    );
  });

  it('of a constructor or a checkpoint', async () => {
    expect(messageOf(() => new KMeans(3 as never), INVALID)).toContain('write { clusters: 3 }');
    expect(messageOf(() => new Lasso(0.1 as never), INVALID)).toContain('write { alpha: 0.1 }');
    const checkpoint = 'fit.checkpoint' as never;
    expect(await rejection(new DeepType(OPTIONS).fit(rows, y, { checkpoint }), INVALID)).toBe(
      "checkpoint: expected an object, received 'fit.checkpoint'; write { path: 'fit.checkpoint' }",
    );
  });
});
