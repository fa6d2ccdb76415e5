import type { RowStore } from '../../rows/rowStore.ts';
import { placesIn, type RankedRows } from './clusterOrder.ts';
import { equalRows } from './equalRows.ts';

/** Rows of one kind have the same bytes, and either all stay or none does. A kind is named by its first row. */
export class Kinds {
  /** By row its place in the order of all rows. */
  readonly places: Int32Array;
  /** Rows with the same bytes, in order: of one kind, or of two where some of them stay. Only where there are several. */
  readonly copies: readonly (readonly number[])[];
  readonly #staying: number;
  readonly #isFirst: Uint8Array;
  readonly #rows = new Map<number, readonly number[]>();
  /** By kind the one with the same bytes. */
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

  /** All rows of a kind, in order; undefined where there is one only. */
  rowsOf(kind: number): readonly number[] | undefined {
    return this.#rows.get(kind);
  }

  areTwins(a: number, b: number): boolean {
    return this.#twins.get(a) === b;
  }

  /** How many of some rows, in order, stay. */
  stayingOf(rows: readonly number[]): number {
    const count = rows.findIndex((row) => !this.stays(row));
    return count < 0 ? rows.length : count;
  }

  /** Pairs of rows with the same bytes that do not both stay. */
  pairsOfCopies(rows: readonly number[]): number {
    const count = this.stayingOf(rows);
    return (rows.length * (rows.length - 1) - count * (count - 1)) / 2;
  }

  /**
   * Whether a pair of kinds is the one that stands for all pairs of rows with these bytes: that of the first rows or, where
   * both stay, one of the first that does not.
   */
  standsForTwins(kind: number, earlier: number): boolean {
    const [twin, other] = [this.#twins.get(kind), this.#twins.get(earlier)];
    if (!this.stays(earlier)) return twin === undefined && other === undefined;
    return twin === undefined || other === undefined || this.places[twin] > this.places[earlier];
  }
}
