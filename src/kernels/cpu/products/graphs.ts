import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Simd } from '../../../simd/simd.ts';
import { freeBuffer } from '../../../threads/freeBuffer.ts';
import { FLOAT32, INT32, INT8, onnxModel, UINT8, type TensorInfo } from './onnxModel.ts';

const require = createRequire(import.meta.url);
function loadOnnxRuntime(): typeof import('onnxruntime-node') {
  disableTelemetry();
  return require('onnxruntime-node');
}

/**
 * Disables telemetry, for which ONNX Runtime keeps a database in the user's cache folder. It reads the
 * environment of the process when it is loaded, which only the main thread can change.
 */
export function disableTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}

const tensor = (name: string, type: number, ...shape: (string | number)[]): TensorInfo => ({
  name,
  type,
  shape,
});
/** a (m × d) · b (n × d)ᵀ + bias, with n biases. */
const float32Product = onnxModel(
  [{ op: 'Gemm', inputs: ['a', 'b', 'bias'], outputs: ['y'], attributes: { transB: 1 } }],
  [tensor('a', FLOAT32, 'm', 'd'), tensor('b', FLOAT32, 'n', 'd'), tensor('bias', FLOAT32, 'n')],
  [tensor('y', FLOAT32, 'm', 'n')],
);

/** (a − 128) · b on bytes, as 32-bit integers. b (d × n) has the layout that products require. */
const int8Product = onnxModel(
  [{ op: 'MatMulInteger', inputs: ['a', 'b', 'aZero'], outputs: ['y'] }],
  [tensor('a', UINT8, 'm', 'd'), tensor('b', INT8, 'd', 'n')],
  [tensor('y', INT32, 'm', 'n')],
  [{ name: 'aZero', type: UINT8, value: 128 }],
);

/**
 * (a − 128) · b · bScale on bytes, rounded and clamped to unsigned bytes. It uses a quarter of the memory.
 */
const byteProduct = onnxModel(
  [
    {
      op: 'QLinearMatMul',
      inputs: ['a', 'one', 'aZero', 'b', 'bScale', 'bZero', 'one', 'yZero'],
      outputs: ['y'],
    },
  ],
  [tensor('a', UINT8, 'm', 'd'), tensor('b', INT8, 'd', 'n'), tensor('bScale', FLOAT32, 'n')],
  [tensor('y', UINT8, 'm', 'n')],
  [
    { name: 'one', type: FLOAT32, value: 1 },
    { name: 'aZero', type: UINT8, value: 128 },
    { name: 'bZero', type: INT8, value: 0 },
    { name: 'yZero', type: UINT8, value: 0 },
  ],
);

/** m × d rows and n × d targets (d × n for bytes) in SIMD memory, and the address of their m × n products. */
export interface Product {
  readonly a: number;
  readonly m: number;
  readonly b: number;
  readonly n: number;
  readonly dim: number;
  readonly y: number;
}

/** Matrix products by ONNX Runtime on the calling thread. Operands and results are in SIMD memory. */
export class Graphs {
  readonly #ort = loadOnnxRuntime();
  #float32: Promise<InferenceSession> | undefined;
  #int8: Promise<InferenceSession> | undefined;
  #bytes: Promise<InferenceSession> | undefined;

  /** `bias` is the address of n floats that are added to each row of products, or 0 for none. */
  async float32(simd: Simd, { a, m, b, n, dim, y }: Product, bias: number): Promise<void> {
    const { Tensor } = this.#ort;
    const session = await (this.#float32 ??= this.#create(float32Product));
    await this.#run(
      session,
      {
        a: new Tensor('float32', simd.f32(a, m * dim), [m, dim]),
        b: new Tensor('float32', simd.f32(b, n * dim), [n, dim]),
        bias: new Tensor('float32', bias ? simd.f32(bias, n) : new Float32Array(n), [n]),
      },
      { y: new Tensor('float32', simd.f32(y, m * n), [m, n]) },
    );
  }

  /** Multiplies bytes: `a` holds values plus 128, `b` signed bytes. `y` receives 32-bit integers. */
  async int8(simd: Simd, { a, m, b, n, dim, y }: Product): Promise<void> {
    const { Tensor } = this.#ort;
    const session = await (this.#int8 ??= this.#create(int8Product));
    await this.#run(
      session,
      {
        a: new Tensor('uint8', simd.u8(a, m * dim), [m, dim]),
        b: new Tensor('int8', simd.i8(b, n * dim), [dim, n]),
      },
      { y: new Tensor('int32', simd.i32(y, m * n), [m, n]) },
    );
  }

  /**
   * Multiplies bytes: `a` holds values plus 128, `b` signed bytes. `y` receives products times `bScale` as
   * bytes; negative products become 0.
   */
  async bytes(simd: Simd, { a, m, b, n, dim, y }: Product, bScale: Float32Array): Promise<void> {
    const { Tensor } = this.#ort;
    const session = await (this.#bytes ??= this.#create(byteProduct));
    await this.#run(
      session,
      {
        a: new Tensor('uint8', simd.u8(a, m * dim), [m, dim]),
        b: new Tensor('int8', simd.i8(b, n * dim), [dim, n]),
        bScale: new Tensor('float32', bScale, [n]),
      },
      { y: new Tensor('uint8', simd.u8(y, m * n), [m, n]) },
    );
  }

  async release(): Promise<void> {
    for (const session of [this.#float32, this.#int8, this.#bytes]) await (await session)?.release();
    this.#float32 = this.#int8 = this.#bytes = undefined;
  }

  async #run(
    session: InferenceSession,
    feeds: Record<string, Tensor>,
    fetches: { y: Tensor },
  ): Promise<void> {
    const { y } = await session.run(feeds, fetches);
    // The binding returns a copy of the output tensor. If garbage collection freed these copies, each would
    // need new memory, and page faults take as long as the product itself.
    if (y !== fetches.y) freeBuffer((y.data as Float32Array<ArrayBuffer>).buffer);
  }

  #create(model: Uint8Array<ArrayBuffer>): Promise<InferenceSession> {
    return this.#ort.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Tiles are limited in size, and so is the arena. Without it, each product allocates its scratch pages
      // again.
      enableCpuMemArena: true,
    });
  }
}
