import type { ResolvedLoss } from './losses.js';
import { accuracy, concordanceIndex, rSquared } from './metrics/index.js';
import { acceptValues } from './metrics/values.js';
import type { PredictionsTarget } from './predictions.js';
import { acceptSurvival, type Targets } from './targets.js';

/** How well predictions agree with y: accuracy, R^2 or the concordance index, by what the loss takes. */
export function scoreOf(
  predictions: PredictionsTarget,
  y: Targets,
  { targets }: ResolvedLoss,
  isClassifier: boolean,
): number {
  if (targets === 'survival') {
    const { time, event } = acceptSurvival(y);
    return concordanceIndex(time, event, predictions as Float32Array);
  }
  if (isClassifier) return accuracy(y as number[], predictions as number[]);
  const truth = acceptValues(y, 'y');
  const rows = predictions.length / truth.columns;
  const predicted = { data: predictions as Float32Array, rows, columns: truth.columns };
  return rSquared(truth, predicted);
}
