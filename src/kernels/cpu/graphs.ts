import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { FLOAT32, INT64, INT8, onnxModel, UINT8, type Node, type TensorInfo } from './onnxModel.ts';

const require = createRequire(import.meta.url);
/** Loaded when the first kernels are made: opening a session or printing help need not load it. */
export const loadOnnxRuntime = (): typeof import('onnxruntime-node') => require('onnxruntime-node');

const tensor = (name: string, type: number, ...shape: (string | number)[]): TensorInfo => ({ name, type, shape });

const topK: Node = { op: 'TopK', inputs: ['y', 'count'], outputs: ['value', 'index'], attributes: { axis: 1 } };
const topKOutputs = [tensor('value', FLOAT32, 'm', 'count'), tensor('index', INT64, 'm', 'count')];

/** a (m × d) · b (n × d)ᵀ + c, the `count` largest of each row. */
const float32Candidates = onnxModel(
  [{ op: 'Gemm', inputs: ['a', 'b', 'c'], outputs: ['y'], attributes: { transB: 1 } }, topK],
  [tensor('a', FLOAT32, 'm', 'd'), tensor('b', FLOAT32, 'n', 'd'), tensor('c', FLOAT32, 'cm', 'cn'), tensor('count', INT64, 1)],
  topKOutputs,
);

const quantizedInputs = [
  tensor('a', UINT8, 'm', 'd'),
  tensor('b', INT8, 'n', 'd'),
  tensor('aScale', FLOAT32),
  tensor('bScale', FLOAT32, 'n'),
  tensor('aZero', UINT8),
];
const transpose: Node = { op: 'Transpose', inputs: ['b'], outputs: ['bt'] };
const multiply = (output: string): Node => ({
  op: 'MatMulIntegerToFloat',
  domain: 'com.microsoft',
  inputs: ['a', 'bt', 'aScale', 'bScale', 'aZero'],
  outputs: [output],
});

/** The same for bytes: (a − 128) · bᵀ × scales + c; c is a row of biases or a mask. */
const int8Candidates = onnxModel(
  [transpose, multiply('product'), { op: 'Add', inputs: ['product', 'c'], outputs: ['y'] }, topK],
  [...quantizedInputs, tensor('c', FLOAT32, 'cm', 'cn'), tensor('count', INT64, 1)],
  topKOutputs,
);

/** The index of each row's largest (a − 128) · bᵀ × scales + bias, for labels that need not be exact. */
const int8Labels = onnxModel(
  [
    transpose,
    { ...multiply('y'), inputs: ['a', 'bt', 'aScale', 'bScale', 'aZero', '', 'bias'] },
    { op: 'ArgMax', inputs: ['y'], outputs: ['index'], attributes: { axis: 1, keepdims: 0 } },
  ],
  [...quantizedInputs, tensor('bias', FLOAT32, 'n')],
  [tensor('index', INT64, 'm')],
);

/** (a − 128) · bᵀ as numbers, for the self-test. */
const int8Product = onnxModel([transpose, multiply('y')], quantizedInputs, [tensor('y', FLOAT32, 'm', 'n')]);

const MODELS = { float32Candidates, int8Candidates, int8Labels, int8Product };
export type GraphName = keyof typeof MODELS;

/** ONNX Runtime sessions, made when first needed, all cores each. */
export class Graphs {
  readonly ort = loadOnnxRuntime();
  readonly threads = availableParallelism();
  readonly #sessions = new Map<GraphName, Promise<InferenceSession>>();

  async run(name: GraphName, feeds: InferenceSession.OnnxValueMapType): Promise<InferenceSession.OnnxValueMapType> {
    let session = this.#sessions.get(name);
    if (!session) {
      session = this.ort.InferenceSession.create(MODELS[name], {
        intraOpNumThreads: this.threads,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // The arena would keep the largest tile of every size for good.
        enableCpuMemArena: false,
      });
      this.#sessions.set(name, session);
    }
    return (await session).run(feeds);
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }
}
