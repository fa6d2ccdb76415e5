import type { RowStore } from '../../rows/rowStore.ts';
import { dot } from '../centroids.ts';
import { isDuplicate } from '../scores.ts';
import type { StepOptions } from '../step.ts';
import { chainEnds } from './chain.ts';
import { clusterPairs, type SearchedRows } from './clusterPairs.ts';
import { componentRows } from './components.ts';
import { coveredRows } from './covered.ts';
import type { Rule } from './groups.ts';

/** Groups by row. */
export interface RowGroups {
  /** The kept row that it is dropped for, or the row itself if it is kept. */
  readonly kept: Int32Array;
  /** Cosine similarity to that row, at most 1. Exactly 1 for equal rows, NaN for kept rows. */
  readonly score: Float32Array;
}

/** Number of rows between two checks of the abort signal. */
const ROWS_PER_TURN = 16_384;

/**
 * The groups of rows that were compared inside clusters. The rows must still be in the store.
 * @throws TooManyPairs for more than `limit` pairs within `eps`. Rule `chain` needs no pairs.
 */
export async function rowGroups(
  store: RowStore,
  compared: SearchedRows,
  { rule, eps, limit }: { readonly rule: Rule; readonly eps: number; readonly limit: number },
  options: StepOptions,
): Promise<RowGroups> {
  const { order, exemptCount = 0, found } = compared;
  const known = { row: found.maxRow, score: found.score };
  if (rule === 'chain') {
    const next = found.maxRow.map((other, row) => (isDuplicate(found.score[row], eps) ? other : row));
    return withScores(store, chainEnds(next), known, options);
  }
  const pairs = await clusterPairs(store, compared, eps, limit, options);
  const byRow = (ranks: Int32Array): Int32Array => {
    const rows = new Int32Array(order.length);
    order.forEach((row, rank) => (rows[row] = order[ranks[rank]]));
    return rows;
  };
  if (rule === 'components') {
    const kept = componentRows(pairs, (rank) => rank < exemptCount);
    return withScores(store, byRow(kept), known, options);
  }
  const kept = coveredRows(pairs);
  const row = byRow(kept.row);
  const score = new Float32Array(order.length);
  order.forEach((r, rank) => (score[r] = kept.score[rank]));
  return withScores(store, row, { row, score }, options);
}

/** Computes the scores that are not in `known`. */
async function withScores(
  store: RowStore,
  kept: Int32Array,
  known: { readonly row: Int32Array; readonly score: Float32Array },
  { signal, progress }: StepOptions,
): Promise<RowGroups> {
  const score = new Float32Array(kept.length).fill(NaN);
  const a = new Float32Array(store.dim);
  const b = new Float32Array(store.dim);
  let measured = 0;
  for (let row = 0; row < kept.length; row++) {
    const other = kept[row];
    if (other === row) continue;
    if (other === known.row[row]) score[row] = known.score[row];
    else if (store.hash(row) === store.hash(other)) score[row] = 1;
    else {
      store.copy(row, row + 1, a);
      store.copy(other, other + 1, b);
      score[row] = Math.min(1, dot(a, b));
      if (++measured % ROWS_PER_TURN > 0) continue;
      progress({ step: 'groups', done: row, total: kept.length });
      await new Promise(setImmediate);
      signal.throwIfAborted();
    }
  }
  return { kept, score };
}
