/** A byte array that grows as bytes are appended. */
export class GrowingBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    this.grow(bytes.length).set(bytes);
  }

  /** Appends `count` bytes and returns them for the caller to fill immediately. */
  grow(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    const added = this.#bytes.subarray(this.#length, needed);
    this.#length = needed;
    return added;
  }

  /** Returns the bytes and starts again with none. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(1024);
    this.#length = 0;
    return taken;
  }
}
