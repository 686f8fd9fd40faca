// Quantiles of weighted values, by selection in linear time; those of many values over several turns.
import { Random } from '../common/random.js';
import { inSlices, SLICE_VALUES, type Steps, sumInSlices } from '../common/time-slices.js';

/** Values, and how much each counts: greater than 0; null where all count alike. */
export interface Sample {
  readonly values: Float64Array;
  readonly weights: Float64Array | null;
}

/** Weights are rounded to float32: how far the sum of some may be from a share of all, relative to all. */
const ROUNDING = 2 ** -22;
/** Values that a turn looks at; a comparison and a swap take longer than a copy. */
const VALUES_PER_SLICE = SLICE_VALUES / 8;
/** Values that a pivot is chosen among. */
const CANDIDATES = 31;

/**
 * The quantile of type 2 of Hyndman and Fan 1996 (Am. Stat. 50:361): the least value up to which the values
 * weigh the share p of all, or, where they weigh exactly that, the mean of it and the next greater one. A value
 * of weight 2 is the same as the value twice, and the quantile p of -v is minus the quantile 1 - p of v.
 *
 * @param sample at least one value; its order changes
 * @param p in (0, 1)
 */
export function* weightedQuantile(sample: Sample, p: number): Steps<number> {
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
export function* weightOf({ values, weights }: Sample): Steps<number> {
  if (weights === null) return values.length;
  return yield* sumInSlices(values.length, (begin, end) =>
    weights.subarray(begin, end).reduce((sum, weight) => sum + weight, 0),
  );
}

/** A value of about the share `wanted`, so that little is left beside it (the idea of Floyd and Rivest 1975). */
function choosePivot(values: Float64Array, wanted: number, random: Random): number {
  const candidates = Float64Array.from(
    { length: CANDIDATES },
    () => values[random.below(values.length)]!,
  ).sort();
  const k = Math.floor(wanted * CANDIDATES);
  return candidates[Math.min(Math.max(k, 0), CANDIDATES - 1)]!;
}

/** The mean of a value and the next greater one, where there is one. */
function* middle(value: number, values: Float64Array): Steps<number> {
  const greater = yield* inSlices(values.length, (begin, end) =>
    nextGreater(value, values.subarray(begin, end)),
  );
  const next = greater.reduce((a, b) => Math.min(a, b));
  return next === Number.POSITIVE_INFINITY ? value : value / 2 + next / 2; // the sum may be beyond float64
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
 * How far a range is in the order less than, equal to, greater than the pivot (Dijkstra's flag): the values
 * before `less` are less, those from there to `at` equal, those from `greater` on greater.
 */
interface Parts {
  at: number;
  less: number;
  greater: number;
  lessWeight: number;
  equalWeight: number;
}

/** Goes on with it for a while; returns whether something is left to do. */
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
