/** Maps rows to consecutive parts, such as files or record batches. */
export class RowParts {
  readonly rowCount: number;
  /** The first row of each part, then the total number of rows. */
  readonly #starts: Float64Array;

  /** `counts` holds the number of rows per part. */
  constructor(counts: readonly number[]) {
    this.#starts = new Float64Array(counts.length + 1);
    counts.forEach((count, part) => (this.#starts[part + 1] = this.#starts[part] + count));
    this.rowCount = this.#starts[counts.length];
  }

  /**
   * Calls `body` for each part that contains rows of `start` to `start + count`, with the first row (relative
   * to the part) and the number of rows.
   */
  forEach(start: number, count: number, body: (part: number, first: number, count: number) => void): void {
    const end = Math.min(start + count, this.rowCount);
    for (let row = start, part = this.#partOf(start); row < end; part++) {
      const taken = Math.min(end, this.#starts[part + 1]) - row;
      if (taken > 0) body(part, row - this.#starts[part], taken);
      row += taken;
    }
  }

  /** Returns the last part that begins at or before `row`. */
  #partOf(row: number): number {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
