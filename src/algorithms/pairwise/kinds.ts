import type { RowStore } from '../../rows/rowStore.ts';
import { placesIn, type RankedRows } from './clusterOrder.ts';
import { equalRows } from './equalRows.ts';

/**
 * Groups rows into kinds: rows of one kind have the same bytes, and either all or none of them stay. A kind
 * is identified by its first row.
 */
export class Kinds {
  /** By row, its place in the order of all rows. */
  readonly places: Int32Array;
  /**
   * Groups of several rows with the same bytes, in order. They are of one kind, or of two if only some of
   * them stay.
   */
  readonly copies: readonly (readonly number[])[];
  readonly #staying: number;
  readonly #isFirst: Uint8Array;
  readonly #rows = new Map<number, readonly number[]>();
  /** By kind, the other kind with the same bytes. */
  readonly #twins = new Map<number, number>();

  constructor(store: RowStore, { order, staying = 0 }: RankedRows) {
    const { firsts, copies } = equalRows(store, order);
    this.places = placesIn(order);
    this.copies = [...copies.values()];
    this.#staying = staying;
    this.#isFirst = new Uint8Array(order.length);
    for (const row of firsts) this.#isFirst[row] = 1;
    for (const rows of this.copies) {
      const count = this.stayingOf(rows);
      const kinds = [rows.slice(0, count), rows.slice(count)].filter(({ length }) => length > 0);
      for (const kind of kinds) this.#rows.set(kind[0], kind);
      if (kinds.length === 1) continue;
      const [first, other] = [rows[0], rows[count]];
      this.#isFirst[other] = 1;
      this.#twins.set(first, other).set(other, first);
    }
  }

  get haveTwins(): boolean {
    return this.#twins.size > 0;
  }

  stays(row: number): boolean {
    return this.places[row] < this.#staying;
  }

  isFirst(row: number): boolean {
    return this.#isFirst[row] === 1;
  }

  /** All rows of a kind in order. Returns undefined when there is only one. */
  rowsOf(kind: number): readonly number[] | undefined {
    return this.#rows.get(kind);
  }

  areTwins(a: number, b: number): boolean {
    return this.#twins.get(a) === b;
  }

  /** Number of the given rows that stay. */
  stayingOf(rows: readonly number[]): number {
    const count = rows.findIndex((row) => !this.stays(row));
    return count < 0 ? rows.length : count;
  }

  /** Number of pairs of rows with the same bytes that do not both stay. */
  pairsOfCopies(rows: readonly number[]): number {
    const count = this.stayingOf(rows);
    return (rows.length * (rows.length - 1) - count * (count - 1)) / 2;
  }

  /**
   * Returns true when a pair of kinds represents all pairs of rows with these bytes: the pair of the first
   * rows or, if both stay, a pair with the first row that does not stay.
   */
  standsForTwins(kind: number, earlier: number): boolean {
    const [twin, other] = [this.#twins.get(kind), this.#twins.get(earlier)];
    if (!this.stays(earlier)) return twin === undefined && other === undefined;
    return twin === undefined || other === undefined || this.places[twin] > this.places[earlier];
  }
}
