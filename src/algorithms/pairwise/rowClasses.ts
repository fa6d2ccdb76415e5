import type { RowStore } from '../../rows/rowStore.ts';
import { placesIn, type RankedRows } from './clusterOrder.ts';
import { equalRows } from './equalRows.ts';

/**
 * Groups rows into classes: rows of one class have the same bytes, and all or none of them are exempt. A
 * class is identified by its first row.
 */
export class RowClasses {
  /** By row, its place in the order of all rows. */
  readonly places: Int32Array;
  /**
   * Groups of several rows with the same bytes, in order. They are one class, or two if only some of
   * them are exempt.
   */
  readonly copies: readonly (readonly number[])[];
  readonly #exemptCount: number;
  readonly #isFirst: Uint8Array;
  readonly #rows = new Map<number, readonly number[]>();
  /** By class, the other class with the same bytes. */
  readonly #twins = new Map<number, number>();

  constructor(store: RowStore, { order, exemptCount = 0 }: RankedRows) {
    const { firsts, copies } = equalRows(store, order);
    this.places = placesIn(order);
    this.copies = [...copies.values()];
    this.#exemptCount = exemptCount;
    this.#isFirst = new Uint8Array(order.length);
    for (const row of firsts) this.#isFirst[row] = 1;
    for (const rows of this.copies) {
      const count = this.countExempt(rows);
      const classes = [rows.slice(0, count), rows.slice(count)].filter(({ length }) => length > 0);
      for (const rowClass of classes) this.#rows.set(rowClass[0], rowClass);
      if (classes.length === 1) continue;
      const [first, other] = [rows[0], rows[count]];
      this.#isFirst[other] = 1;
      this.#twins.set(first, other).set(other, first);
    }
  }

  get hasTwins(): boolean {
    return this.#twins.size > 0;
  }

  isExempt(row: number): boolean {
    return this.places[row] < this.#exemptCount;
  }

  isFirst(row: number): boolean {
    return this.#isFirst[row] === 1;
  }

  /** All rows of a class in order. Returns undefined when there is only one. */
  rowsOf(rowClass: number): readonly number[] | undefined {
    return this.#rows.get(rowClass);
  }

  areTwins(a: number, b: number): boolean {
    return this.#twins.get(a) === b;
  }

  /** Number of the given rows that are exempt. */
  countExempt(rows: readonly number[]): number {
    const count = rows.findIndex((row) => !this.isExempt(row));
    return count < 0 ? rows.length : count;
  }

  /** Number of pairs of rows with the same bytes that are not both exempt. */
  countCopyPairs(rows: readonly number[]): number {
    const count = this.countExempt(rows);
    return (rows.length * (rows.length - 1) - count * (count - 1)) / 2;
  }

  /**
   * Returns true when a pair of classes represents all pairs of rows with these bytes: the pair of the first
   * rows or, if both are exempt, a pair with the first row that is not exempt.
   */
  representsTwins(rowClass: number, earlier: number): boolean {
    const [twin, other] = [this.#twins.get(rowClass), this.#twins.get(earlier)];
    if (!this.isExempt(earlier)) return twin === undefined && other === undefined;
    return twin === undefined || other === undefined || this.places[twin] > this.places[earlier];
  }
}
