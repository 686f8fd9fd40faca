// ONNX's protocol buffers, as much of them as a perceptron needs; the numbers are those of onnx.proto,
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { isFloat32 } from '../common/checks.js';

export interface OnnxModel {
  readonly opset: number;
  readonly graph: OnnxGraph;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A whole number becomes an INT unless it is marked as FLOAT. */
export type OnnxAttribute = number | { readonly float: number };

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof ELEMENT_TYPES;
  /** A name stands for a size that is known only at run time. */
  readonly shape: readonly (number | string)[];
}

/** TensorProto.DataType. */
export const ELEMENT_TYPES = { float: 1, int64: 7, double: 11 } as const;
/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPES = { float: 1, int: 2 } as const;
/** The version of the intermediate representation that came with opset 15 to 18. */
const IR_VERSION = 8;

/** The bytes of a .onnx file. */
export function encodeOnnx({ opset, graph, metadata }: OnnxModel): Uint8Array<ArrayBuffer> {
  const w = new BinaryWriter();
  integer(w, 1, IR_VERSION);
  text(w, 2, 'deeptype');
  message(w, 7, () => writeGraph(w, graph));
  message(w, 8, () => {
    text(w, 1, '');
    integer(w, 2, opset);
  });
  for (const [key, value] of metadata) {
    message(w, 14, () => {
      text(w, 1, key);
      text(w, 2, value);
    });
  }
  return w.finish() as Uint8Array<ArrayBuffer>; // the writer allocates it
}

function writeGraph(w: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(w, 1, () => writeNode(w, node));
  text(w, 2, graph.name);
  for (const [name, tensor] of graph.constants) message(w, 5, () => writeTensor(w, name, tensor));
  for (const value of graph.inputs) message(w, 11, () => writeValue(w, value));
  for (const value of graph.outputs) message(w, 12, () => writeValue(w, value));
}

function writeNode(w: BinaryWriter, { operator, inputs, output, attributes }: OnnxNode): void {
  for (const input of inputs) text(w, 1, input);
  text(w, 2, output);
  text(w, 3, output);
  text(w, 4, operator);
  for (const [name, value] of Object.entries(attributes)) {
    message(w, 5, () => {
      text(w, 1, name);
      if (typeof value === 'number') {
        integer(w, 3, value);
        integer(w, 20, ATTRIBUTE_TYPES.int);
      } else {
        w.tag(2, WireType.Bit32).float(value.float);
        integer(w, 20, ATTRIBUTE_TYPES.float);
      }
    });
  }
}

function writeTensor(w: BinaryWriter, name: string, { shape, data }: OnnxTensor): void {
  for (const size of shape) integer(w, 1, size);
  integer(w, 2, ELEMENT_TYPES[isFloat32(data) ? 'float' : 'double']);
  text(w, 8, name);
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  w.tag(9, WireType.LengthDelimited).bytes(raw);
}

function writeValue(w: BinaryWriter, { name, type, shape }: OnnxValue): void {
  text(w, 1, name);
  const writeShape = () => {
    for (const size of shape) {
      message(w, 1, () => (typeof size === 'string' ? text(w, 2, size) : integer(w, 1, size)));
    }
  };
  message(w, 2, () =>
    message(w, 1, () => {
      integer(w, 1, ELEMENT_TYPES[type]);
      message(w, 2, writeShape);
    }),
  );
}

function message(w: BinaryWriter, field: number, body: () => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  body();
  w.join();
}

function text(w: BinaryWriter, field: number, value: string): void {
  w.tag(field, WireType.LengthDelimited).string(value);
}

function integer(w: BinaryWriter, field: number, value: number): void {
  w.tag(field, WireType.Varint).int64(value);
}
