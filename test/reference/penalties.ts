import type { Penalty } from './objective.js';
import { type Layer, outgoing } from './tensors.js';

/** The penalty on the outgoing weights of one input. */
export function penaltyOf(penalty: Penalty, l1Ratio: number, w: readonly number[]): number {
  const absolute = w.reduce((sum, v) => sum + Math.abs(v), 0);
  const squares = w.reduce((sum, v) => sum + v * v, 0);
  switch (penalty) {
    case 'group-lasso':
      return Math.sqrt(squares);
    case 'l1':
      return absolute;
    case 'l2':
      return squares / 2;
    case 'elastic-net':
      return l1Ratio * absolute + ((1 - l1Ratio) / 2) * squares;
    case 'l-infinity':
      return Math.max(...w.map(Math.abs));
  }
}

export function sparsity(penalty: Penalty, l1Ratio: number, first: Layer): number {
  let sum = 0;
  for (let j = 0; j < first.inputs; j++) sum += penaltyOf(penalty, l1Ratio, outgoing(first, j));
  return sum;
}

/** argmin_x |x - v|^2 / 2 + t penalty(x). */
export function prox(penalty: Penalty, l1Ratio: number, v: readonly number[], t: number): number[] {
  const soft = (u: number, s: number) => Math.sign(u) * Math.max(0, Math.abs(u) - s);
  switch (penalty) {
    case 'group-lasso': {
      const norm = Math.hypot(...v);
      return v.map((u) => (norm <= t ? 0 : u * (1 - t / norm)));
    }
    case 'l1':
      return v.map((u) => soft(u, t));
    case 'l2':
      return v.map((u) => u / (1 + t));
    case 'elastic-net':
      return v.map((u) => soft(u, t * l1Ratio) / (1 + t * (1 - l1Ratio)));
    case 'l-infinity': {
      const level = cutLevel(v.map(Math.abs), t);
      return v.map((u) => Math.sign(u) * Math.min(Math.abs(u), level));
    }
  }
}

/** The level at which cutting sizes off takes away t in all; 0 where there is less. By halving. */
function cutLevel(sizes: readonly number[], t: number): number {
  const cut = (level: number) => sizes.reduce((sum, u) => sum + Math.max(0, u - level), 0);
  if (cut(0) <= t) return 0;
  let [low, high] = [0, Math.max(...sizes)];
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (cut(middle) > t) low = middle;
    else high = middle;
  }
  return high;
}

/** `prox` of every input's outgoing weights. */
export function proxLayer(penalty: Penalty, l1Ratio: number, layer: Layer, t: number): Layer {
  const weight = layer.weight.slice();
  for (let j = 0; j < layer.inputs; j++) {
    prox(penalty, l1Ratio, outgoing(layer, j), t).forEach((v, o) => {
      weight[o * layer.inputs + j] = v;
    });
  }
  return { ...layer, weight };
}

/** How far 0 is from g + alpha d(penalty)(w), for the outgoing weights w of one input. */
export function kktResidual(
  penalty: Penalty,
  l1Ratio: number,
  w: readonly number[],
  g: readonly number[],
  alpha: number,
): number {
  if (penalty === 'group-lasso') {
    const norm = Math.hypot(...w);
    if (norm === 0) return Math.max(0, Math.hypot(...g) - alpha);
    return Math.hypot(...w.map((v, r) => g[r]! + (alpha * v) / norm));
  }
  if (penalty === 'l-infinity') return groupInfinityResidual(w, g, alpha);
  const ratio = penalty === 'l1' ? 1 : penalty === 'l2' ? 0 : l1Ratio;
  return Math.hypot(
    ...w.map((v, r) =>
      v === 0
        ? Math.max(0, Math.abs(g[r]!) - alpha * ratio)
        : g[r]! + alpha * (ratio * Math.sign(v) + (1 - ratio) * v),
    ),
  );
}

/**
 * s = the signs of the largest weights times a distribution p on them: what alpha p leaves of
 * y = -g sign(w) there is at most one level, the one that gives p its sum.
 */
function groupInfinityResidual(w: readonly number[], g: readonly number[], alpha: number): number {
  const largest = Math.max(...w.map(Math.abs));
  if (largest === 0) {
    const level = cutLevel(g.map(Math.abs), alpha);
    return Math.hypot(...g.map((v) => Math.min(Math.abs(v), level)));
  }
  const isLargest = w.map((v) => Math.abs(v) === largest);
  const y = g.flatMap((v, r) => (isLargest[r] ? [-v * Math.sign(w[r]!)] : []));
  const shift = Math.min(...y) - alpha; // all of y and the level lie above it
  const level =
    cutLevel(
      y.map((v) => v - shift),
      alpha,
    ) + shift;
  return Math.hypot(...g.filter((_, r) => !isLargest[r]), ...y.map((v) => Math.min(v, level)));
}

/** The largest residual over the inputs of a first layer and the gradient of its smooth part. */
export function largestResidual(
  penalty: Penalty,
  l1Ratio: number,
  first: Layer,
  gradient: Layer,
  alpha: number,
): number {
  let largest = 0;
  for (let j = 0; j < first.inputs; j++) {
    const [w, g] = [outgoing(first, j), outgoing(gradient, j)];
    largest = Math.max(largest, kktResidual(penalty, l1Ratio, w, g, alpha));
  }
  return largest;
}
