import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import {
  comparedWhere,
  placesIn,
  rowsWhere,
  type ComparedRows,
  type Members,
  type RankedRows,
} from '../pairwise/clusterOrder.ts';
import type { Pairwise } from '../pairwise/pairwise.ts';
import { isDuplicate } from '../scores.ts';
import { workFor, type StepOptions } from '../step.ts';
import { rankedPairs, type PairColumns, type RankedPairs } from './rankedPairs.ts';

/** Rows that have been compared inside clusters. */
export interface SearchedRows extends RankedRows {
  readonly clusters: ComparedRows;
  /** The best match of each row. */
  readonly found: Pairwise;
}

/**
 * All pairs within `eps` inside the clusters, except pairs of two exempt rows. Only rows with a match
 * within `eps` are searched again, and only the first of rows with the same bytes.
 * @throws TooManyPairs for more than `limit` pairs. A pair counts once per cluster that contains both rows.
 */
export async function clusterPairs(
  store: RowStore,
  { clusters, order, exemptCount = 0, found }: SearchedRows,
  eps: number,
  limit: number,
  options: StepOptions,
): Promise<RankedPairs> {
  const ranks = placesIn(order);
  const first = firstCopies(store, order, found);
  const targets = comparedWhere(clusters, (row) => first[row] === row);
  const queries = rowsWhere(targets, (row) => isDuplicate(found.score[row], eps));
  const choice = { eps, limit, ranks };
  const lists = [await searchEarlier(store, { queries, targets }, choice, options)];
  if (targets.exempt) {
    // When the first of several equal rows is exempt, the first equal row that is not exempt finds the other
    // exempt rows.
    const proxies = new Map<number, number>();
    for (const row of order.subarray(exemptCount))
      if (ranks[first[row]] < exemptCount && !proxies.has(first[row])) proxies.set(first[row], row);
    const ofStaying = {
      queries: rowsWhere(clusters, (row) =>
        first[row] === row ? isDuplicate(found.score[row], eps) : proxies.get(first[row]) === row,
      ),
      targets: targets.exempt,
      earlier: false,
    };
    const left = { ...choice, limit: Math.max(0, limit - lists[0].later.length) };
    lists.push(await searchPairs(store, ofStaying, left, options));
  }
  return rankedPairs(
    order.length,
    lists,
    Int32Array.from(order, (row) => ranks[first[row]]),
  );
}

/**
 * By row, the first row with the same bytes. `pairwise` gives a copy score 1 and the first row of its
 * cluster.
 */
function firstCopies(store: RowStore, order: Int32Array, { score, maxRow }: Pairwise): Int32Array {
  const first = new Int32Array(order.length);
  for (const row of order) {
    const other = maxRow[row];
    first[row] = score[row] === 1 && store.hash(row) === store.hash(other) ? first[other] : row;
  }
  return first;
}

/** The selection of pairs. `ranks` are by row. */
interface Choice {
  readonly eps: number;
  readonly limit: number;
  readonly ranks: Int32Array;
}

/** Finds pairs of a query with a target that is ranked before it. */
async function searchEarlier(
  store: RowStore,
  { queries, targets }: { readonly queries: Members; readonly targets: Members },
  choice: Choice,
  options: StepOptions,
): Promise<PairColumns> {
  // Some rows are also compared with themselves and with rows ranked after them. While they are few, this is
  // cheaper than comparing all pairs.
  const few = { queries: queries.offsets, targets: targets.offsets, earlier: false };
  if (countPairs(few) < countPairs(earlierInRange(targets.offsets))) {
    try {
      const most = 2 * choice.limit + queries.rows.length;
      return await searchPairs(
        store,
        { queries, targets, earlier: false },
        { ...choice, limit: most },
        options,
      );
    } catch (error) {
      if (!(error instanceof TooManyPairs)) throw error;
    }
  }
  return searchPairs(store, { queries: targets, targets, earlier: true }, choice, options);
}

async function searchPairs(
  store: RowStore,
  {
    queries,
    targets,
    earlier,
  }: { readonly queries: Members; readonly targets: Members; readonly earlier: boolean },
  { eps, limit, ranks }: Choice,
  options: StepOptions,
): Promise<PairColumns> {
  const pairs = { queries: queries.offsets, targets: targets.offsets, earlier };
  const total = countPairs(pairs);
  const report = (done: number): void =>
    options.progress({ step: 'groups', done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(targets.rows);
  const above = await options.kernels.search(
    queries === targets ? view : store.view(queries.rows),
    view,
    pairs,
    { kind: 'above', score: 1 - eps, limit },
    workFor(options, report),
  );
  report(total);
  return listOf(queries.rows, targets.rows, above, ranks);
}

/** The found pairs by rank. Each pair appears once, unless clusters overlap. */
function listOf(queries: Int32Array, targets: Int32Array, found: Above, ranks: Int32Array): PairColumns {
  const { offsets, index, score } = found;
  const later = new Int32Array(index.length);
  const earlier = new Int32Array(index.length);
  const scores = new Float64Array(index.length);
  let count = 0;
  for (let query = 0; query < queries.length; query++) {
    const rank = ranks[queries[query]];
    for (let i = offsets[query]; i < offsets[query + 1]; i++) {
      const other = ranks[targets[index[i]]];
      // With eps 1, a pair with score 0 is not a duplicate.
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
