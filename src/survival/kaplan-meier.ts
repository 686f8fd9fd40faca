import { checkKeys, number, oneOf } from '../common/checks.js';
import { acceptObservations, byTime, type Events } from '../data/observations.js';
import type { Vector } from '../data/vectors.js';
import { normalUpperQuantile } from './tails.js';

const TRANSFORMS = ['log', 'log-log', 'plain'] as const;

/** The scale on which the confidence limits are symmetric. */
export type ConfidenceTransform = (typeof TRANSFORMS)[number];

export interface KaplanMeierOptions {
  /** Coverage probability of the limits at each time. Default 0.95. */
  confidenceLevel?: number;
  /**
   * The scale of the limits: `'log'` (default, as in R), `'log-log'` or `'plain'`. Limits are clipped to 0
   * and 1.
   */
  transform?: ConfidenceTransform;
}

/** A curve; each array holds one value for each distinct time. */
export interface KaplanMeier {
  /** Distinct times, of events or of censoring only, ascending. */
  readonly time: Float64Array;
  /** Rows with neither event nor censoring before this time. */
  readonly atRisk: Float64Array;
  readonly events: Float64Array;
  /** Rows censored at this time; they count as at risk at it. */
  readonly censored: Float64Array;
  /** S(t), the probability of no event up to and at this time. */
  readonly survival: Float64Array;
  /** Greenwood's standard error of S(t); NaN where S(t) is 0, as in R. */
  readonly standardError: Float64Array;
  /** Pointwise confidence limits of S(t); NaN where S(t) is 0. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /**
   * The first time with S(t) below 1/2, or the midpoint of the interval where it equals 1/2; Infinity if
   * the curve stays above.
   */
  readonly median: number;
  /** Where the lower and the upper limits cross 1/2 (Brookmeyer and Crowley 1982). */
  readonly medianLower: number;
  readonly medianUpper: number;
}

/**
 * The product-limit estimate of survival from right-censored times (Kaplan and Meier 1958),
 *
 *     S(t) = prod_{t_j <= t} (1 - d_j / n_j),
 *
 * with d_j events among n_j rows at risk, and the standard error of Greenwood (1926),
 * S(t) sqrt(sum_j d_j / (n_j (n_j - d_j))). Times tie when they are equal, without tolerance. Float64.
 *
 * @param time N times of event or of censoring, in any unit
 * @param event N flags: 1 or true for an event, 0 or false for censored
 * @throws `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function kaplanMeier(
  time: Vector,
  event: Events,
  options: KaplanMeierOptions = {},
): KaplanMeier {
  const given = checkKeys('options', options, ['confidenceLevel', 'transform']);
  const { confidenceLevel = 0.95, transform: scale = 'log' } = given;
  const inside = { exclusiveMin: 0, exclusiveMax: 1 };
  const level = number('confidenceLevel', confidenceLevel, inside);
  const transform = oneOf('transform', scale, TRANSFORMS);
  const observed = acceptObservations(time, event);

  const z = normalUpperQuantile((1 - level) / 2);
  const steps = Array.from(curve(observed.time, observed.event));
  const limits = steps.map((step) => limitsOf(step, z, transform));
  const column = <T>(of: readonly T[], pick: (row: T) => number) => Float64Array.from(of, pick);
  const times = column(steps, (s) => s.time);
  const survival = column(steps, (s) => s.survival);
  const lower = column(limits, ([low]) => low);
  const upper = column(limits, ([, high]) => high);
  return {
    time: times,
    atRisk: column(steps, (s) => s.atRisk),
    events: column(steps, (s) => s.events),
    censored: column(steps, (s) => s.censored),
    survival,
    standardError: column(steps, (s) => s.survival * s.hazardError),
    lower,
    upper,
    median: halfway(times, survival),
    medianLower: halfway(times, lower),
    medianUpper: halfway(times, upper),
  };
}

interface Step {
  time: number;
  atRisk: number;
  events: number;
  censored: number;
  survival: number;
  /** Standard error of log S(t). */
  hazardError: number;
}

function* curve(time: Float64Array, event: Float64Array): Generator<Step> {
  let atRisk = time.length;
  let survival = 1;
  let variance = 0;
  for (const rows of byTime(time)) {
    const events = rows.reduce((sum, i) => sum + event[i]!, 0);
    const left = atRisk - events;
    survival *= left / atRisk;
    if (events > 0) variance += events / (atRisk * left); // infinite where S(t) falls to 0
    const censored = rows.length - events;
    const hazardError = Math.sqrt(variance);
    yield { time: time[rows[0]!]!, atRisk, events, censored, survival, hazardError };
    atRisk -= rows.length;
  }
}

/** Lower and upper limits: S -+ z se on the scale of the transform. */
function limitsOf(
  { survival, hazardError }: Step,
  z: number,
  transform: ConfidenceTransform,
): [number, number] {
  if (survival === 0) return [Number.NaN, Number.NaN];
  if (hazardError === 0) return [1, 1];
  const width = z * hazardError;
  switch (transform) {
    case 'plain':
      return [Math.max(0, survival * (1 - width)), Math.min(1, survival * (1 + width))];
    case 'log':
      return [survival * Math.exp(-width), Math.min(1, survival * Math.exp(width))];
    case 'log-log': {
      // log(-log S) has the standard error of log S over |log S|; S^exp(w) goes back.
      const factor = Math.exp(width / -Math.log(survival));
      return [survival ** factor, survival ** (1 / factor)];
    }
  }
}

/** Where a curve crosses 1/2; values within rounding error of it count as equal to it, as in R. */
function halfway(time: Float64Array, curve: Float64Array): number {
  const rounding = Math.sqrt(Number.EPSILON);
  const reached = curve.findIndex((s) => s <= 0.5 + rounding);
  if (reached < 0) return Infinity;
  if (curve[reached]! < 0.5 - rounding) return time[reached]!;
  const passed = curve.findIndex((s) => s < 0.5 - rounding);
  const [from, to] = [time[reached]!, time.at(passed)!]; // passed -1, never: the last time
  return from + to < Infinity ? (from + to) / 2 : from / 2 + to / 2;
}
