import type { Simd } from '../../simd/simd.ts';
import type { FillRows, Matrix } from '../kernels.ts';
import { largestError, quantizeRows, type QuantizedRows } from './quantizedRows.ts';

/** Rows in WebAssembly memory, where ONNX Runtime and the SIMD code both read them. */
export class CpuMatrix implements Matrix {
  readonly rows: number;
  readonly dim: number;
  readonly #simd: Simd;
  readonly #onFree: () => void;
  #address: number | undefined;
  #bytes: QuantizedRows | undefined;

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

  /** The rows as bytes plus 128 with one scale, kept from call to call; undefined when that loses more than `tolerance` of a row. */
  bytes(tolerance: number): QuantizedRows | undefined {
    this.#bytes ??= quantizeRows(this.#simd, { address: this.address, rows: this.rows }, this.dim, {
      sides: 'left',
      uniform: true,
    });
    return largestError(this.#simd, this.#bytes, this.rows) <= tolerance ? this.#bytes : undefined;
  }

  free(): void {
    if (this.#address === undefined) return;
    this.#bytes?.free();
    this.#simd.free(this.#address);
    this.#address = undefined;
    this.#onFree();
  }
}
