/** ONNX element types used here. */
export const FLOAT32 = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;

/** A graph input or output: name, element type, dimensions (names for free ones). */
export interface TensorInfo {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly (string | number)[];
}

/** An operator of a graph, with the names of its inputs and outputs. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

/** A constant: one number of an element type, a scalar. */
export interface Scalar {
  readonly name: string;
  readonly type: number;
  readonly value: number;
}

const IR_VERSION = 8;
const OPSET = 17;

// Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx, Apache-2.0).
const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
};
const integer = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];
const block = (field: number, content: readonly number[] | string): number[] => {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content;
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
};

const ATTRIBUTE_INT = 2;

function nodeProto(node: Node): number[] {
  return [
    ...node.inputs.flatMap((name) => block(1, name)),
    ...node.outputs.flatMap((name) => block(2, name)),
    ...block(4, node.op),
    ...Object.entries(node.attributes ?? {}).flatMap(([name, value]) =>
      block(5, [...block(1, name), ...integer(3, value), ...integer(20, ATTRIBUTE_INT)]),
    ),
  ];
}

function valueInfo({ name, type, shape }: TensorInfo): number[] {
  const dims = shape.flatMap((size) =>
    block(1, typeof size === 'string' ? block(2, size) : integer(1, size)),
  );
  return [...block(1, name), ...block(2, block(1, [...integer(1, type), ...block(2, dims)]))];
}

function tensorProto({ name, type, value }: Scalar): number[] {
  const data =
    type === FLOAT32 ? block(4, [...new Uint8Array(Float32Array.of(value).buffer)]) : block(5, varint(value));
  return [...integer(2, type), ...data, ...block(8, name)];
}

const opset = (domain: string, version: number): number[] =>
  block(8, [...block(1, domain), ...integer(2, version)]);

/** An ONNX model of a few nodes, as the bytes ONNX Runtime loads. */
export function onnxModel(
  nodes: readonly Node[],
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  constants: readonly Scalar[] = [],
): Uint8Array<ArrayBuffer> {
  const graph = [
    ...nodes.flatMap((node) => block(1, nodeProto(node))),
    ...block(2, 'nearduck'),
    ...constants.flatMap((constant) => block(5, tensorProto(constant))),
    ...inputs.flatMap((input) => block(11, valueInfo(input))),
    ...outputs.flatMap((output) => block(12, valueInfo(output))),
  ];
  return new Uint8Array([...integer(1, IR_VERSION), ...block(7, graph), ...opset('', OPSET)]);
}
