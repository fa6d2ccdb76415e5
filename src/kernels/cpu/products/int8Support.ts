import type { Simd } from '../../../simd/simd.ts';
import type { Graphs } from './graphs.ts';

/** Rows an int8 product may leave unproven before float32 alone is the faster way. */
const OPEN_SHARE = 0.4;
/** Tiles done in float32 before int8 is tried again; doubles with each failure. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 256;
/** Enough of both for the kernels that real products run. */
const TEST_DIM = 768;
const TEST_ROWS = 32;
const TEST_PRODUCT = 127 * 127 * TEST_DIM;
/** Rows shorter or fewer than this gain nothing from bytes; products of longer ones leave 32 bits. */
const MIN_DIM = 64;
const MAX_DIM = 65_536;
const MIN_TARGETS = 32;

/** Whether int8 products are right on this processor and, tile by tile, whether they pay on this data. */
export class Int8Support {
  readonly #simd: Simd;
  readonly #graphs: Graphs;
  readonly #wanted: boolean;
  #works: boolean | undefined;
  #pause = 0;
  #nextPause = FIRST_PAUSE;

  constructor(simd: Simd, graphs: Graphs, wanted: boolean) {
    this.#simd = simd;
    this.#graphs = graphs;
    this.#wanted = wanted;
  }

  /** Whether products of bytes may pay for rows of `dim` values and so many targets. */
  async pays(dim: number, targets: number): Promise<boolean> {
    if (!this.#wanted || dim < MIN_DIM || dim > MAX_DIM || targets < MIN_TARGETS) return false;
    return (this.#works ??= await this.#test());
  }

  /** False while int8 products rest because they did not pay. */
  get active(): boolean {
    return this.#pause === 0;
  }

  /** Whether to try int8 products on the next tile; each call counts as one tile. */
  tryNext(): boolean {
    if (!this.#works) return false;
    if (this.#pause === 0) return true;
    this.#pause--;
    return false;
  }

  /** Learns from a tile: rows left unproven, of how many. */
  record(open: number, rows: number): void {
    if (open > rows * OPEN_SHARE) {
      this.#pause = this.#nextPause;
      this.#nextPause = Math.min(LONGEST_PAUSE, this.#nextPause * 2);
    } else this.#nextPause = FIRST_PAUSE;
  }

  /**
   * False on processors whose unsigned × signed byte products saturate at 16 bits (x86 without VNNI): 768 products of
   * 127 (stored as 255) and 127 must add up to 12,387,072, and to byte 200 where that is what it is scaled to.
   */
  async #test(): Promise<boolean> {
    const simd = this.#simd;
    const operand = TEST_ROWS * TEST_DIM;
    const products = TEST_ROWS ** 2;
    const a = simd.allocate(2 * operand + TEST_ROWS * 4 + products * 4);
    const [b, scale, y] = [a + operand, a + 2 * operand, a + 2 * operand + TEST_ROWS * 4];
    simd.u8(a, operand).fill(255);
    simd.u8(b, operand).fill(127);
    simd.f32(scale, TEST_ROWS).fill(1);
    const product = { a, m: TEST_ROWS, b, n: TEST_ROWS, dim: TEST_DIM, bias: 0, y };
    try {
      await this.#graphs.int8(simd, product, { aScale: 1, bScale: scale });
      const exact = simd.f32(y, products).every((value) => value === TEST_PRODUCT);
      await this.#graphs.bytes(simd, product, new Float32Array(TEST_ROWS).fill(200 / TEST_PRODUCT));
      return exact && simd.u8(y, products).every((value) => value === 200);
    } catch {
      return false;
    } finally {
      simd.free(a);
    }
  }
}
