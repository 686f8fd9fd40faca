import { synchronousResult } from '../common/callbacks.js';
import { isFloat64, isIntegers, oneOf } from '../common/checks.js';
import { assertUnreachable, invalidArgument } from '../common/errors.js';
import type { Name } from '../common/name.js';
import type { Labels } from '../data/labels.js';
import type { Values, Vector } from '../data/vectors.js';
import {
  accuracy,
  balancedAccuracy,
  concordanceIndex,
  meanAbsoluteError,
  meanSquaredError,
} from '../metrics/index.js';
import type { ResolvedLoss } from '../options/losses.js';

const MEASURES = [
  'accuracy',
  'balanced-accuracy',
  'concordance',
  'mean-squared-error',
  'mean-absolute-error',
] as const;
type Measure = (typeof MEASURES)[number];

/**
 * How predictions are judged. By name: the error is 1 minus an accuracy or the concordance index, or the
 * error itself. Or a function of the true y and of what `predict` returns (values row-major), which
 * returns the error: less is better.
 */
export type Scoring = Name<Measure> | ((truth: never, predictions: never) => number);

/** Error of predictions, values also in float64, for the rows whose targets are `truth`; less is better. */
export type ErrorMeasure = (truth: unknown, predictions: unknown) => number;

/**
 * The error measure of `scoring`; by default 1 - accuracy for classes, 1 - concordance for { time, event },
 * the mean absolute error for the loss 'mae', else the mean squared error.
 */
export function resolveScoring(scoring: unknown, loss: ResolvedLoss, y: unknown): ErrorMeasure {
  if (typeof scoring === 'function') {
    return (truth, predictions) => {
      const isExact = isFloat64(predictions); // `predict` rounds to float32
      const told = isExact ? Float32Array.from(predictions) : predictions;
      const error: unknown = synchronousResult('scoring', scoring(truth, told));
      if (typeof error === 'number' && Number.isFinite(error)) return error;
      throw invalidArgument('scoring', 'a function that returns a finite number', error);
    };
  }
  const measure =
    scoring === undefined ? byLoss(loss, y) : oneOf<Measure>('scoring', scoring, MEASURES);
  return (truth, predictions) => errorBy(measure, truth, predictions);
}

function byLoss(loss: ResolvedLoss, y: unknown): Measure {
  if (isSurvival(y)) return 'concordance';
  if (holdsClasses(loss, y)) return 'accuracy';
  return loss.error ?? 'mean-squared-error';
}

function errorBy(measure: Measure, truth: unknown, predictions: unknown): number {
  switch (measure) {
    case 'accuracy':
      return 1 - accuracy(truth as Labels, predictions as Labels);
    case 'balanced-accuracy':
      return 1 - balancedAccuracy(truth as Labels, predictions as Labels);
    case 'concordance': {
      if (!isSurvival(truth)) throw invalidArgument('y', '{ time, event } for concordance', truth);
      return 1 - concordanceIndex(truth.time, truth.event, predictions as Vector);
    }
    case 'mean-squared-error':
      return meanSquaredError(truth as Values, asRows(truth, predictions));
    case 'mean-absolute-error':
      return meanAbsoluteError(truth as Values, asRows(truth, predictions));
    default:
      return assertUnreachable(measure);
  }
}

/** Predicted values come in one vector; a table of them has as many rows as the truth. */
function asRows(truth: unknown, predictions: unknown): Values {
  const data = predictions as Float32Array | Float64Array;
  const rows = rowsOf(truth) ?? data.length;
  return rows === data.length ? data : { data, rows, columns: data.length / rows };
}

function rowsOf(truth: unknown): number | undefined {
  const { length, rows } = truth as { length?: number; rows?: number };
  return rows ?? length;
}

/** Whether y holds classes under this loss. */
export function holdsClasses(loss: ResolvedLoss, y: unknown): boolean {
  if (loss.targets === 'classes') return true;
  const isPlain = Array.isArray(y) && typeof y[0] !== 'object';
  const isLabels = isIntegers(y);
  return loss.targets === 'binary' && (isPlain || isLabels);
}

/** Right-censored times. */
export function isSurvival(y: unknown): y is { time: Vector; event: Vector } {
  return typeof y === 'object' && y !== null && 'time' in y && 'event' in y;
}
