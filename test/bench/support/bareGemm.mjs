import { createRequire } from 'node:module';
import { FLOAT32, onnxModel } from '../../../dist/kernels/cpu/products/onnxModel.js';

const ort = createRequire(import.meta.url)('onnxruntime-node');

const MODEL = onnxModel(
  [{ op: 'Gemm', inputs: ['a', 'b'], outputs: ['y'], attributes: { transB: 1 } }],
  [
    { name: 'a', type: FLOAT32, shape: ['m', 'd'] },
    { name: 'b', type: FLOAT32, shape: ['n', 'd'] },
  ],
  [{ name: 'y', type: FLOAT32, shape: ['m', 'n'] }],
);

/** A float32 product a · bᵀ by ONNX Runtime as it comes, and nothing else: what the processor has to give. */
export async function bareGemm() {
  const session = await ort.InferenceSession.create(MODEL);
  /** @param {Float32Array} a m × dim @param {Float32Array} b n × dim @param {Float32Array} y m × n */
  return async (a, b, y, dim) => {
    const [m, n] = [a.length / dim, b.length / dim];
    const tensor = (values, rows, columns) => new ort.Tensor('float32', values, [rows, columns]);
    await session.run({ a: tensor(a, m, dim), b: tensor(b, n, dim) }, { y: tensor(y, m, n) });
  };
}
