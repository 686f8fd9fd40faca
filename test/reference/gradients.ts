import { forward, slope } from './forward.js';
import { sampleLoss, terms } from './losses.js';
import type { Batch, Objective } from './objective.js';
import { type Layer, tensorsOf, zerosLike } from './tensors.js';
import { distanceOf, evaluate } from './terms.js';

/** Central differences of the total, tensor by tensor. */
export function numericalGradient(
  objective: Objective,
  layers: readonly Layer[],
  batch: Batch,
  labels: readonly number[],
  step: number,
): Float64Array[] {
  return tensorsOf(layers).map((tensor) =>
    tensor.map((value, k) => {
      tensor[k] = value + step;
      const above = evaluate(objective, layers, batch, labels).total;
      tensor[k] = value - step;
      const below = evaluate(objective, layers, batch, labels).total;
      tensor[k] = value;
      return (above - below) / (2 * step);
    }),
  );
}

/** Gradient of the smooth part, primary + beta distance, by the chain rule. */
export function smoothGradient(
  objective: Objective,
  layers: readonly Layer[],
  batch: Batch,
  labels: readonly number[],
): Layer[] {
  const { activation, loss, metric, beta } = objective;
  const { x, y, centers } = batch;
  const { z, h } = forward(layers, activation, x);
  const gradient = zerosLike(layers);
  const n = x.length;
  const last = layers.length - 1;
  for (let i = 0; i < n; i++) {
    if (loss === 'cox') throw new Error('no mean over samples');
    const [, derivatives] = sampleLoss(loss, z[last]![i]!, y[i]!);
    let delta = derivatives.map((d) => d / (n * terms(loss, derivatives.length)));
    for (let l = last; l >= 0; l--) {
      const { inputs, outputs, weight } = layers[l]!;
      const input = h[l]![i]!;
      const g = gradient[l]!;
      const back = new Array<number>(inputs).fill(0);
      for (let o = 0; o < outputs; o++) {
        const d = delta[o]!;
        g.bias[o]! += d;
        for (let k = 0; k < inputs; k++) {
          g.weight[o * inputs + k]! += d * input[k]!;
          back[k]! += d * weight[o * inputs + k]!;
        }
      }
      if (l === 0) break;
      if (l === last && centers !== undefined) {
        const center = centers[labels[i]!]!;
        const length = distanceOf('euclidean', input, center);
        input.forEach((v, k) => {
          const pull = metric === 'euclidean' ? (v - center[k]!) / length : 2 * (v - center[k]!);
          if (pull !== 0) back[k]! += (beta / n) * pull;
        });
      }
      delta = back.map((v, k) => v * slope(activation, z[l - 1]![i]![k]!));
    }
  }
  return gradient;
}
