// The nodes and constants of an ONNX graph under construction.
import { DeepTypeError } from '../common/errors.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './onnx-proto.js';

/** onnx.proto: a protocol buffer holds less than 2 GiB. */
const MAX_BYTES = 2 ** 31 - 2 ** 20;

/** Nodes in the order they are computed, and the constants they use. */
export class Graph {
  nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensor>();
  #bytes = 0;

  /** Adds a node; returns the name of its output. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = `${operator}_${this.nodes.length}`,
  ): string {
    this.nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  rename(from: string, to: string): void {
    const name = (value: string) => (value === from ? to : value);
    this.nodes = this.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(name),
      output: name(node.output),
    }));
  }

  /** Adds a constant; returns its name. */
  constant(name: string, tensor: OnnxTensor): string {
    this.#bytes += tensor.data.byteLength;
    if (this.#bytes > MAX_BYTES) {
      throw new DeepTypeError('ERR_OUT_OF_MEMORY', 'an ONNX file holds less than 2 GiB of weights');
    }
    this.constants.set(name, tensor);
    return name;
  }

  number(name: string, value: number): string {
    return this.constant(name, { shape: [], data: Float32Array.of(value) });
  }
}
