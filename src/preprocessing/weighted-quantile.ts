// Quantiles of weighted values, by selection in linear time, in time slices.
import { Random } from '../common/random.js';
import { inSlices, SLICE_VALUES, type Sliced, sumInSlices } from '../common/time-slices.js';

/** Values with positive weights; null if all weights are 1. */
export interface Sample {
  readonly values: Float64Array;
  readonly weights: Float64Array | null;
}

/** Tolerance of a sum of weights relative to the total, because weights are rounded to float32. */
const ROUNDING = 2 ** -22;
/** Values of one time slice: a comparison and a swap take longer than a copy. */
const VALUES_PER_SLICE = SLICE_VALUES / 8;
/** Size of the sample from which a pivot is chosen. */
const CANDIDATES = 31;

/**
 * The quantile of type 2 of Hyndman and Fan 1996 (Am. Stat. 50:361): the smallest value at which the cumulative
 * weight reaches the fraction p of the total or, if it equals it exactly, the mean of that value and the next
 * greater one. A weight of 2 equals a duplicated value; the p-quantile of -v is minus the (1 - p)-quantile of v.
 *
 * @param sample at least one value; its order changes
 * @param p in (0, 1)
 */
export function* weightedQuantile(sample: Sample, p: number): Sliced<number> {
  const { values, weights } = sample;
  const total = yield* weightOf(sample);
  const slack = weights === null ? 0 : ROUNDING * total;
  const share = p * total;
  const random = new Random(0);
  let [begin, end] = [0, values.length];
  let [before, upTo] = [0, total];
  for (;;) {
    const wanted = (share - before) / (upTo - before);
    const pivot = choosePivot(values.subarray(begin, end), wanted, random);
    const parts: Parts = { at: begin, less: begin, greater: end, lessWeight: 0, equalWeight: 0 };
    while (partition(sample, pivot, parts)) yield;
    const upToLess = before + parts.lessWeight;
    const upToEqual = upToLess + parts.equalWeight;
    if (parts.less > begin && upToLess >= share - slack) {
      [end, upTo] = [parts.less, upToLess];
    } else if (upToEqual >= share - slack || parts.greater === end) {
      return upToEqual > share + slack ? pivot : yield* middle(pivot, values);
    } else {
      [begin, before] = [parts.greater, upToEqual];
    }
  }
}

/** The sum of the weights. */
export function* weightOf({ values, weights }: Sample): Sliced<number> {
  if (weights === null) return values.length;
  return yield* sumInSlices(values.length, (begin, end) =>
    weights.subarray(begin, end).reduce((sum, weight) => sum + weight, 0),
  );
}

/** A sampled value near the quantile `wanted`, so that most values can be discarded (Floyd and Rivest 1975). */
function choosePivot(values: Float64Array, wanted: number, random: Random): number {
  const candidates = Float64Array.from(
    { length: CANDIDATES },
    () => values[random.below(values.length)]!,
  ).sort();
  const k = Math.floor(wanted * CANDIDATES);
  return candidates[Math.min(Math.max(k, 0), CANDIDATES - 1)]!;
}

/** The mean of a value and the next greater one, if there is one. */
function* middle(value: number, values: Float64Array): Sliced<number> {
  const greater = yield* inSlices(values.length, (begin, end) =>
    nextGreater(value, values.subarray(begin, end)),
  );
  const next = greater.reduce((a, b) => Math.min(a, b));
  return next === Number.POSITIVE_INFINITY ? value : value / 2 + next / 2; // the sum might overflow
}

function nextGreater(value: number, values: Float64Array): number {
  let next = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const other = values[i]!;
    if (other > value && other < next) next = other;
  }
  return next;
}

/**
 * State of a three-way partition of a range by the pivot (Dijkstra's Dutch national flag): values before `less`
 * are less, those from there to `at` equal, those from `greater` on greater.
 */
interface Parts {
  at: number;
  less: number;
  greater: number;
  lessWeight: number;
  equalWeight: number;
}

/** Continues the partition for one time slice; returns whether it is unfinished. */
function partition({ values, weights }: Sample, pivot: number, parts: Parts): boolean {
  let { at, less, greater, lessWeight, equalWeight } = parts;
  for (let done = 0; at < greater && done < VALUES_PER_SLICE; done++) {
    const value = values[at]!;
    const weight = weights === null ? 1 : weights[at]!;
    if (value === pivot) {
      equalWeight += weight;
      at++;
      continue;
    }
    const isLess = value < pivot;
    const to = isLess ? less++ : --greater;
    values[at] = values[to]!;
    values[to] = value;
    if (weights !== null) {
      weights[at] = weights[to]!;
      weights[to] = weight;
    }
    if (!isLess) continue;
    lessWeight += weight;
    at++;
  }
  Object.assign(parts, { at, less, greater, lessWeight, equalWeight });
  return at < greater;
}
