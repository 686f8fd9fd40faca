import type { Penalty } from './objective.js';
import { proxLayer } from './penalties.js';
import { type Layer, outgoing } from './tensors.js';

/** A bound on a first layer, and what keeps it; float64, nothing of the package. */
export interface Bound {
  readonly norm: 'l-infinity' | 'l2' | 'l1';
  readonly axis: 'weight' | 'input' | 'unit';
  readonly radius: number;
}

/** The vectors that a bound along `axis` is about. */
export function vectorsOf(layer: Layer, axis: Bound['axis']): number[][] {
  if (axis === 'weight') return Array.from(layer.weight, (w) => [w]);
  if (axis === 'input') return Array.from({ length: layer.inputs }, (_, j) => outgoing(layer, j));
  const { inputs, outputs, weight } = layer;
  return Array.from({ length: outputs }, (_, o) =>
    Array.from(weight.subarray(o * inputs, (o + 1) * inputs)),
  );
}

export function normOf(norm: Bound['norm'], v: readonly number[]): number {
  const sizes = v.map(Math.abs);
  if (norm === 'l-infinity') return Math.max(...sizes);
  return norm === 'l2' ? Math.hypot(...v) : sizes.reduce((sum, x) => sum + x, 0);
}

/** The nearest vector whose norm is at most `radius`; the L1 ball by halving its threshold. */
function nearest({ norm, radius }: Bound, v: readonly number[]): number[] {
  const size = normOf(norm, v);
  if (size <= radius) return [...v];
  if (norm === 'l2') return v.map((x) => (x * radius) / size);
  if (norm === 'l-infinity') return v.map((x) => Math.max(-radius, Math.min(radius, x)));
  const soft = (tau: number) => v.map((x) => Math.sign(x) * Math.max(0, Math.abs(x) - tau));
  let [low, high] = [0, size];
  for (let k = 0; k < 100; k++) {
    const middle = (low + high) / 2;
    if (normOf('l1', soft(middle)) > radius) low = middle;
    else high = middle;
  }
  return soft(high);
}

export function projectLayer(bound: Bound, layer: Layer): Layer {
  const { inputs, outputs } = layer;
  const vectors = vectorsOf(layer, bound.axis).map((v) => nearest(bound, v));
  const weight = layer.weight.map((_, k) => {
    const [o, j] = [Math.floor(k / inputs), k % inputs];
    if (bound.axis === 'weight') return vectors[k]![0]!;
    return bound.axis === 'input' ? vectors[j]![o]! : vectors[o]![j]!;
  });
  return { inputs, outputs, weight, bias: layer.bias };
}

/** argmin_x |x - v|^2 / 2 + t penalty(x) within the bound, by 3000 rounds of Dykstra's algorithm. */
export function boundedProx(
  penalty: Penalty,
  l1Ratio: number,
  bound: Bound,
  v: Layer,
  t: number,
): Layer {
  const plus = (a: Layer, b: Float64Array, sign = 1): Layer => ({
    ...a,
    weight: a.weight.map((x, k) => x + sign * b[k]!),
  });
  let x = v;
  let byProx = new Float64Array(v.weight.length);
  let byBound = new Float64Array(v.weight.length);
  for (let round = 0; round < 3000; round++) {
    const before = plus(x, byProx);
    const thresholded = proxLayer(penalty, l1Ratio, before, t);
    byProx = Float64Array.from(plus(before, thresholded.weight, -1).weight);
    const inside = plus(thresholded, byBound);
    const next = projectLayer(bound, inside);
    byBound = Float64Array.from(plus(inside, next.weight, -1).weight);
    const moved = next.weight.reduce((m, w, k) => Math.max(m, Math.abs(w - x.weight[k]!)), 0);
    x = next;
    if (round > 0 && moved < 1e-15) break;
  }
  return x;
}
