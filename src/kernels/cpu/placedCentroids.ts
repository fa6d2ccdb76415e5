import type { Simd } from '../../simd/simd.ts';
import type { SharedCentroids } from './laneCalls.ts';
import { quantizeRows, rightBytes, type RightBytes } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Centroids of a piece: few enough for one product with a tile. */
export const PIECE_ROWS = 1024;

/** Some centroids as references. */
export class CentroidPiece {
  readonly rows: Rows;
  /** Index of the first. */
  readonly base: number;
  /** Address of their biases. */
  readonly bias: number;
  readonly #simd: Simd;
  readonly #dim: number;
  #bytes: RightBytes | undefined;
  readonly #allocated: number[] = [];

  constructor(simd: Simd, dim: number, rows: Rows, base: number, bias: number) {
    this.rows = rows;
    this.base = base;
    this.bias = bias;
    this.#simd = simd;
    this.#dim = dim;
  }

  /** The centroids as bytes, made at the first call. */
  bytes(): RightBytes {
    if (this.#bytes) return this.#bytes;
    const quantized = quantizeRows(this.#simd, this.rows, this.#dim);
    this.#bytes = rightBytes(this.#simd, quantized, 0, this.rows.rows, this.#dim);
    this.#allocated.push(quantized.scale, this.#bytes.bytes);
    return this.#bytes;
  }

  free(): void {
    for (const address of this.#allocated) this.#simd.free(address);
  }
}

/** Centroids in a lane's memory. */
export class PlacedCentroids {
  readonly id: number;
  /** All of them, k × dim. */
  readonly address: number;
  readonly pieces: readonly CentroidPiece[];
  readonly largestNorm: number;
  readonly #simd: Simd;

  constructor(simd: Simd, { id, k, dim, values, bias, largestNorm }: SharedCentroids) {
    this.id = id;
    this.largestNorm = largestNorm;
    this.#simd = simd;
    this.address = simd.allocate(k * (dim + 1) * 4);
    const biases = this.address + k * dim * 4;
    simd.f32(this.address, k * dim).set(values);
    simd.f32(biases, k).set(bias);
    this.pieces = Array.from({ length: Math.ceil(k / PIECE_ROWS) }, (_, i) => {
      const base = i * PIECE_ROWS;
      const rows = { address: this.address + base * dim * 4, rows: Math.min(PIECE_ROWS, k - base) };
      return new CentroidPiece(simd, dim, rows, base, biases + base * 4);
    });
  }

  free(): void {
    for (const piece of this.pieces) piece.free();
    this.#simd.free(this.address);
  }
}
