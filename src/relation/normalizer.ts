import { copyFloats } from '../rows/copyFloats.ts';
import { Simd } from '../simd/simd.ts';

/** Rows of a vector, each `dim` elements from `starts[i]` on. */
export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly elementBytes: 4 | 8;
  readonly dim: number;
  readonly starts: Float64Array;
}

/** What is said of a row: it is of unit length now, had an element NaN or infinite, or zero norm. */
export const STATUS = { ok: 0, notFinite: 1, zero: 2 } as const;

/** Where normalised rows go, and what is said of each. */
export interface NormalizedRows {
  /** One after another as long as the rows; none, and the rows are only checked. */
  readonly segments: readonly Float32Array[];
  /** A 53-bit hash of each row's bytes. */
  readonly hashes: Float64Array;
  /** A `STATUS` of each row. */
  readonly status: Uint8Array;
}

/** Bytes of rows at a time: they stay in a core's cache from copy to copy. */
const PIECE_BYTES = 2 ** 18;

/** Scales rows to unit length and hashes them, in SIMD memory of its own. */
export class Normalizer {
  readonly #simd = new Simd();
  #input = 0;
  #output = 0;
  #status = 0;
  #hashes = 0;
  #capacity = 0;

  run(rows: RowBytes, into: NormalizedRows): void {
    const { elementBytes, dim, starts } = rows;
    const count = Math.max(1, Math.floor(PIECE_BYTES / (dim * elementBytes)));
    this.#reserve(Math.min(count, starts.length), dim, elementBytes);
    const target = new Target(into.segments);
    for (let start = 0; start < starts.length; start += count) {
      const end = Math.min(starts.length, start + count);
      this.#copyIn(rows, start, end);
      const { call } = this.#simd;
      if (elementBytes === 4) call.normalize(this.#input, end - start, dim, this.#status);
      else call.normalizeDouble(this.#input, end - start, dim, this.#output, this.#status);
      call.hashRows(this.#output, end - start, dim, this.#hashes);
      into.status.set(this.#simd.u8(this.#status, end - start), start);
      into.hashes.set(this.#simd.f64(this.#hashes, end - start), start);
      target.write(this.#simd.f32(this.#output, (end - start) * dim));
    }
  }

  #copyIn({ bytes, elementBytes, dim, starts }: RowBytes, start: number, end: number): void {
    const rowBytes = dim * elementBytes;
    const input = this.#simd.u8(this.#input, (end - start) * rowBytes);
    for (let i = start; i < end;) {
      let run = 1;
      while (i + run < end && starts[i + run] === starts[i] + run * dim) run++;
      const from = starts[i] * elementBytes;
      input.set(bytes.subarray(from, from + run * rowBytes), (i - start) * rowBytes);
      i += run;
    }
  }

  #reserve(rows: number, dim: number, elementBytes: number): void {
    if (rows * dim <= this.#capacity) return;
    const simd = this.#simd;
    for (const address of new Set([this.#input, this.#output, this.#status, this.#hashes]))
      simd.free(address);
    this.#capacity = rows * dim;
    this.#input = simd.allocate(rows * dim * elementBytes);
    this.#output = elementBytes === 4 ? this.#input : simd.allocate(rows * dim * 4);
    // `rows` may be few and long now, many and short later.
    this.#status = simd.allocate(rows * dim);
    this.#hashes = simd.allocate(rows * dim * 8);
  }
}

/** Writes values to segments in turn. */
class Target {
  readonly #segments: readonly Float32Array[];
  #segment = 0;
  #at = 0;

  constructor(segments: readonly Float32Array[]) {
    this.#segments = segments;
  }

  write(values: Float32Array): void {
    for (let done = 0; done < values.length && this.#segment < this.#segments.length;) {
      const segment = this.#segments[this.#segment];
      const take = Math.min(values.length - done, segment.length - this.#at);
      copyFloats(segment.subarray(this.#at), values.subarray(done, done + take));
      done += take;
      this.#at += take;
      if (this.#at < segment.length) continue;
      this.#segment++;
      this.#at = 0;
    }
  }
}
