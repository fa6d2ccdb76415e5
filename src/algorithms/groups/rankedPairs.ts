/** Pairs of similar rows. Rows are numbered by rank, starting with 0. */
export interface RankedPairs {
  /**
   * The pairs of row r with rows ranked before it are entries `offsets[r]` to `offsets[r + 1]` (exclusive).
   */
  readonly offsets: Float64Array;
  readonly other: Int32Array;
  readonly score: Float64Array;
  /**
   * By row, the first row with the same bytes. It is the row itself when there is no earlier one, or when the
   * row is exempt. A copy has no pairs of its own, except with exempt rows when its first row is exempt too.
   */
  readonly first: Int32Array;
}

/** The most similar row ranked before each row. */
export interface BestPairs {
  /** The row itself when there is none. */
  readonly row: Int32Array;
  /** 0 when there is none. */
  readonly score: Float64Array;
}

/** Pairs in the order in which they were found. `later` and `earlier` are ranks. */
export interface PairColumns {
  readonly later: Int32Array;
  readonly earlier: Int32Array;
  readonly score: Float64Array;
}

/** Sorts pairs by their later row. */
export function rankedPairs(rows: number, lists: readonly PairColumns[], first: Int32Array): RankedPairs {
  const offsets = new Float64Array(rows + 1);
  for (const { later } of lists) for (const row of later) offsets[row + 1]++;
  for (let row = 0; row < rows; row++) offsets[row + 1] += offsets[row];
  const next = offsets.slice(0, rows);
  const count = offsets[rows];
  const pairs = { offsets, other: new Int32Array(count), score: new Float64Array(count), first };
  for (const { later, earlier, score } of lists) {
    for (let i = 0; i < later.length; i++) {
      const at = next[later[i]]++;
      pairs.other[at] = earlier[i];
      pairs.score[at] = score[i];
    }
  }
  return pairs;
}

/** The numbers 0 to `rows` − 1. */
export const rowNumbers = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

/** The best pair of each row. Ties go to the earliest row; a copy belongs to the first equal row. */
export function bestEarlierPairs({ offsets, other, score, first }: RankedPairs): BestPairs {
  const best = { row: first.slice(), score: new Float64Array(first.length) };
  for (let row = 0; row < first.length; row++) {
    if (first[row] !== row) best.score[row] = 1;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      if (score[i] < best.score[row] || (score[i] === best.score[row] && other[i] >= best.row[row])) continue;
      best.score[row] = score[i];
      best.row[row] = other[i];
    }
  }
  return best;
}
