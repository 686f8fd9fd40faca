import type { Parameter } from '../src/index.js';

/**
 * A multilayer perceptron with ReLU as an ONNX model (opset 13): input 'x' [rows, inputs], output 'y'
 * [rows, outputs], one Gemm a layer. Parameters in the order and layout of `Network.parameters()`.
 */
export function perceptronModel(parameters: readonly Parameter[]): Uint8Array {
  const layers = parameters.length / 2;
  const weights = parameters.filter((_, i) => i % 2 === 0);
  const nodes = weights.flatMap((weight, l) => {
    const bias = parameters[2 * l + 1]!;
    const input = l === 0 ? 'x' : `h${l}`;
    const gemm = [input, weight.name, bias.name];
    if (l === layers - 1) return [node('Gemm', gemm, 'y', TRANSPOSED)];
    return [node('Gemm', gemm, `z${l + 1}`, TRANSPOSED), node('Relu', [`z${l + 1}`], `h${l + 1}`)];
  });
  const graph = [
    ...nodes.map((one) => field(1, one)),
    field(2, text('perceptron')),
    ...parameters.map((one) => field(5, tensor(one))),
    field(11, value('x', weights[0]!.shape[1]!)),
    field(12, value('y', weights.at(-1)!.shape[0]!)),
  ];
  const opset = [field(1, text('')), integer(2, 13)];
  return join([integer(1, 8), field(7, join(graph)), field(8, join(opset))]);
}

const FLOAT = 1;
const INT_ATTRIBUTE = 2;
/** Gemm's transB = 1: weights are [out, in]. */
const TRANSPOSED = join([field(1, text('transB')), integer(3, 1), integer(20, INT_ATTRIBUTE)]);

function node(type: string, inputs: readonly string[], output: string, attribute?: Uint8Array) {
  return join([
    ...inputs.map((name) => field(1, text(name))),
    field(2, text(output)),
    field(4, text(type)),
    ...(attribute ? [field(5, attribute)] : []),
  ]);
}

function tensor({ name, shape, data }: Parameter): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const dims = shape.map((size) => integer(1, size));
  return join([...dims, integer(2, FLOAT), field(8, text(name)), field(9, raw)]);
}

function value(name: string, columns: number): Uint8Array {
  const rows = field(1, field(2, text('rows')));
  const shape = join([rows, field(1, integer(1, columns))]);
  const type = field(1, join([integer(1, FLOAT), field(2, shape)]));
  return join([field(1, text(name)), field(2, type)]);
}

// ---- protocol buffers: varints, and bytes with their length in front

function integer(tag: number, x: number): Uint8Array {
  return join([varint(tag << 3), varint(x)]);
}

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return join([varint((tag << 3) | 2), varint(bytes.length), bytes]);
}

function varint(x: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = x; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function text(s: string): Uint8Array {
  return new TextEncoder().encode(s);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
