import type { BestPairs, RankedPairs } from './rankedPairs.ts';

/**
 * Rule `covered`: in rank order, a row is dropped when a kept row before it is similar. Returns, by row, the
 * most similar of these kept rows (ties: the earliest) and the score, or the row itself if it is kept.
 */
export function coveredRows(pairs: RankedPairs): BestPairs {
  const { offsets, other, score, first } = pairs;
  const rows = first.length;
  const kept = { row: first.slice(), score: new Float64Array(rows) };
  for (let row = 0; row < rows; row++) {
    // A copy is covered by the first equal row, or by the row that covers that row.
    if (first[row] !== row) kept.score[row] = 1;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const candidate = other[i];
      if (kept.row[candidate] !== candidate) continue;
      if (score[i] < kept.score[row] || (score[i] === kept.score[row] && candidate >= kept.row[row]))
        continue;
      kept.score[row] = score[i];
      kept.row[row] = candidate;
    }
  }
  coverCopies(pairs, kept);
  return kept;
}

/**
 * Handles copies of dropped rows: a kept row ranked between the first equal row and the copy may be more
 * similar than the row that covers the first.
 */
function coverCopies({ offsets, other, score, first }: RankedPairs, kept: BestPairs): void {
  const rows = first.length;
  const hasLostCopies = new Uint8Array(rows);
  for (let row = 0; row < rows; row++)
    if (first[row] !== row && kept.row[first[row]] !== first[row]) hasLostCopies[first[row]] = 1;
  if (!hasLostCopies.includes(1)) return;
  // For each first row, the best cover of its next copy, updated in rank order.
  const best = { row: kept.row.slice(), score: kept.score.slice() };
  for (let row = 0; row < rows; row++) {
    const kind = first[row];
    if (kind !== row) {
      if (hasLostCopies[kind] === 0) continue;
      kept.row[row] = best.row[kind];
      kept.score[row] = best.score[kind];
    } else if (kept.row[row] === row) {
      for (let i = offsets[row]; i < offsets[row + 1]; i++) {
        if (hasLostCopies[other[i]] === 0 || score[i] <= best.score[other[i]]) continue;
        best.row[other[i]] = row;
        best.score[other[i]] = score[i];
      }
    }
  }
}
