import type { NearBorder } from './borders.ts';
import type { Memberships } from './clusterOrder.ts';

/** Memberships as they are found, row by row in any order. */
export class MembershipList {
  /** By row its first entry and how many there are. */
  readonly #first: Uint32Array;
  readonly #count: Uint32Array;
  #cluster = new Int32Array(1024);
  #used = 0;

  constructor(rows: number) {
    this.#first = new Uint32Array(rows);
    this.#count = new Uint32Array(rows);
  }

  add(row: number, own: number, others: readonly NearBorder[]): void {
    const needed = this.#used + 1 + others.length;
    if (needed > this.#cluster.length) {
      const grown = new Int32Array(Math.max(needed, this.#cluster.length * 2));
      grown.set(this.#cluster);
      this.#cluster = grown;
    }
    this.#first[row] = this.#used;
    this.#count[row] = 1 + others.length;
    this.#cluster[this.#used++] = own;
    for (const { cluster } of others) this.#cluster[this.#used++] = cluster;
  }

  /** In row order. */
  finish(): Required<Memberships> {
    const rows = this.#first.length;
    const offsets = new Uint32Array(rows + 1);
    const cluster = new Int32Array(this.#used);
    for (let row = 0; row < rows; row++) {
      const first = this.#first[row];
      cluster.set(this.#cluster.subarray(first, first + this.#count[row]), offsets[row]);
      offsets[row + 1] = offsets[row] + this.#count[row];
    }
    return { cluster, offsets };
  }
}
