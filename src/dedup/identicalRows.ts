import { Simd } from '../simd/simd.ts';

/** Rows hashed at once. */
const PIECE_ROWS = 1024;

/** Finds rows with the same bytes by 64-bit hash. */
export class RowHasher {
  readonly #dim: number;
  readonly #hashes: BigUint64Array;
  readonly #simd = new Simd();
  readonly #rows: number;
  readonly #out: number;
  #count = 0;

  constructor(rows: number, dim: number) {
    this.#dim = dim;
    this.#hashes = new BigUint64Array(rows);
    this.#rows = this.#simd.allocate(PIECE_ROWS * dim * 4);
    this.#out = this.#simd.allocate(PIECE_ROWS * 8);
  }

  /** Hashes the next `count` rows. */
  add(rows: Float32Array, count: number): void {
    const simd = this.#simd;
    const dim = this.#dim;
    for (let start = 0; start < count; start += PIECE_ROWS) {
      const piece = Math.min(PIECE_ROWS, count - start);
      simd.f32(this.#rows, piece * dim).set(rows.subarray(start * dim, (start + piece) * dim));
      simd.call.hashRows(this.#rows, piece, dim, this.#out);
      this.#hashes.set(new BigUint64Array(simd.call.memory.buffer, this.#out, piece), this.#count);
      this.#count += piece;
    }
  }

  /** For rows `from` to `from + count`: the first of them with the same bytes, counted from `from`. */
  firstEqual(from: number, count: number): Int32Array {
    const seen = new Map<bigint, number>();
    return Int32Array.from({ length: count }, (_, i) => {
      const hash = this.#hashes[from + i];
      const first = seen.get(hash);
      if (first !== undefined) return first;
      seen.set(hash, i);
      return i;
    });
  }
}
