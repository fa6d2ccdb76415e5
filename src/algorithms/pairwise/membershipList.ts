import type { NearBorder } from './borders.ts';
import type { Memberships } from './clusterOrder.ts';

/** Collects memberships by row, in any order of rows. */
export class MembershipList {
  readonly #own: Int32Array;
  /** By row, the first entry of its other clusters, and their number. */
  readonly #first: Uint32Array;
  readonly #count: Uint32Array;
  #others = new Int32Array(1024);
  #used = 0;

  /** `own` is the cluster of each row. */
  constructor(own: Int32Array) {
    this.#own = own;
    this.#first = new Uint32Array(own.length);
    this.#count = new Uint32Array(own.length);
  }

  /** Adds a row's other clusters. */
  add(row: number, others: readonly NearBorder[]): void {
    const needed = this.#used + others.length;
    if (needed > this.#others.length) {
      const grown = new Int32Array(Math.max(needed, this.#others.length * 2));
      grown.set(this.#others);
      this.#others = grown;
    }
    this.#first[row] = this.#used;
    this.#count[row] = others.length;
    for (const { cluster } of others) this.#others[this.#used++] = cluster;
  }

  /** The memberships in row order, the row's own cluster first. */
  finish(): Required<Memberships> {
    const rows = this.#own.length;
    const offsets = new Uint32Array(rows + 1);
    const cluster = new Int32Array(rows + this.#used);
    for (let row = 0, at = 0; row < rows; row++) {
      cluster[at++] = this.#own[row];
      const first = this.#first[row];
      const end = first + this.#count[row];
      for (let i = first; i < end; i++) cluster[at++] = this.#others[i];
      offsets[row + 1] = at;
    }
    return { cluster, offsets };
  }
}
