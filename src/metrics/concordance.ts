import { invalidArgument } from '../common/errors.js';
import { checkLength } from '../data/labels.js';
import { acceptObservations, type Events } from '../data/observations.js';
import { acceptVector, type Vector } from '../data/vectors.js';

/**
 * Concordance index of Harrell et al. (1982) for right-censored times: the share of comparable
 * pairs of rows in which the row with the higher risk has the earlier event.
 *
 * Ties are handled as in scikit-survival, lifelines and R's survival package. A pair is comparable
 * when the row with the earlier time had its event; at equal times, when exactly one of the two had
 * its event (which then counts as the earlier). Two events at one time are not comparable. A
 * comparable pair with equal risks counts 1/2. Risks tie when they are equal, without tolerance.
 * Time O(N log N).
 *
 * @param time N times of event or of censoring
 * @param event N flags: 1 or true for an event, 0 or false for censored
 * @param risk N predicted risks, higher for an earlier event
 * @returns from 0 to 1; 0.5 for uninformative risks
 * @throws `ERR_INVALID_ARGUMENT` (also when no pair is comparable), `ERR_NON_FINITE_INPUT`,
 * `ERR_SHAPE_MISMATCH`
 */
export function concordanceIndex(time: Vector, event: Events, risk: Vector): number {
  const { time: times, event: events } = acceptObservations(time, event);
  const risks = acceptVector(risk, 'risk');
  checkLength('risk', risks.length, times.length, 'time');

  // From the latest time to the earliest, censored rows before events: the rows comparable with an event
  // are then those already seen, at a later time or censored at the same time.
  const order = Array.from(times, (_, i) => i).sort((a, b) => times[b]! - times[a]!);
  const ranks = denseRanks(risks);
  const seen = new RankCounts(risks.length);
  let concordant = 0;
  let tied = 0;
  let comparable = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && times[order[end]!] === times[order[start]!]) end++;
    const simultaneous = order.slice(start, end);
    for (const i of simultaneous) if (events[i] === 0) seen.add(ranks[i]!);
    for (const i of simultaneous) {
      if (events[i] === 0) continue;
      const below = seen.countBelow(ranks[i]!);
      comparable += seen.total;
      concordant += below;
      tied += seen.countBelow(ranks[i]! + 1) - below;
    }
    for (const i of simultaneous) if (events[i] !== 0) seen.add(ranks[i]!);
  }
  if (comparable === 0) {
    throw invalidArgument('event', 'at least one pair of rows that can be compared', 'none');
  }
  return (concordant + tied / 2) / comparable;
}

/** The position of each value among the distinct values, from 0. */
function denseRanks(values: Float64Array): Int32Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Int32Array(values.length);
  for (let k = 1; k < order.length; k++) {
    const [before, at] = [order[k - 1]!, order[k]!];
    ranks[at] = ranks[before]! + (values[at] === values[before] ? 0 : 1);
  }
  return ranks;
}

/** Counts of added ranks below a given one, in O(log N) (Fenwick tree, 1994). */
class RankCounts {
  readonly #sums: Float64Array;
  total = 0;

  constructor(ranks: number) {
    this.#sums = new Float64Array(ranks + 1);
  }

  add(rank: number): void {
    this.total++;
    for (let k = rank + 1; k < this.#sums.length; k += k & -k) this.#sums[k]!++;
  }

  countBelow(rank: number): number {
    let count = 0;
    for (let k = rank; k > 0; k -= k & -k) count += this.#sums[k]!;
    return count;
  }
}
