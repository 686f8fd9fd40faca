// What to say of an option that a call does not have: the nearest name, where it is, and what other libraries' names
// for it are called here.
import { DeepTypeError, describe } from './errors.js';
import { didYouMean, normalName } from './nearest-name.js';

/** Options of `DeepType` that hold others, and their names. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  pretrain: ['epochs', 'denseFraction', 'sparsityScale', 'warmupSteps'],
  joint: ['epochs', 'decay', 'reclusterEvery', 'stepsPerBatch', 'hold', 'restart', 'tolerance'],
  settle: ['iterations', 'tolerance'],
  optimizer: [
    'learningRate',
    'beta1',
    'beta2',
    'epsilon',
    'momentum',
    'nesterov',
    'maxGradientNorm',
  ],
  sparsity: ['weight', 'penalty', 'relativeWeight', 'solver', 'M', 'constraint', 'l1Ratio'],
  distance: ['weight', 'metric'],
  validation: ['fraction', 'patience', 'restoreBest'],
};

const EPOCHS = ['nepochs', 'maxepochs', 'maxiter', 'maxiterations', 'niter'];

/** Names of scikit-learn, PyTorch and Keras, and of formulas, without case and signs, by what they are here. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  clusters: ['k', 'nclusters', 'numclusters', 'ncomponents'],
  hidden: ['hiddenlayersizes', 'hiddenlayers', 'hiddensizes', 'hiddenunits', 'layers', 'units'],
  'optimizer.learningRate': ['lr', 'learningrateinit', 'eta', 'stepsize'],
  'optimizer.maxGradientNorm': ['clipnorm', 'maxgradnorm', 'gradientclipval'],
  'pretrain.epochs': EPOCHS,
  'joint.epochs': EPOCHS,
  'sparsity.weight': ['alpha', 'lambda'],
  'distance.weight': ['beta'],
  'validation.fraction': ['validationfraction', 'validationsplit'],
  validation: ['earlystopping'],
  'validation.patience': ['niternochange'],
  maxIterations: ['maxiter', 'maxiters', 'niter', 'iterations'],
  nInit: ['restarts', 'ninits'],
  tolerance: ['tol'],
  'joint.tolerance': ['tol'],
  seed: ['randomstate', 'randomseed'],
  threads: ['njobs', 'numthreads', 'nthreads', 'workers', 'numworkers'],
  batchSize: ['batch', 'minibatchsize'],
  standardize: ['normalize', 'scale'],
  loss: ['criterion', 'objective', 'lossfunction'],
  backend: ['device', 'gpu'],
  precision: ['dtype'],
  onProgress: ['verbose', 'callback', 'callbacks', 'onepochend'],
  testFraction: ['testsize'],
  folds: ['cv', 'nsplits', 'nfolds'],
  fitIntercept: ['intercept'],
};

const OF_FIT = ['signal', 'onProgress', 'sampleWeight', 'warmStart', 'checkpoint'];
const OF_MODEL: readonly string[] = [
  'clusters',
  'hidden',
  'activation',
  'loss',
  'classWeight',
  'clusterer',
  'sparsity',
  'distance',
  'optimizer',
  'pretrain',
  'joint',
  'settle',
  'validation',
  'batchSize',
  'shuffle',
  'standardize',
  'weightDecay',
  'init',
  'seed',
  'threads',
  'backend',
  'precision',
  'activeSet',
];

/** `ERR_INVALID_ARGUMENT` for the option `key` of `name`, which has those that are `allowed`. */
export function unknownOption(
  name: string,
  key: string,
  allowed: readonly string[],
): DeepTypeError {
  const hint = hintFor(name, key, allowed);
  return new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name}: unknown option ${describe(key)}${hint}; the options are ${allowed.join(', ')}`,
  );
}

function hintFor(name: string, key: string, allowed: readonly string[]): string {
  const places = placesOf(key);
  const isModel = allowed.includes('hidden') || allowed.includes('network') || name in GROUPS;
  const isReached = (place: string): boolean =>
    name in GROUPS ? place.includes('.') : allowed.includes(place.split('.')[0]!);
  const within = places.filter(isReached);
  const isSpelling = allowed.some((option) => normalName(option) === normalName(key));
  if (isSpelling || places.length === 0) return didYouMean(key, allowed);
  if (within.length > 0) return ` (did you mean ${within.map(describe).join(' or ')}?)`;
  const ofFit = places.find((place) => OF_FIT.includes(place));
  if (isModel && ofFit !== undefined) return ` (${describe(ofFit)} is an option of fit)`;
  const ofModel = places.filter((place) => OF_MODEL.includes(place.split('.')[0]!));
  if (!allowed.includes('warmStart') || ofModel.length === 0) return '';
  return ` (${ofModel.map(describe).join(' or ')} is an option of new DeepType)`;
}

/** Where an option of this name is, here or by its name elsewhere. */
function placesOf(key: string): string[] {
  const name = normalName(key);
  const inGroups = Object.entries(GROUPS).flatMap(([group, options]) =>
    options.filter((option) => normalName(option) === name).map((option) => `${group}.${option}`),
  );
  const known = Object.entries(ELSEWHERE).filter(
    ([place, names]) => names.includes(name) || normalName(place) === name,
  );
  const here = [...OF_FIT, ...OF_MODEL].filter((option) => normalName(option) === name);
  return [...new Set([...here, ...inGroups, ...known.map(([place]) => place)])];
}
