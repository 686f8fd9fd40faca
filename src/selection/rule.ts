import type { Parameters } from './grid.js';

/** A combination and its error. */
export interface Judged {
  readonly parameters: Parameters;
  readonly error: number;
  readonly standardError: number;
}

export const RULES = ['best', 'one-standard-error'] as const;
export type Rule = (typeof RULES)[number];

/** Share of the least error by which that of a larger beta may exceed it. */
const BETA_TOLERANCE = 0.1;

/** Rounding of means of equal errors in another order, relative to them. */
const ROUNDING = 1e-12;

/**
 * 'best': the least mean error; of equals the largest alpha, then the largest beta, then the first.
 * 'one-standard-error' (Breiman et al. 1984, sec. 3.4.3) continues from there: the largest alpha whose
 * error is within one standard error of the best, all else equal; then at that alpha the largest beta
 * whose error is within 10 % of the least there.
 */
export function choose<R extends Judged>(rows: readonly R[], rule: Rule): R {
  const best = rows.reduce((a, b) => (isBetter(b, a) ? b : a));
  if (rule === 'best') return best;
  const sameButAlpha = rows.filter((row) => agree(row, best, ['alpha', 'relativeWeight']));
  const sparsest = largest(sameButAlpha, alphaOf, best.error + best.standardError);
  const sameButBeta = rows.filter((row) => agree(row, sparsest, ['beta']));
  const least = Math.min(...sameButBeta.map(({ error }) => error));
  return largest(sameButBeta, betaOf, least * (1 + BETA_TOLERANCE));
}

function isBetter(a: Judged, b: Judged): boolean {
  const size = Math.max(Math.abs(a.error), Math.abs(b.error));
  if (Math.abs(a.error - b.error) > ROUNDING * size) return a.error < b.error;
  return alphaOf(a) - alphaOf(b) > 0 || (alphaOf(a) === alphaOf(b) && betaOf(a) > betaOf(b));
}

/** The row of the largest weight whose error is at most `bound`. */
function largest<R extends Judged>(
  rows: readonly R[],
  weight: (row: Judged) => number,
  bound: number,
): R {
  const within = rows.filter(({ error }) => error <= bound + ROUNDING * Math.abs(bound));
  return within.reduce((a, b) => (weight(b) > weight(a) ? b : a));
}

/** Whether two rows have the same values but for the names in `except`. */
function agree(a: Judged, b: Judged, except: readonly string[]): boolean {
  const names = Object.keys(a.parameters) as (keyof Parameters)[];
  return names.every((k) => except.includes(k) || a.parameters[k] === b.parameters[k]);
}

function alphaOf({ parameters }: Judged): number {
  return parameters.alpha ?? parameters.relativeWeight ?? 0;
}

function betaOf({ parameters }: Judged): number {
  return parameters.beta ?? 0;
}
