import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { placesIn, rowsWhere, type ClusterOrder } from '../pairwise/clusterOrder.ts';
import type { Pairwise } from '../pairwise/pairwise.ts';
import { workOf, type StepOptions } from '../step.ts';
import { isDuplicate } from './groups.ts';
import { rankedPairs, type PairList, type RankedPairs } from './rankedPairs.ts';

/** Rows that were compared inside clusters. */
export interface ComparedRows {
  readonly clusters: ClusterOrder;
  /** All rows, first-ranked first. */
  readonly order: Int32Array;
  /** The best match of each row. */
  readonly found: Pairwise;
}

/**
 * All pairs within `eps` inside the clusters. Only rows with a match within `eps` are looked at again, and of rows with the
 * same bytes only the first.
 * @throws TooManyPairs for more than `limit` of them; a pair counts once per cluster that has both rows.
 */
export async function clusterPairs(
  store: RowStore,
  { clusters, order, found }: ComparedRows,
  eps: number,
  limit: number,
  options: StepOptions,
): Promise<RankedPairs> {
  const ranks = placesIn(order);
  const first = firstCopies(store, order, found);
  const targets = rowsWhere(clusters, (row) => first[row] === row);
  const queries = rowsWhere(targets, (row) => isDuplicate(found.score[row], eps));
  const list = await searchPairs(store, { queries, targets }, { eps, limit, ranks }, options);
  return rankedPairs(
    order.length,
    list,
    Int32Array.from(order, (row) => ranks[first[row]]),
  );
}

/** By row, the first row with the same bytes. `pairwise` gives a copy the score 1 and the first one of its cluster. */
function firstCopies(store: RowStore, order: Int32Array, { score, maxRow }: Pairwise): Int32Array {
  const first = new Int32Array(order.length);
  for (const row of order) {
    const other = maxRow[row];
    first[row] = score[row] === 1 && store.hash(row) === store.hash(other) ? first[other] : row;
  }
  return first;
}

type Rows = Pick<ClusterOrder, 'rows' | 'offsets'>;

/** How pairs are chosen; `ranks` by row. */
interface Choice {
  readonly eps: number;
  readonly limit: number;
  readonly ranks: Int32Array;
}

/** Pairs of the queries with rows ranked before them. */
async function searchPairs(
  store: RowStore,
  { queries, targets }: { readonly queries: Rows; readonly targets: Rows },
  { eps, limit, ranks }: Choice,
  options: StepOptions,
): Promise<PairList> {
  const search = async (by: Rows, pairs: ReturnType<typeof earlierInRange>, most: number) => {
    const total = countPairs(pairs);
    const report = (done: number): void =>
      options.progress({ step: 'groups', done, total, detail: 'pairs of rows' });
    report(0);
    const view = store.view(targets.rows);
    const want = { kind: 'above', score: 1 - eps, limit: most } as const;
    const above = await options.kernels.search(
      by === targets ? view : store.view(by.rows),
      view,
      pairs,
      want,
      workOf(options, report),
    );
    report(total);
    return listOf(by.rows, targets.rows, above, ranks);
  };
  const all = earlierInRange(targets.offsets);
  // Some rows meet those ranked after them too, and themselves: cheaper than all pairs while they are few.
  const few = { queries: queries.offsets, targets: targets.offsets, earlier: false };
  if (countPairs(few) < countPairs(all)) {
    try {
      return await search(queries, few, 2 * limit + queries.rows.length);
    } catch (error) {
      if (!(error instanceof TooManyPairs)) throw error;
    }
  }
  return search(targets, all, limit);
}

/** What was found, by rank; each pair once, but for clusters that overlap. */
function listOf(queries: Int32Array, targets: Int32Array, found: Above, ranks: Int32Array): PairList {
  const { offsets, index, score } = found;
  const later = new Int32Array(index.length);
  const earlier = new Int32Array(index.length);
  const scores = new Float64Array(index.length);
  let count = 0;
  for (let query = 0; query < queries.length; query++) {
    const rank = ranks[queries[query]];
    for (let i = offsets[query]; i < offsets[query + 1]; i++) {
      const other = ranks[targets[index[i]]];
      // With eps 1, a pair of score 0 is none.
      if (other >= rank || !(score[i] > 0)) continue;
      later[count] = rank;
      earlier[count] = other;
      scores[count++] = Math.min(1, score[i]);
    }
  }
  return {
    later: later.subarray(0, count),
    earlier: earlier.subarray(0, count),
    score: scores.subarray(0, count),
  };
}
