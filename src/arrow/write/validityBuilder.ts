import { alignBits, clearBits } from '../bits.ts';

/** Collects the validity bits of a column. */
export class ValidityBuilder {
  /** Bits are 1 until cleared. The array is empty while there are no NULLs. */
  #bits = new Uint8Array(0);
  #length = 0;

  /** Appends `count` bits that start at bit `start`. Without `bits`, all values are valid. */
  append(bits: Uint8Array | undefined, start: number, count: number): void {
    const at = this.#length;
    this.#length += count;
    const added = bits && alignBits(bits, start, count);
    if (!added || added.every((byte) => byte === 0xff)) return;
    this.#reserve();
    clearBits(this.#bits.subarray(at >> 3), at & 7, added);
  }

  /** Returns the NULLs as Arrow needs them, and starts again. apache-arrow counts the NULLs on request. */
  take(): { length: number; nullCount?: number; nullBitmap?: Uint8Array } {
    const length = this.#length;
    const hasNulls = this.#bits.length > 0;
    if (hasNulls) this.#reserve();
    const nullBitmap = this.#bits.subarray(0, Math.ceil(length / 8));
    this.#bits = new Uint8Array(0);
    this.#length = 0;
    return hasNulls ? { length, nullBitmap } : { length, nullCount: 0 };
  }

  #reserve(): void {
    const needed = Math.ceil(this.#length / 8);
    if (needed <= this.#bits.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bits.length * 2)).fill(0xff);
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
