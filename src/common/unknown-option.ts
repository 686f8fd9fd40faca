// The message for an unknown option: it suggests the nearest name, the group that has an option of this name, or the
// option that corresponds to a name of another library.
import { DeepTypeError, describe } from './errors.js';
import { didYouMean, normalName } from './nearest-name.js';

/** The options of a model and of a fit; an option of a group is written with a dot: 'joint.epochs'. */
export interface OptionMap {
  readonly ofModel: readonly string[];
  readonly ofFit: readonly string[];
}

const EPOCHS = ['nepochs', 'maxepochs', 'maxiter', 'maxiterations', 'niter'];

/** Names in scikit-learn, PyTorch, Keras and formulas, normalised, by the option here. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
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

const NOWHERE: OptionMap = { ofModel: [], ofFit: [] };

/** `ERR_INVALID_ARGUMENT` for the unknown option `key` of `name`, whose options are `allowed`. */
export function unknownOption(
  name: string,
  key: string,
  allowed: readonly string[],
  map: OptionMap = NOWHERE,
): DeepTypeError {
  const hint = hintFor(name, key, allowed, map);
  return new DeepTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name}: unknown option ${describe(key)}${hint}; the options are ${allowed.join(', ')}`,
  );
}

function hintFor(
  name: string,
  key: string,
  allowed: readonly string[],
  { ofModel, ofFit }: OptionMap,
): string {
  const isNamed = (place: string): boolean => normalName(lastOf(place)) === normalName(key);
  const isMeant = ([place, names]: [string, readonly string[]]): boolean =>
    names.includes(normalName(key)) || normalName(place) === normalName(key);
  const synonyms = Object.entries(SYNONYMS).filter(isMeant);
  const named = [...ofFit, ...ofModel].filter(isNamed);
  const places = [...new Set([...named, ...synonyms.map(([place]) => place)])];
  const isSpelling = allowed.some(isNamed);
  if (isSpelling || places.length === 0) return didYouMean(key, allowed);

  const isGroup = ofModel.some((place) => place.startsWith(`${name}.`));
  const isReached = (place: string): boolean =>
    isGroup ? place.includes('.') : allowed.includes(firstOf(place));
  const reached = places.filter(isReached);
  if (reached.length > 0) return ` (did you mean ${listed(reached)}?)`;
  const isOfFit = ofFit.length > 0 && ofFit.every((option) => allowed.includes(option));
  const wanted = places.filter((place) => (isOfFit ? ofModel : ofFit).includes(place));
  if (wanted.length === 0) return '';
  return ` (${listed(wanted)} is an option of ${isOfFit ? 'new DeepType' : 'fit'})`;
}

function firstOf(place: string): string {
  return place.split('.')[0]!;
}

function lastOf(place: string): string {
  return place.split('.').at(-1)!;
}

function listed(places: readonly string[]): string {
  return places.map(describe).join(' or ');
}
