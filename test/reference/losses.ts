import { coxLoss } from './cox.js';
import { pairDistance } from './knowledge-graph.js';
import type { Batch, Loss, SampleLoss, Table } from './objective.js';

/** Loss of one sample, summed over its outputs, and its derivatives by them. */
export function sampleLoss(
  loss: SampleLoss,
  o: readonly number[],
  y: readonly number[],
): [number, number[]] {
  if (loss === 'cross-entropy') {
    const top = Math.max(...o);
    const partition = o.reduce((sum, v) => sum + Math.exp(v - top), 0);
    const value = Math.log(partition) + top - o[y[0]!]!;
    return [value, o.map((v, c) => Math.exp(v - top) / partition - (c === y[0] ? 1 : 0))];
  }
  const parts = o.map((v, c) => elementLoss(loss, v, y[c]!));
  return [
    parts.reduce((sum, [value]) => sum + value, 0),
    parts.map(([, derivative]) => derivative),
  ];
}

/** Loss of one output and its derivative. */
function elementLoss(
  loss: Exclude<SampleLoss, 'cross-entropy'>,
  o: number,
  y: number,
): [number, number] {
  const e = o - y;
  switch (loss) {
    case 'bce':
      return [
        Math.max(o, 0) - o * y + Math.log1p(Math.exp(-Math.abs(o))),
        1 / (1 + Math.exp(-o)) - y,
      ];
    case 'mse':
      return [e * e, 2 * e];
    case 'mae':
      return [Math.abs(e), Math.sign(e)];
    case 'huber':
      return Math.abs(e) <= 1 ? [(e * e) / 2, e] : [Math.abs(e) - 0.5, Math.sign(e)];
  }
}

/** How many numbers the mean loss of a sample is over. */
export function terms(loss: SampleLoss, outputs: number): number {
  return loss === 'cross-entropy' ? 1 : outputs;
}

/** The primary loss; a sample counts in proportion to its weight. */
export function primaryLoss(loss: Loss, outputs: Table, batch: Batch): number {
  const { y, weights = y.map(() => 1), pairs = [], gamma = 0 } = batch;
  const sum = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((w) => w / sum);
  const linked = gamma === 0 ? 0 : gamma * pairDistance(outputs, pairs);
  if (loss === 'cox') {
    const events = y.map(([time, event]) => ({ time: time!, event: event === 1 }));
    const counts = shares.map((w) => w * y.length);
    return coxLoss(outputs.flat(), events, counts) + linked;
  }
  const count = terms(loss, outputs[0]!.length);
  return outputs.reduce(
    (s, o, i) => s + (shares[i]! * sampleLoss(loss, o, y[i]!)[0]) / count,
    linked,
  );
}
