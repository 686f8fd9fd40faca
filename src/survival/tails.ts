import cephes from './cephes.cjs';

/** The value that a standard normal variable exceeds with probability p, 0 < p < 1. */
export function normalUpperQuantile(p: number): number {
  return -cephes().ndtri(p);
}

/** The probability that a chi-squared variable exceeds some value. */
export interface Tail {
  /** 0 where it is below the smallest double. */
  readonly p: number;
  /** Natural logarithm of p, to about 1e-12 of itself however small p is. */
  readonly logP: number;
}

/** Below exp of this the tail of Cephes may underflow, which it reports as an error. */
const LEAST_LOG = -600;

/**
 * P(chi-squared > x) = Q(a, h), the regularised upper incomplete gamma function at a = df / 2 and
 * h = x / 2: from Cephes where that is far from underflow, else by Legendre's continued fraction
 * (Abramowitz and Stegun 6.5.31), which converges fast so far out in the tail.
 *
 * @param x at least 0
 * @param df at least 1
 */
export function chiSquaredTail(x: number, df: number): Tail {
  const a = df / 2;
  const h = x / 2;
  const { chdtr, chdtrc, lgam } = cephes();
  const logDensity = a * Math.log(h) - h - lgam(a); // log of h^a e^-h / Gamma(a)
  if (logDensity < LEAST_LOG) {
    if (h < a) return { p: 1, logP: 0 };
    const logP = logDensity + Math.log(legendreFraction(a, h));
    return { p: Math.exp(logP), logP };
  }
  const p = chdtrc(df, x);
  return { p, logP: p > 0.5 ? Math.log1p(-chdtr(df, x)) : Math.log(p) };
}

/**
 * Gamma(a, h) e^h h^-a = 1 / (h+1-a - 1(1-a) / (h+3-a - 2(2-a) / (h+5-a - ...))), h > a, by the
 * modified Lentz method (Thompson and Barnett 1986).
 */
function legendreFraction(a: number, h: number): number {
  const tiny = 1e-300;
  let b = h + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; ; i++) {
    const term = -i * (i - a);
    b += 2;
    d = 1 / nonZero(term * d + b, tiny);
    c = nonZero(b + term / c, tiny);
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) <= 1e-15) return fraction;
  }
}

function nonZero(x: number, tiny: number): number {
  return Math.abs(x) < tiny ? tiny : x;
}
