import { checkKeys } from '../common/checks.js';
import { invalidArgument } from '../common/errors.js';
import { type Classes, checkLength, encodeLabels, type Labels } from '../data/labels.js';
import {
  acceptObservations,
  byTime,
  type Events,
  type Observations,
} from '../data/observations.js';
import type { Vector } from '../data/vectors.js';
import { chiSquaredTail } from './tails.js';

export interface LogRankOptions {
  /** N labels: rows are compared within their stratum only; the sums of the strata are added. */
  strata?: Labels;
}

export interface LogRank {
  /** Chi-squared of (O - E)' V^+ (O - E). */
  readonly statistic: number;
  /** Number of groups minus the number of sets of groups that are connected by a common risk set. */
  readonly degreesOfFreedom: number;
  /** Probability of a statistic at least as large if survival does not differ; 0 below about 1e-323. */
  readonly pValue: number;
  /** Natural logarithm of the p-value, exact where `pValue` underflows. */
  readonly logPValue: number;
  /** The distinct groups, ascending. */
  readonly groups: Classes;
  /** Float64Array[groups]: observed events. */
  readonly observed: Float64Array;
  /** Float64Array[groups]: events expected if the hazards are equal. */
  readonly expected: Float64Array;
}

/**
 * The log-rank test that several groups have one survival curve (Mantel 1966; Peto and Peto 1972). At each
 * time with d events among n rows at risk, of which n_g in group g,
 *
 *     E_g += d n_g / n,   V_gh += d (n - d) / (n - 1) (n_g / n) (delta_gh - n_h / n),
 *
 * the hypergeometric mean and covariance, so that ties need no further rule. Float64; times tie when
 * they are equal.
 *
 * @param time N times of event or of censoring
 * @param event N flags: 1 or true for an event, 0 or false for censored
 * @param group N labels, of at least two groups
 * @throws `ERR_INVALID_ARGUMENT` (also when two groups are never at risk together at an event),
 * `ERR_NON_FINITE_INPUT`, `ERR_SHAPE_MISMATCH`
 */
export function logRank(
  time: Vector,
  event: Events,
  group: Labels,
  options: LogRankOptions = {},
): LogRank {
  const { strata } = checkKeys('options', options, ['strata']);
  const data = acceptObservations(time, event);
  const rows = data.time.length;
  const { codes, classes } = encodeLabels(group, 'group');
  checkLength('group', codes.length, rows, 'time');
  if (classes.length < 2) throw invalidArgument('group', 'at least two groups', classes);
  const stratum =
    strata === undefined ? new Int32Array(rows) : encodeLabels(strata, 'strata').codes;
  checkLength('strata', stratum.length, rows, 'time');

  const sums = new Sums(classes.length);
  for (const rowsWithin of rowsByStratum(stratum)) addStratum(sums, data, codes, rowsWithin);

  const kept = sums.independentGroups();
  if (kept.length === 0) {
    throw invalidArgument('event', 'an event while two groups are at risk', 'none');
  }
  const statistic = sums.statistic(kept);
  const { p, logP } = chiSquaredTail(statistic, kept.length);
  return {
    statistic,
    degreesOfFreedom: kept.length,
    pValue: p,
    logPValue: logP,
    groups: classes,
    observed: sums.observed,
    expected: sums.expected,
  };
}

function rowsByStratum(stratum: Int32Array): Iterable<number[]> {
  const rowsOf = new Map<number, number[]>();
  stratum.forEach((s, i) => {
    const rows = rowsOf.get(s);
    if (rows === undefined) rowsOf.set(s, [i]);
    else rows.push(i);
  });
  return rowsOf.values();
}

function addStratum(
  sums: Sums,
  { time, event }: Observations,
  group: Int32Array,
  rows: readonly number[],
): void {
  const atRisk = new Float64Array(sums.groups);
  for (const i of rows) atRisk[group[i]!]!++;
  let n = rows.length;
  for (const simultaneous of byTime(time, rows)) {
    let d = 0;
    for (const i of simultaneous) {
      if (event[i] === 0) continue;
      d++;
      sums.observed[group[i]!]!++;
    }
    if (d > 0) sums.addEvents(d, n, atRisk);
    for (const i of simultaneous) atRisk[group[i]!]!--;
    n -= simultaneous.length;
  }
}

/** O, E and V over all event times, for G groups. */
class Sums {
  readonly groups: number;
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  /** V (G x G); only the lower triangle is used. */
  readonly #covariance: Float64Array;
  /** Union-find: the parent of each group; the root is the lowest group of its connected set. */
  readonly #lowest: Int32Array;

  constructor(groups: number) {
    this.groups = groups;
    this.observed = new Float64Array(groups);
    this.expected = new Float64Array(groups);
    this.#covariance = new Float64Array(groups * groups);
    this.#lowest = Int32Array.from({ length: groups }, (_, g) => g);
  }

  /** d events among n rows at risk, n_g = atRisk[g] in each group. */
  addEvents(d: number, n: number, atRisk: Float64Array): void {
    const present: number[] = [];
    atRisk.forEach((count, g) => {
      if (count > 0) present.push(g);
    });
    const scale = n > 1 ? (d * (n - d)) / (n - 1) : 0;
    for (const g of present) {
      const share = atRisk[g]! / n;
      this.expected[g]! += d * share;
      if (scale === 0) continue;
      this.#join(g, present[0]!);
      for (const h of present) {
        if (h > g) break;
        this.#covariance[g * this.groups + h]! +=
          scale * share * ((g === h ? 1 : 0) - atRisk[h]! / n);
      }
    }
  }

  /**
   * V is the Laplacian of a graph whose edges join groups at risk together: of each connected set the
   * lowest group is left out, and V restricted to the others is positive definite.
   */
  independentGroups(): number[] {
    return Array.from(this.#lowest.keys()).filter((g) => this.#find(g) !== g);
  }

  /** (O - E)' V^-1 (O - E) over the groups kept: |z|^2 with L z = O - E, L L' = V */
  statistic(kept: readonly number[]): number {
    const factor = kept.map(() => new Float64Array(kept.length));
    const z = new Float64Array(kept.length);
    kept.forEach((g, i) => {
      for (let j = 0; j <= i; j++) {
        let rest = this.#covariance[g * this.groups + kept[j]!]!;
        for (let k = 0; k < j; k++) rest -= factor[i]![k]! * factor[j]![k]!;
        factor[i]![j] = i === j ? Math.sqrt(rest) : rest / factor[j]![j]!;
      }
      let rest = this.observed[g]! - this.expected[g]!;
      for (let k = 0; k < i; k++) rest -= factor[i]![k]! * z[k]!;
      z[i] = rest / factor[i]![i]!;
    });
    return z.reduce((sum, x) => sum + x * x, 0);
  }

  #find(g: number): number {
    let root = g;
    while (this.#lowest[root] !== root) root = this.#lowest[root]!;
    this.#lowest[g] = root;
    return root;
  }

  #join(g: number, h: number): void {
    const [a, b] = [this.#find(g), this.#find(h)];
    this.#lowest[Math.max(a, b)] = Math.min(a, b);
  }
}
