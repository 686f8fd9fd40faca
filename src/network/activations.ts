// The activations. The formulas are in native/core/terms/activations.
import { namesOf } from '../common/name.js';
import type { Graph } from './onnx-graph.js';
import type { OnnxAttribute } from './onnx-proto.js';

interface ActivationTraits {
  /** Adds the nodes of f(z), the last one named `output` where a name is given; returns its name. */
  readonly onnx: (graph: Graph, z: string, output: string | undefined) => string;
}

/** An activation that is one ONNX operator. */
function operator(
  name: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): ActivationTraits {
  return { onnx: (graph, z, output) => graph.node(name, [z], attributes, output) };
}

/** One entry an activation. */
export const ACTIVATIONS = {
  relu: operator('Relu'),
  /** Its slope below 0 is 0.01. */
  'leaky-relu': operator('LeakyRelu', { alpha: { float: 0.01 } }),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  /** The exact erf form, z (1 + erf(z / sqrt 2)) / 2. */
  gelu: {
    onnx: (graph, z, output) => {
      const erf = graph.node('Erf', [
        graph.node('Mul', [z, graph.number('inverse sqrt 2', Math.SQRT1_2)]),
      ]);
      const half = graph.node('Mul', [z, graph.number('half', 0.5)]);
      const one = graph.number('one', 1);
      return graph.node('Mul', [half, graph.node('Add', [erf, one])], {}, output);
    },
  },
  identity: operator('Identity'),
} as const satisfies Readonly<Record<string, ActivationTraits>>;

export type ActivationName = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = namesOf(ACTIVATIONS);
