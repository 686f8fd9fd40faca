/**
 * The DeepType objective once more, in float64 and written as the formulas stand in the papers: no
 * code of the package is used, so that agreement means something. Tables are arrays of rows.
 */

export type Table = readonly (readonly number[])[];
export type Activation = 'relu' | 'leaky-relu' | 'sigmoid' | 'tanh' | 'gelu' | 'identity';
export type Loss = 'cross-entropy' | 'bce' | 'mse' | 'mae' | 'huber';
export type Penalty = 'group-lasso' | 'l1' | 'l2' | 'elastic-net';
export type Metric = 'squared-euclidean' | 'euclidean';

export const ACTIVATIONS = ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'gelu', 'identity'] as const;
export const LOSSES = ['cross-entropy', 'bce', 'mse', 'mae', 'huber'] as const;
export const PENALTIES = ['group-lasso', 'l1', 'l2', 'elastic-net'] as const;
export const METRICS = ['squared-euclidean', 'euclidean'] as const;

/** One linear layer; `weight[o * inputs + i]` as in PyTorch. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A tensor as the package hands it out. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What is minimised: primary + alpha sparsity + beta distance. */
export interface Objective {
  readonly activation: Activation;
  readonly loss: Loss;
  readonly penalty: Penalty;
  readonly l1Ratio: number;
  readonly metric: Metric;
  readonly alpha: number;
  readonly beta: number;
}

/** A batch; y holds one row of targets a sample, or in column 0 its class. */
export interface Batch {
  readonly x: Table;
  readonly y: Table;
  readonly centers?: Table;
}

// ---- parameters

export function layersOf(parameters: readonly Tensor[]): Layer[] {
  const layers: Layer[] = [];
  for (let l = 0; l < parameters.length; l += 2) {
    const [weight, bias] = [parameters[l]!, parameters[l + 1]!];
    const [outputs, inputs] = weight.shape as [number, number];
    layers.push({
      inputs,
      outputs,
      weight: Float64Array.from(weight.data),
      bias: Float64Array.from(bias.data),
    });
  }
  return layers;
}

/** The tensors of the layers, in the order of `Network.parameters()`. */
export function tensorsOf(layers: readonly Layer[]): Float64Array[] {
  return layers.flatMap(({ weight, bias }) => [weight, bias]);
}

export function zerosLike(layers: readonly Layer[]): Layer[] {
  return layers.map((layer) => ({
    ...layer,
    weight: new Float64Array(layer.weight.length),
    bias: new Float64Array(layer.bias.length),
  }));
}

/** The outgoing weights of input j in the first layer. */
export function outgoing({ inputs, outputs, weight }: Layer, j: number): number[] {
  return Array.from({ length: outputs }, (_, o) => weight[o * inputs + j]!);
}

// ---- forward

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** 1 - erf(x), for every x to about 1e-15 relative. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    // erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!: all terms are positive
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-18; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
  }
  // exp(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), from the far end
  let tail = x;
  for (let n = 200; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

export function activate(name: Activation, z: number): number {
  switch (name) {
    case 'relu':
      return Math.max(z, 0);
    case 'leaky-relu':
      return z > 0 ? z : 0.01 * z;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-z));
    case 'tanh':
      return Math.tanh(z);
    case 'gelu':
      return (z * erfc(-z / Math.SQRT2)) / 2;
    case 'identity':
      return z;
  }
}

/** The derivative of `activate`; at a kink that of the left side. */
export function slope(name: Activation, z: number): number {
  switch (name) {
    case 'relu':
      return z > 0 ? 1 : 0;
    case 'leaky-relu':
      return z > 0 ? 1 : 0.01;
    case 'sigmoid': {
      const s = 1 / (1 + Math.exp(-z));
      return s * (1 - s);
    }
    case 'tanh':
      return 1 - Math.tanh(z) ** 2;
    case 'gelu':
      return erfc(-z / Math.SQRT2) / 2 + (z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    case 'identity':
      return 1;
  }
}

export interface Passes {
  /** Pre-activations of every layer, the outputs last. */
  readonly z: number[][][];
  /** X, then the activations of every hidden layer, the representation last. */
  readonly h: Table[];
}

export function forward(layers: readonly Layer[], activation: Activation, x: Table): Passes {
  const z: number[][][] = [];
  const h: Table[] = [x];
  layers.forEach(({ inputs, outputs, weight, bias }, l) => {
    const before = h[l]!;
    const sums = before.map((row) => {
      const out = new Array<number>(outputs);
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i]! * row[i]!;
        out[o] = sum;
      }
      return out;
    });
    z.push(sums);
    if (l + 1 < layers.length) h.push(sums.map((row) => row.map((v) => activate(activation, v))));
  });
  return { z, h };
}

// ---- the three terms

/** Loss of one sample, summed over its outputs, and its derivatives by them. */
function sampleLoss(loss: Loss, o: readonly number[], y: readonly number[]): [number, number[]] {
  if (loss === 'cross-entropy') {
    const top = Math.max(...o);
    const partition = o.reduce((sum, v) => sum + Math.exp(v - top), 0);
    const value = Math.log(partition) + top - o[y[0]!]!;
    return [value, o.map((v, c) => Math.exp(v - top) / partition - (c === y[0] ? 1 : 0))];
  }
  const parts = o.map((v, c) => elementLoss(loss, v, y[c]!));
  return [
    parts.reduce((sum, [value]) => sum + value, 0),
    parts.map(([, derivative]) => derivative),
  ];
}

/** Loss of one output and its derivative. */
function elementLoss(loss: Exclude<Loss, 'cross-entropy'>, o: number, y: number): [number, number] {
  const e = o - y;
  switch (loss) {
    case 'bce':
      return [
        Math.max(o, 0) - o * y + Math.log1p(Math.exp(-Math.abs(o))),
        1 / (1 + Math.exp(-o)) - y,
      ];
    case 'mse':
      return [e * e, 2 * e];
    case 'mae':
      return [Math.abs(e), Math.sign(e)];
    case 'huber':
      return Math.abs(e) <= 1 ? [(e * e) / 2, e] : [Math.abs(e) - 0.5, Math.sign(e)];
  }
}

/** How many numbers the mean loss of a sample is over. */
function terms(loss: Loss, outputs: number): number {
  return loss === 'cross-entropy' ? 1 : outputs;
}

export function primaryLoss(loss: Loss, outputs: Table, y: Table): number {
  const count = outputs.length * terms(loss, outputs[0]!.length);
  return outputs.reduce((sum, o, i) => sum + sampleLoss(loss, o, y[i]!)[0] / count, 0);
}

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
  }
}

export function sparsity(penalty: Penalty, l1Ratio: number, first: Layer): number {
  let sum = 0;
  for (let j = 0; j < first.inputs; j++) sum += penaltyOf(penalty, l1Ratio, outgoing(first, j));
  return sum;
}

export function distanceOf(metric: Metric, a: readonly number[], b: readonly number[]): number {
  const squared = a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0);
  return metric === 'euclidean' ? Math.sqrt(squared) : squared;
}

/** The nearest center of each row of h. */
export function nearestLabels(h: Table, centers: Table): number[] {
  return h.map((row) => {
    const distances = centers.map((c) => distanceOf('squared-euclidean', row, c));
    return distances.indexOf(Math.min(...distances));
  });
}

export interface Parts {
  primary: number;
  sparsity: number;
  distance: number;
  total: number;
}

/** The objective; sample i is drawn to center `labels[i]`. */
export function evaluate(
  objective: Objective,
  layers: readonly Layer[],
  batch: Batch,
  labels: readonly number[],
): Parts {
  const { z, h } = forward(layers, objective.activation, batch.x);
  const primary = primaryLoss(objective.loss, z.at(-1)!, batch.y);
  const penalty = sparsity(objective.penalty, objective.l1Ratio, layers[0]!);
  const representation = h.at(-1)!;
  const { centers } = batch;
  const distance =
    centers === undefined
      ? 0
      : representation.reduce(
          (sum, row, i) => sum + distanceOf(objective.metric, row, centers[labels[i]!]!),
          0,
        ) / representation.length;
  const total = primary + objective.alpha * penalty + objective.beta * distance;
  return { primary, sparsity: penalty, distance, total };
}

/** The labels at which `evaluate` is taken: the nearest center of each sample. */
export function labelsOf(
  objective: Objective,
  layers: readonly Layer[],
  { x, centers }: Batch,
): number[] {
  if (centers === undefined) return [];
  return nearestLabels(forward(layers, objective.activation, x).h.at(-1)!, centers);
}

// ---- gradients

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

// ---- proximal operators

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
  }
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
  const ratio = penalty === 'l1' ? 1 : penalty === 'l2' ? 0 : l1Ratio;
  return Math.hypot(
    ...w.map((v, r) =>
      v === 0
        ? Math.max(0, Math.abs(g[r]!) - alpha * ratio)
        : g[r]! + alpha * (ratio * Math.sign(v) + (1 - ratio) * v),
    ),
  );
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

// ---- drawing

/** Uniform numbers in [0, 1) (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform on +-scale, rounded to float32 so that nothing is lost on the way in. */
export function drawTable(draw: () => number, rows: number, columns: number, scale: number) {
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround(scale * (2 * draw() - 1))),
  );
}

/** Layers of the given widths with weights and biases uniform on +-gain/sqrt(inputs). */
export function drawTensors(draw: () => number, widths: readonly number[], gain: number): Tensor[] {
  return widths.slice(1).flatMap((out, l) => {
    const inputs = widths[l]!;
    const bound = gain / Math.sqrt(inputs);
    const fill = (size: number) =>
      Float32Array.from({ length: size }, () => bound * (2 * draw() - 1));
    return [
      { name: `layers.${l}.weight`, shape: [out, inputs], data: fill(out * inputs) },
      { name: `layers.${l}.bias`, shape: [out], data: fill(out) },
    ];
  });
}

export function norm(v: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < v.length; i++) squares += v[i]! * v[i]!;
  return Math.sqrt(squares);
}

/** |a - b|_2 */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}
