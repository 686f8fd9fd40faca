import { DeepType, DeepTypeError, Network, presets, Trainer } from '../../../../src/index.js';
import { junk, options, some } from '../junk.js';
import {
  cheap,
  estimator,
  fitOptions,
  networkOptions,
  parameters,
  runOptions,
  training,
} from '../options.js';
import {
  type Callable,
  construct,
  loose,
  ofModel,
  ofNetwork,
  ofTrainer,
  read,
  TINY,
} from '../subjects.js';
import { anyLoss, centroids, clusterer, labels, out, size, table, targets } from '../values.js';

const MODEL_GETTERS = [
  ...['options', 'labels', 'clusters', 'centroids', 'featureImportances', 'selectedFeatures'],
  ...[
    'targetScaling',
    'classes',
    'network',
    'result',
    'resumedAt',
    'history',
    'kktResidual',
    'alpha',
    'alphaMax',
  ],
];

export const ESTIMATOR: Record<string, Callable> = {
  'new DeepType': { args: [estimator], call: (o) => construct(DeepType, o) },
  'DeepType.fit: any options': {
    args: [estimator, table, targets, fitOptions],
    call: (o, x, y, f) => construct(DeepType, o).fit!(x, y, f),
  },
  'DeepType.fit': {
    args: [some('cross-entropy', 'bce', 'mse', 'huber'), cheap.joint, table, targets, fitOptions],
    call: (name, j, x, y, f) =>
      construct(DeepType, { ...TINY, loss: name, joint: j }).fit!(x, y, f),
  },
  'DeepType.fit: a loss': {
    args: [anyLoss, clusterer, table, targets],
    call: (l, c, x, y) => construct(DeepType, { ...TINY, loss: l, clusterer: c }).fit!(x, y),
  },
  'DeepType.fit: a preset': {
    args: [some('torchDeeptype', 'chen2020'), cheap.joint, table, labels],
    call: (name, j, x, y) => {
      const preset = name === 'chen2020' ? presets.chen2020 : presets.torchDeeptype;
      return construct(DeepType, { ...preset, ...TINY, joint: j }).fit!(x, y);
    },
  },
  'DeepType.predict': ofModel('predict', table, out),
  'DeepType.predictProba': ofModel('predictProba', table),
  'DeepType.transform': ofModel('transform', table, out),
  'DeepType.assign': ofModel('assign', table, out),
  'DeepType.predictAsync': ofModel('predictAsync', table, out),
  'DeepType.transformAsync': ofModel('transformAsync', table, out),
  'DeepType.assignAsync': ofModel('assignAsync', table, out),
  'DeepType.describe': ofModel('describe', table),
  'DeepType.describeAsync': ofModel('describeAsync', table, runOptions),
  'DeepType.toJSON': ofModel('toJSON', junk),
  'DeepType.score': ofModel('score', table, targets),
  'DeepType.toBytes': ofModel('toBytes', junk),
  'DeepType.toONNX': ofModel('toONNX', junk),
  ...read('DeepType', MODEL_GETTERS, ofModel),
  'DeepTypeError.from': { args: [junk], call: loose(DeepTypeError.from) },
  'DeepTypeError.toJSON': {
    args: [],
    call: () => new DeepTypeError('ERR_IO', 'x').toJSON(),
  },
  'new Network': { args: [networkOptions], call: (o) => construct(Network, o) },
  'Network.forward: any options': {
    args: [networkOptions, table],
    call: (o, x) => construct(Network, o).forward!(x),
  },
  'Network.forward': ofNetwork('forward', table),
  'Network.representation': ofNetwork('representation', table),
  'Network.load': ofNetwork('load', some(new Network(networkOf()).parameters())),
  'Network.load: any parameters': {
    args: [parameters],
    call: (p) => construct(Network, networkOf()).load!(p),
  },
  'Network.parameters': ofNetwork('parameters', junk),
  'Network.emptyParameters': ofNetwork('emptyParameters', junk),
  'Network.inputImportance': ofNetwork('inputImportance', junk),
  'Network.sortedInputIndices': ofNetwork('sortedInputIndices', junk),
  'Network.toONNX': ofNetwork('toONNX', junk),
  'new Trainer': {
    args: [some('network'), options({ ...training, ...cheap }, { clusters: size })],
    call: (n, o) => {
      const network = n === 'network' ? new Network(networkOf()) : n;
      return construct(Trainer, typeof o === 'object' ? { network, ...o } : o);
    },
  },
  'Trainer.computeLosses': ofTrainer('computeLosses', table, targets, centroids),
  'Trainer.gradients': ofTrainer('gradients', table, targets, centroids),
  'Trainer.step': ofTrainer('step', table, targets, centroids),
  'Trainer.clusters': ofTrainer('clusters', table),
  'Trainer.pretrain': ofTrainer('pretrain', table, targets, runOptions),
  'Trainer.joint': ofTrainer('joint', table, targets, runOptions),
  'Trainer.kktResidual': ofTrainer('kktResidual', junk),
  ...read('Trainer', ['alpha', 'alphaMax', 'beta'], ofTrainer),
};

function networkOf() {
  return { inputs: 2, hidden: [3], outputs: 2 };
}
