import type { Simd } from '../../simd/simd.ts';
import type { Graphs } from './graphs.ts';

/** Rows an int8 product may leave unproven before float32 alone is the faster way. */
const OPEN_SHARE = 0.4;
/** Tiles done in float32 before int8 is tried again; doubles with each failure. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 256;
const TEST_DIM = 768;

/** Whether int8 products are right on this processor and, tile by tile, whether they pay on this data. */
export class Int8Support {
  readonly #graphs: Graphs;
  #works: boolean | undefined;
  #pause = 0;
  #nextPause = FIRST_PAUSE;

  constructor(graphs: Graphs) {
    this.#graphs = graphs;
  }

  /**
   * False on processors whose unsigned × signed byte products saturate at 16 bits (x86 without VNNI): 768 products of
   * 255 and 127 must add up to 24,871,680.
   */
  async works(simd: Simd): Promise<boolean> {
    if (this.#works !== undefined) return this.#works;
    const a = simd.allocate(2 * TEST_DIM + 8);
    const [b, scale, y] = [a + TEST_DIM, a + 2 * TEST_DIM, a + 2 * TEST_DIM + 4];
    simd.u8(a, TEST_DIM).fill(255);
    simd.u8(b, TEST_DIM).fill(127);
    simd.f32(scale, 1)[0] = 1;
    try {
      await this.#graphs.int8(
        simd,
        { a, m: 1, b, n: 1, dim: TEST_DIM, bias: 0, y },
        { aScale: 1, bScale: scale },
        0,
      );
      const exact = simd.f32(y, 1)[0] === 255 * 127 * TEST_DIM;
      const product = { a, m: 1, b, n: 1, dim: TEST_DIM, y };
      await this.#graphs.bytes(simd, product, Float32Array.of(200 / (127 * 127 * TEST_DIM)));
      this.#works = exact && simd.u8(y, 1)[0] === 200;
    } catch {
      this.#works = false;
    }
    simd.free(a);
    return this.#works;
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
}
