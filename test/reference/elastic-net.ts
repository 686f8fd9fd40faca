// The elastic net by its definitions, in plain loops; nothing is shared with the native code.

export interface Problem {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly alpha: number;
  readonly l1Ratio: number;
  readonly fitIntercept: boolean;
}

function meanOf(values: readonly number[]): number {
  const first = values[0]!;
  return first + values.reduce((sum, v) => sum + (v - first), 0) / values.length;
}

/** Columns and y, each less its mean where there is an intercept. */
export function centred({ X, y, fitIntercept }: Problem) {
  const shifted = (values: readonly number[]) => {
    const mean = fitIntercept ? meanOf(values) : 0;
    return values.map((v) => v - mean);
  };
  const columns = X[0]!.map((_, j) => shifted(X.map((row) => row[j]!)));
  return { columns, y: shifted(y) };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/**
 * |y - X w|^2 / 2N + alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) / 2 |w|^2 less the dual objective, and |y|^2 / N.
 * The dual point is c (y - X w), for the Lasso in the columns (x_j, sqrt(N alpha (1 - l1Ratio)) e_j) with the
 * largest feasible c <= 1; or, where l1Ratio is below 1, y - X w itself with the conjugate of the penalty. Both
 * gaps are exact sums of parts; the smaller one counts.
 */
export function certificate(problem: Problem, w: ArrayLike<number>) {
  const { columns, y } = centred(problem);
  const { alpha, l1Ratio } = problem;
  const [l1, l2] = [y.length * alpha * l1Ratio, y.length * alpha * (1 - l1Ratio)];
  const weights = Array.from(w);
  const r = y.map((v, i) => v - weights.reduce((sum, c, j) => sum + (c && c * columns[j]![i]!), 0));
  const q = columns.map((column) => dot(column, r));
  const g = q.map((v, j) => v - l2 * weights[j]!);
  const c = Math.min(1, l1 / g.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
  const shrunk =
    ((1 - c) ** 2 / 2) * (dot(r, r) + l2 * dot(weights, weights)) +
    weights.reduce((sum, v, j) => sum + l1 * Math.abs(v) - c * v * g[j]!, 0);
  const whole = weights.reduce((sum, v, j) => {
    const above = Math.max(0, Math.abs(q[j]!) - l1);
    const conjugate = above && above ** 2 / (2 * l2);
    return sum + l1 * Math.abs(v) + (l2 / 2) * v * v + conjugate - v * q[j]!;
  }, 0);
  const gap = Math.min(l1 > 0 ? shrunk : Infinity, l2 > 0 ? whole : Infinity) / y.length;
  return { gap, scale: dot(y, y) / y.length };
}

/** The objective at w, with the intercept that belongs to it. */
export function objective(problem: Problem, w: ArrayLike<number>): number {
  const { columns, y } = centred(problem);
  const { alpha, l1Ratio } = problem;
  const weights = Array.from(w);
  const r = y.map((v, i) => v - weights.reduce((sum, c, j) => sum + (c && c * columns[j]![i]!), 0));
  const penalty = weights.reduce(
    (sum, v) => sum + l1Ratio * Math.abs(v) + ((1 - l1Ratio) / 2) * v * v,
    0,
  );
  return dot(r, r) / (2 * y.length) + alpha * penalty;
}
