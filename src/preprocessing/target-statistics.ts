// Location and scale of targets: mean and deviation, or median and quartiles.
import { inSlices, type Sliced, sumInSlices } from '../common/time-slices.js';
import { type Sample, weightedQuantile, weightOf } from './weighted-quantile.js';

/** Statistics of one column of targets; the scale is 0 if all its values are equal. */
export interface Learned {
  readonly location: number;
  readonly scale: number;
}

/** Interquartile range of the standard normal distribution. */
const NORMAL_QUARTILES = 1.3489795003921634;
/** Squares of smaller distances lose precision in float64. */
const SMALL = 1e-140;

/** The weighted mean and population standard deviation, accurate for large offsets and small units. */
export function* moments(sample: Sample): Sliced<Learned> {
  const { values } = sample;
  const { length } = values;
  const origin = values[0]!;
  const weight = yield* weightOf(sample);
  const offset = yield* sumInSlices(length, (begin, end) => offsets(sample, begin, end, origin));
  const location = origin + offset / weight;
  const deviation = function* (unit: number): Sliced<number> {
    const part = (begin: number, end: number) => squares(sample, begin, end, location, unit);
    return unit * Math.sqrt((yield* sumInSlices(length, part)) / weight);
  };
  const scale = yield* deviation(1);
  if (scale > SMALL) return { location, scale };
  const farthest = yield* inSlices(length, (begin, end) =>
    farthestOf(values, begin, end, location),
  );
  const unit = Math.max(...farthest);
  return { location, scale: unit === 0 ? 0 : (yield* deviation(unit)) || unit };
}

/** The weighted sum of the distances from `origin`. */
function offsets({ values, weights }: Sample, begin: number, end: number, origin: number): number {
  let total = 0;
  for (let i = begin; i < end; i++) {
    total += (weights === null ? 1 : weights[i]!) * (values[i]! - origin);
  }
  return total;
}

/** The weighted sum of the squared distances from `location`, in `unit`. */
function squares(
  { values, weights }: Sample,
  begin: number,
  end: number,
  location: number,
  unit: number,
): number {
  let total = 0;
  for (let i = begin; i < end; i++) {
    total += (weights === null ? 1 : weights[i]!) * ((values[i]! - location) / unit) ** 2;
  }
  return total;
}

function farthestOf(values: Float64Array, begin: number, end: number, from: number): number {
  let largest = 0;
  for (let i = begin; i < end; i++) largest = Math.max(largest, Math.abs(values[i]! - from));
  return largest;
}

/** The weighted median, and the interquartile range over that of the standard normal distribution. */
export function* quantiles(sample: Sample): Sliced<Learned> {
  const lower = yield* weightedQuantile(sample, 0.25);
  const location = yield* weightedQuantile(sample, 0.5);
  const upper = yield* weightedQuantile(sample, 0.75);
  const scale = (upper - lower) / NORMAL_QUARTILES;
  if (scale > 0) return { location, scale };
  const others = yield* chosen(sample, (y) => y !== location);
  if (others.values.length === 0) return { location, scale: 0 };
  yield* inSlices(others.values.length, (begin, end) => {
    for (let i = begin; i < end; i++) others.values[i] = Math.abs(others.values[i]! - location);
  });
  return { location, scale: yield* weightedQuantile(others, 0.5) };
}

/** The values that meet a condition. */
export function* chosen(
  { values, weights }: Sample,
  isChosen: (value: number, weight: number) => boolean,
): Sliced<Sample> {
  const kept = values.slice();
  const keptWeights = weights?.slice() ?? null;
  let count = 0;
  yield* inSlices(values.length, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const weight = weights === null ? 1 : weights[i]!;
      if (!isChosen(values[i]!, weight)) continue;
      kept[count] = values[i]!;
      if (keptWeights !== null) keptWeights[count] = weight;
      count++;
    }
  });
  return { values: kept.subarray(0, count), weights: keptWeights?.subarray(0, count) ?? null };
}
