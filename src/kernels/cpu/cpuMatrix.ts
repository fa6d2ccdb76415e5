import type { Simd } from '../../simd/simd.ts';
import type { FillRows, Matrix } from '../kernels.ts';

/** Rows in WebAssembly memory, where ONNX Runtime and the SIMD code both read them. */
export class CpuMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  readonly #simd: Simd;
  #address: number | undefined;
  #onFree: () => void;

  constructor(simd: Simd, rows: number, dim: number, fill: FillRows, onFree: () => void) {
    this.rows = rows;
    this.dim = dim;
    this.#simd = simd;
    this.#onFree = onFree;
    this.#address = simd.allocate(rows * dim * 4);
    if (rows > 0) fill(simd.f32(this.#address, rows * dim), 0, rows);
  }

  /** @throws Error after `free`. */
  get address(): number {
    if (this.#address === undefined) throw new Error('matrix used after free');
    return this.#address;
  }

  free(): void {
    if (this.#address === undefined) return;
    this.#simd.free(this.#address);
    this.#address = undefined;
    this.#onFree();
  }
}
