// How well a model predicts y.
import { advised, DeepTypeError, describe, shapeMismatch } from '../common/errors.js';
import { runSync } from '../common/time-slices.js';
import { type Classes, encodeLabels } from '../data/labels.js';
import type { PredictionsTarget } from '../data/predictions.js';
import { acceptTargetTable, checkRows, listed } from '../data/target-input.js';
import { accuracy, concordanceIndex, rSquared } from '../metrics/index.js';
import type { ResolvedLoss } from '../options/losses.js';
import { acceptSurvival } from '../training/survival-targets.js';

/**
 * Accuracy, R^2 or the concordance index of predictions for y, by what the loss takes.
 *
 * @param classes of the model; undefined where it predicts values
 * @param outputs values that it predicts for a row
 */
export function scoreOf(
  predictions: PredictionsTarget | Float64Array,
  y: unknown,
  { name, targets }: ResolvedLoss,
  classes: Classes | undefined,
  outputs: number,
): number {
  const rows = predictions.length / (classes === undefined ? outputs : 1);
  if (targets === 'survival') {
    const { time, event } = runSync(acceptSurvival(y, name));
    checkRows(time.length, rows, 'y.time');
    return concordanceIndex(time, event, predictions as Float32Array);
  }
  if (classes !== undefined) {
    checkLabels(y, rows, classes);
    return accuracy(y as number[], predictions as number[]);
  }
  const truth = runSync(acceptTargetTable(y, 'y'));
  checkRows(truth.rows, rows);
  if (truth.columns !== outputs) {
    throw shapeMismatch('y', `${outputs} values a row as in fit`, `${truth.columns}`);
  }
  const data = predictions as Float32Array | Float64Array;
  return rSquared(truth, { data, rows, columns: outputs });
}

function checkLabels(y: unknown, rows: number, classes: Classes): void {
  const { codes, classes: found } = encodeLabels(y, 'y');
  checkRows(codes.length, rows);
  if (typeof found[0] === typeof classes[0]) return;
  const message = `y: expected ${typeof classes[0]}s like the classes of fit, received ${describe(found[0])}`;
  throw new DeepTypeError('ERR_INVALID_ARGUMENT', advised(message, `they are ${listed(classes)}`));
}
