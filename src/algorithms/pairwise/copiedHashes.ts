import type { RowStore } from '../../rows/rowStore.ts';

/** The hashes that several rows of a store have. An array holds them, because a Set holds at most 2²⁴. */
export class CopiedHashes {
  readonly #sorted: Float64Array;

  constructor(store: RowStore) {
    const hashes = new Float64Array(store.rows);
    for (let row = 0; row < hashes.length; row++) hashes[row] = store.hash(row);
    hashes.sort();
    let count = 0;
    for (let i = 1; i < hashes.length; i++) {
      if (hashes[i] === hashes[i - 1] && (count === 0 || hashes[count - 1] !== hashes[i]))
        hashes[count++] = hashes[i];
    }
    this.#sorted = hashes.slice(0, count);
  }

  has(hash: number): boolean {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle] < hash) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low] === hash;
  }
}
