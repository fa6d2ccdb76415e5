import type { RowStore } from '../../rows/rowStore.ts';
import { CopiedHashes } from './copiedHashes.ts';

/** Rows with the same bytes. */
export interface EqualRows {
  /** The first row of each group of equal rows, in order. */
  readonly firsts: Int32Array;
  /** By place in `firsts`, all equal rows in order, when there are several. */
  readonly copies: ReadonlyMap<number, readonly number[]>;
}

/** Finds rows with the same bytes among `order`. */
export function equalRows(store: RowStore, order: Int32Array): EqualRows {
  /** Per hash, the places of different rows. */
  const seen = new Map<number, number[]>();
  const firsts = new Int32Array(order.length);
  const copies = new Map<number, number[]>();
  const copied = new CopiedHashes(store);
  const compare = new RowComparison(store);
  let count = 0;
  for (const row of order) {
    const hash = store.hash(row);
    if (!copied.has(hash)) {
      firsts[count++] = row;
      continue;
    }
    const places = seen.get(hash);
    const place = places?.find((other) => compare.areEqual(firsts[other], row));
    if (place !== undefined) {
      const known = copies.get(place);
      if (known) known.push(row);
      else copies.set(place, [firsts[place], row]);
      continue;
    }
    if (places) places.push(count);
    else seen.set(hash, [count]);
    firsts[count++] = row;
  }
  return { firsts: firsts.slice(0, count), copies };
}

class RowComparison {
  readonly #store: RowStore;
  readonly #a: Float32Array;
  readonly #b: Float32Array;

  constructor(store: RowStore) {
    this.#store = store;
    this.#a = new Float32Array(store.dim);
    this.#b = new Float32Array(store.dim);
  }

  areEqual(a: number, b: number): boolean {
    this.#store.copy(a, a + 1, this.#a);
    this.#store.copy(b, b + 1, this.#b);
    return this.#a.every((value, i) => Object.is(value, this.#b[i]));
  }
}
