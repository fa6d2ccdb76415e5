/** Pairs of similar rows. Rows are numbered by rank: 0 is kept before all others. */
export interface RankedPairs {
  /** The pairs of row r with rows ranked before it are entries `offsets[r]` to `offsets[r + 1]` (exclusive). */
  readonly offsets: Float64Array;
  readonly other: Int32Array;
  readonly score: Float64Array;
  /**
   * By row, the first row with the same bytes, which is the row itself where there is no earlier one, or where it stays. A copy
   * has no pairs of its own, but for pairs of one whose first stays with other rows that stay.
   */
  readonly first: Int32Array;
}

/** The most similar row ranked before each row. */
export interface BestEarlier {
  /** The row itself where there is none. */
  readonly row: Int32Array;
  /** 0 where there is none. */
  readonly score: Float64Array;
}

/** Pairs as they were found; `later` and `earlier` are ranks. */
export interface PairList {
  readonly later: Int32Array;
  readonly earlier: Int32Array;
  readonly score: Float64Array;
}

/** Sorts pairs by their later row. */
export function rankedPairs(rows: number, lists: readonly PairList[], first: Int32Array): RankedPairs {
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

export const rowNumbers = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

/** Ties go to the earliest row; a copy belongs to the first of its kind. */
export function bestEarlier({ offsets, other, score, first }: RankedPairs): BestEarlier {
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
