// A network, and a fitted model around it, as an ONNX graph of opset 17.
import { assertUnreachable } from '../common/errors.js';
import type { Classes } from '../data/labels.js';
import type { Matrix } from '../data/matrix.js';
import type { Scaler } from '../preprocessing/scaler.js';
import type { TargetScaler } from '../preprocessing/target-scaler.js';
import { ACTIVATIONS, type ActivationName } from './activations.js';
import { Graph } from './onnx-graph.js';
import { ELEMENT_TYPES, encodeOnnx, type OnnxValue } from './onnx-proto.js';
import type { Parameter } from './parameters.js';

/** What is exported: a network, and what a fit found around it. */
export interface OnnxSource {
  readonly activation: ActivationName;
  /** In the order and layout of `Network.parameters()`. */
  readonly parameters: readonly Parameter[];
  readonly scaler?: Scaler | undefined;
  readonly targetScaler?: TargetScaler | undefined;
  /** What becomes of the network's outputs. */
  readonly head: Head;
  /** (K x R); without them there is no output 'cluster'. */
  readonly centroids?: Matrix;
  readonly classes?: Classes | undefined;
}

/** 'both': the probabilities of two classes from one logit. */
export type Head = 'linear' | 'softmax' | 'sigmoid' | 'both';

/** The number of rows, in the shapes. */
const ROWS = 'N';

/** @throws `ERR_OUT_OF_MEMORY` for a network of 2 GiB or more */
export function toOnnx(source: OnnxSource): Uint8Array<ArrayBuffer> {
  const { centroids } = source;
  const layers = layersOf(source.parameters);
  const graph = new Graph();
  const x = scale(graph, 'input', source.scaler);
  const { outputs, representation } = forward(graph, x, source);
  const y = unscale(graph, outputs, source.targetScaler);
  const width = finish(graph, y, source.head, layers.at(-1)!.data.length);
  const [inputs, hidden] = [layers[0]!.shape[1]!, layers.at(-2)!.shape[1]!];
  const results: OnnxValue[] = [
    { name: 'output', type: 'float', shape: [ROWS, width] },
    { name: representation, type: 'float', shape: [ROWS, hidden] },
  ];
  if (centroids !== undefined) {
    nearest(graph, representation, centroids);
    results.push({ name: 'cluster', type: 'int64', shape: [ROWS] });
  }
  const { classes } = source;
  return encodeOnnx({
    opset: 17,
    graph: {
      name: 'deeptype',
      nodes: graph.nodes,
      constants: graph.constants,
      inputs: [{ name: 'input', type: 'float', shape: [ROWS, inputs] }],
      outputs: results,
    },
    metadata: new Map(classes === undefined ? [] : [['classes', JSON.stringify(classes)]]),
  });
}

/**
 * ((x - mean) - remainder) / deviation in float64, as the native core computes it; 0 where the deviation
 * is 0. Each of the float32 inputs is a float64 number, so that nothing is lost of columns of any size.
 */
function scale(graph: Graph, x: string, scaler: Scaler | undefined): string {
  if (scaler === undefined) return x;
  const { mean, remainder, scale } = scaler;
  const apply = (operator: 'Sub' | 'Mul', value: string, name: string, data: Float64Array) =>
    graph.node(operator, [value, graph.constant(name, { shape: [data.length], data })]);
  // The inverse of a deviation below 2^-1000 may be beyond float64: in two steps.
  const lift = scale.map((s) => (s > 0 && s < 2 ** -1000 ? 2 ** 200 : 1));
  const inverse = scale.map((s, j) => (s === 0 ? 0 : 1 / (s * lift[j]!)));
  let value = graph.node('Cast', [x], { to: ELEMENT_TYPES.double });
  value = apply('Sub', value, 'scaler.mean', mean);
  if (remainder.some((r) => r !== 0)) value = apply('Sub', value, 'scaler.remainder', remainder);
  value = apply('Mul', value, 'scaler.inverse', inverse);
  if (lift.some((f) => f !== 1)) value = apply('Mul', value, 'scaler.lift', lift);
  return graph.node('Cast', [value], { to: ELEMENT_TYPES.float });
}

/** location + scale z in float64: outputs in the units of y. */
function unscale(graph: Graph, z: string, scaler: TargetScaler | undefined): string {
  if (scaler === undefined) return z;
  const shape = [scaler.scale.length];
  const factor = graph.constant('targets.scale', { shape, data: scaler.scale });
  const origin = graph.constant('targets.location', { shape, data: scaler.location });
  const exact = graph.node('Cast', [z], { to: ELEMENT_TYPES.double });
  const y = graph.node('Add', [graph.node('Mul', [exact, factor]), origin]);
  return graph.node('Cast', [y], { to: ELEMENT_TYPES.float });
}

/** Weight and bias of each layer; what may follow them is the skip connection. */
function layersOf(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.slice(0, parameters.length - (parameters.length % 2));
}

/** h_l = f(W_l h_(l-1) + b_l); the outputs are W_L h_(L-1) + b_L, and Theta x more with a skip connection. */
function forward(graph: Graph, x: string, { parameters, activation }: OnnxSource) {
  for (const parameter of parameters) graph.constant(parameter.name, parameter);
  const linear = (h: string, l: number) => {
    const [weight, bias] = [parameters[2 * l]!.name, parameters[2 * l + 1]!.name];
    return graph.node('Gemm', [h, weight, bias], { transB: 1 });
  };
  const last = layersOf(parameters).length / 2 - 1;
  const skip = parameters[2 * last + 2];
  let h = x;
  for (let l = 0; l < last; l++) {
    const output = l === last - 1 ? 'representation' : undefined;
    h = ACTIVATIONS[activation].onnx(graph, linear(h, l), output);
  }
  const z = linear(h, last);
  const outputs = skip === undefined ? z : graph.node('Gemm', [x, skip.name, z], { transB: 1 });
  return { outputs, representation: h };
}

/** Names the result 'output'; returns its number of columns. */
function finish(graph: Graph, z: string, head: Head, columns: number): number {
  switch (head) {
    case 'linear':
      graph.rename(z, 'output');
      return columns;
    case 'softmax':
      graph.node('Softmax', [z], { axis: 1 }, 'output');
      return columns;
    case 'sigmoid':
      graph.node('Sigmoid', [z], {}, 'output');
      return columns;
    case 'both': {
      const positive = graph.node('Sigmoid', [z]);
      const negative = graph.node('Sub', [graph.number('one', 1), positive]);
      graph.node('Concat', [negative, positive], { axis: 1 }, 'output');
      return 2;
    }
    default:
      return assertUnreachable(head);
  }
}

/** argmin_k |c_k|^2 - 2 r c_k in float64; the first of equal ones. */
function nearest(graph: Graph, representation: string, { data, rows, columns }: Matrix): void {
  const centroids = Float64Array.from(data);
  const squares = Float64Array.from({ length: rows }, (_, k) =>
    centroids.subarray(k * columns, (k + 1) * columns).reduce((sum, c) => sum + c * c, 0),
  );
  const c = graph.constant('centroids', { shape: [rows, columns], data: centroids });
  const c2 = graph.constant('centroids.squares', { shape: [rows], data: squares });
  const r = graph.node('Cast', [representation], { to: ELEMENT_TYPES.double });
  const distances = graph.node('Gemm', [r, c, c2], { alpha: { float: -2 }, transB: 1 });
  graph.node('ArgMin', [distances], { axis: 1, keepdims: 0, select_last_index: 0 }, 'cluster');
}
