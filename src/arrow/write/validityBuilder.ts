import { alignBits, clearBits } from '../bits.ts';

/** Collects which values are NULL. */
export class ValidityBuilder {
  /** Bits are 1 until cleared; undefined while there are no NULLs. */
  #bits: Uint8Array | undefined;
  #length = 0;
  #nullCount = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends the bits of `count` values from `start` on, or as many valid ones; the bits, at the front, if one is 0. */
  append(bits: Uint8Array | undefined, start: number, count: number): Uint8Array | undefined {
    const added = bits && alignBits(bits, start, count);
    const nulls = added ? countZeros(added) : 0;
    const at = this.#length;
    this.#length += count;
    if (nulls > 0 || this.#bits) this.#reserve();
    if (nulls === 0) return undefined;
    this.#nullCount += nulls;
    clearBits(this.#bits!.subarray(at >> 3), at & 7, added!);
    return added;
  }

  /** Hands over what Arrow wants to know and starts afresh. */
  take(): { length: number; nullCount: number; nullBitmap: Uint8Array | null } {
    const length = this.#length;
    const nullCount = this.#nullCount;
    const nullBitmap = this.#bits?.subarray(0, Math.ceil(length / 8)) ?? null;
    this.#bits = undefined;
    this.#length = 0;
    this.#nullCount = 0;
    return { length, nullCount, nullBitmap };
  }

  #reserve(): void {
    const needed = Math.ceil(this.#length / 8);
    const before = this.#bits?.length ?? 0;
    if (needed <= before) return;
    const grown = new Uint8Array(Math.max(needed, before * 2)).fill(0xff);
    if (this.#bits) grown.set(this.#bits);
    this.#bits = grown;
  }
}

function countZeros(bits: Uint8Array): number {
  let zeros = 0;
  for (const byte of bits) {
    for (let rest = ~byte & 0xff; rest !== 0; rest &= rest - 1) zeros++;
  }
  return zeros;
}
