import { warn } from '../common/warnings.js';
import type { Classes } from '../data/labels.js';
import type { EncodedTargets } from '../data/targets.js';
import type { Split } from './validation.js';

/** Tells of a fit that is as it was asked for, and hardly what was meant. */
export function warnOfOdd(
  { classValues, classes, values }: EncodedTargets,
  clusters: unknown,
  split: Split | undefined,
  rows: number,
): void {
  if (classValues !== undefined) warnOfClasses(classValues, classes ?? values!.data, rows);
  const training = split?.training.length ?? rows;
  if (clusters === training && training > 1) {
    warn('DEEPTYPE_CLUSTER_PER_ROW', `clusters: ${clusters} for ${training} rows, one for each`);
  }
  const heldOut = split?.heldOut.length ?? 0;
  if (heldOut > training) {
    const message = `validation.fraction: ${heldOut} rows are held out, only ${training} are trained on`;
    warn('DEEPTYPE_FEW_TRAINING_ROWS', message);
  }
}

function warnOfClasses(classes: Classes, codes: ArrayLike<number>, rows: number): void {
  if (classes.length === rows) {
    const message = `y: every one of the ${rows} rows has a class of its own; for values set loss: 'mse'`;
    warn('DEEPTYPE_CLASS_PER_ROW', message);
  }
  const empty = (classes as readonly unknown[]).indexOf('');
  if (empty < 0) return;
  const count = Array.from(codes).filter((code) => code === empty).length;
  const message = `y: the empty string in ${count} of ${rows} rows is a class like any other; leave rows without a label out`;
  warn('DEEPTYPE_EMPTY_CLASS', message);
}
