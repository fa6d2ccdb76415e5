import { copyView, type RowView } from '../../../rows/rowView.ts';
import type { Simd } from '../../../simd/simd.ts';
import type { Mean, MeanRange } from './clusterMeans.ts';
import {
  leftBytes,
  rightBytes,
  type LeftBytes,
  type QuantizedRows,
  type RightBytes,
} from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Rows copied and quantised at a time, so that they stay in a core's cache. */
const COPY_ROWS = 128;

/** Addresses of the rows' bytes, and of one float per row for each other field. */
interface Bytes extends Omit<QuantizedRows, 'free'> {
  /** Length of the row minus the mean m of its range. */
  readonly norm: number;
  /** m · x − ‖m‖². Products of rows minus the mean lack this term and the other row's m · x. */
  readonly leftOffset: number;
  /** m · x. */
  readonly rightOffset: number;
  readonly centred: boolean;
}

/** Rows in SIMD memory. They are also stored as bytes once bytes are requested. */
export class SimdRows {
  readonly rows: number;
  readonly #simd: Simd;
  readonly #dim: number;
  readonly #address: number;
  readonly #ranges: readonly MeanRange[];
  #bytes: Bytes | undefined;
  readonly #right = new Map<string, RightBytes>();

  /**
   * Copies the rows of a view. `ranges` cover all rows. With `quantize`, the bytes are computed while the
   * rows are copied.
   */
  constructor(simd: Simd, view: RowView, ranges: readonly MeanRange[], quantize: boolean) {
    this.#simd = simd;
    this.rows = view.count;
    this.#dim = view.store.dim;
    this.#ranges = ranges;
    this.#address = simd.allocate(this.rows * this.#dim * 4);
    try {
      this.#bytes = quantize ? this.#allocateBytes() : undefined;
      for (const range of ranges) {
        for (let from = range.start; from < range.end; from += COPY_ROWS) {
          const to = Math.min(range.end, from + COPY_ROWS);
          const target = simd.f32(this.#address + from * this.#dim * 4, (to - from) * this.#dim);
          copyView(view, from, to, target);
          if (this.#bytes) this.#quantize(this.#bytes, from, to, range);
        }
      }
    } catch (error) {
      this.free();
      throw error;
    }
  }

  slice(start: number, end: number): Rows {
    return { address: this.#address + start * this.#dim * 4, rows: end - start };
  }

  left(start: number): LeftBytes {
    const bytes = this.#quantized();
    const { norm, leftOffset, centred } = bytes;
    return {
      ...leftBytes(bytes, start, this.#dim),
      centred: centred ? { norm: norm + start * 4, offset: leftOffset + start * 4 } : undefined,
    };
  }

  right(start: number, end: number): RightBytes {
    const key = `${start} ${end}`;
    const known = this.#right.get(key);
    if (known) return known;
    const bytes = this.#quantized();
    const { norm, rightOffset, centred } = bytes;
    const largestNorm = centred ? this.#simd.call.maxAbs(norm + start * 4, end - start) : 0;
    const made = {
      ...rightBytes(this.#simd, bytes, start, end, this.#dim),
      centred: centred ? { largestNorm, offset: rightOffset + start * 4 } : undefined,
    };
    this.#right.set(key, made);
    return made;
  }

  free(): void {
    for (const { bytes } of this.#right.values()) this.#simd.free(bytes);
    if (this.#bytes) this.#simd.free(this.#bytes.scale);
    this.#simd.free(this.#address);
  }

  #quantized(): Bytes {
    if (this.#bytes) return this.#bytes;
    const bytes = this.#allocateBytes();
    for (const range of this.#ranges) this.#quantize(bytes, range.start, range.end, range);
    return (this.#bytes = bytes);
  }

  #allocateBytes(): Bytes {
    const rows = this.rows;
    const size = rows * this.#dim;
    const scale = this.#simd.allocate(rows * 20 + size);
    const column = (i: number): number => scale + i * rows * 4;
    return {
      scale,
      error: column(1),
      norm: column(2),
      leftOffset: column(3),
      rightOffset: column(4),
      bytes: column(5),
      centred: this.#ranges.some(({ mean }) => mean !== 0),
    };
  }

  #quantize(bytes: Bytes, from: number, to: number, { mean, squared }: Mean): void {
    const { scale, error, norm, leftOffset, rightOffset, centred } = bytes;
    const simd = this.#simd;
    const dim = this.#dim;
    const [count, at, element] = [to - from, from * 4, from * dim];
    const rows = this.#address + element * 4;
    simd.call.quantize(rows, count, dim, bytes.bytes + element, scale + at, error + at, mean);
    if (!centred) return;
    const products = simd.f32(rightOffset + at, count);
    const offsets = simd.f32(leftOffset + at, count);
    const norms = simd.f32(norm + at, count);
    if (mean === 0) {
      products.fill(0);
      offsets.fill(0);
      norms.fill(1);
      return;
    }
    simd.call.dots(rows, count, dim, mean, rightOffset + at);
    for (let i = 0; i < count; i++) {
      offsets[i] = products[i] - squared;
      // Slightly longer, to allow for rounding.
      norms[i] = Math.sqrt(Math.max(0, 1 - 2 * products[i] + squared) + 1e-6);
    }
  }
}
