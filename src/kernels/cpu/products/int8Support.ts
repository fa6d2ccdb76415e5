import type { Simd } from '../../../simd/simd.ts';
import type { Graphs } from './graphs.ts';

/** Maximum share of rows that an int8 product may leave undecided. Above it, float32 alone is faster. */
const MAX_UNDECIDED_SHARE = 0.4;
/** Number of tiles computed in float32 before int8 is tried again. It doubles with each failure. */
const FIRST_PAUSE = 4;
const MAX_PAUSE = 256;
/** Dimensions large enough to run the same machine code as real products. */
const TEST_DIM = 768;
const TEST_ROWS = 32;
const TEST_PRODUCT = 127 * 127 * TEST_DIM;
/** Limits of int8 products: shorter or fewer rows gain nothing, and longer rows overflow 32 bits. */
const MIN_DIM = 32;
const MAX_DIM = 65_536;
const MIN_TARGETS = 32;

/**
 * Tests whether int8 products are correct on this processor and, per tile, whether they are faster for this
 * data.
 */
export class Int8Support {
  readonly #simd: Simd;
  readonly #graphs: Graphs;
  readonly #isEnabled: boolean;
  #isCorrect: boolean | undefined;
  #pause = 0;
  #nextPause = FIRST_PAUSE;

  constructor(simd: Simd, graphs: Graphs, isEnabled: boolean) {
    this.#simd = simd;
    this.#graphs = graphs;
    this.#isEnabled = isEnabled;
  }

  /** Returns true when int8 products may be faster for rows of `dim` values and this number of targets. */
  async isWorthTrying(dim: number, targets: number): Promise<boolean> {
    if (!this.#isEnabled || dim < MIN_DIM || dim > MAX_DIM || targets < MIN_TARGETS) return false;
    return (this.#isCorrect ??= await this.#test());
  }

  /** False while int8 products pause because they were not faster. */
  get isActive(): boolean {
    return this.#pause === 0;
  }

  /** Returns true when the next tile should try int8 products. Each call counts as one tile. */
  shouldTryNext(): boolean {
    if (!this.#isCorrect) return false;
    if (this.#pause === 0) return true;
    this.#pause--;
    return false;
  }

  /** Records the result of a tile: the number of undecided rows, and of all rows. */
  record(open: number, rows: number): void {
    if (open > rows * MAX_UNDECIDED_SHARE) {
      this.#pause = this.#nextPause;
      this.#nextPause = Math.min(MAX_PAUSE, this.#nextPause * 2);
    } else this.#nextPause = FIRST_PAUSE;
  }

  /**
   * Returns false on processors whose unsigned × signed byte products saturate at 16 bits (x86 without VNNI):
   * 768 products of 127 (stored as 255) and 127 must add up to 12,387,072, and to byte 200 with the
   * corresponding scale.
   */
  async #test(): Promise<boolean> {
    const simd = this.#simd;
    const operand = TEST_ROWS * TEST_DIM;
    const products = TEST_ROWS ** 2;
    const a = simd.allocate(2 * operand + products * 4);
    const [b, y] = [a + operand, a + 2 * operand];
    simd.u8(a, operand).fill(255);
    simd.u8(b, operand).fill(127);
    const product = { a, m: TEST_ROWS, b, n: TEST_ROWS, dim: TEST_DIM, y };
    try {
      await this.#graphs.int8(simd, product);
      const exact = simd.i32(y, products).every((value) => value === TEST_PRODUCT);
      await this.#graphs.bytes(simd, product, new Float32Array(TEST_ROWS).fill(200 / TEST_PRODUCT));
      return exact && simd.u8(y, products).every((value) => value === 200);
    } catch {
      return false;
    } finally {
      simd.free(a);
    }
  }
}
