import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { Best } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import type { ClusterOrder } from './clusterOrder.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** By row of the store. */
export interface Pairwise {
  /** Largest cosine with an earlier-ranked row of a cluster they share, in [0, 1]; exactly 1 for equal rows. */
  readonly score: Float32Array;
  /** That row; the row itself where there is none. */
  readonly maxRow: Int32Array;
}

/** For each row, the most similar row ranked before it in its clusters; ties go to the earliest rank. */
export async function pairwise(
  store: RowStore,
  order: ClusterOrder,
  options: StepOptions,
): Promise<Pairwise> {
  const { rows, offsets } = order;
  const pairs = earlierInRange(offsets);
  const total = countPairs(pairs);
  const report = (done: number): void =>
    options.progress({ step: 'pairwise', done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const best = await options.kernels.search(view, view, pairs, BEST, workOf(options, report));
  const result: Pairwise = { score: new Float32Array(store.rows), maxRow: new Int32Array(store.rows) };
  for (let row = 0; row < store.rows; row++) result.maxRow[row] = row;
  for (let c = 0; c + 1 < offsets.length; c++) write(order, c, best, store, result);
  report(total);
  return result;
}

/** Writes what was found in cluster `c`, unless the row has found better in another one. */
function write(
  { rows, offsets, places }: ClusterOrder,
  c: number,
  best: Best,
  store: RowStore,
  { score, maxRow }: Pairwise,
): void {
  const from = offsets[c];
  const members = rows.subarray(from, offsets[c + 1]);
  const first = firstEqual(members, store);
  for (let i = 0; i < members.length; i++) {
    const row = members[i];
    const found = best.score[from + i];
    if (!(found > 0)) continue;
    // Equal rows score exactly 1 and point to the earliest of them; so does whatever points to a later copy.
    const equal = first[i] !== i && found > 0.9999;
    const similarity = equal ? 1 : Math.min(1, found);
    const other = members[equal ? first[i] : first[best.index[from + i] - from]];
    if (similarity < score[row]) continue;
    if (similarity === score[row] && places && places[other] >= places[maxRow[row]]) continue;
    score[row] = similarity;
    maxRow[row] = other;
  }
}

/** For each row of a cluster, the first one with the same bytes. */
function firstEqual(members: Int32Array, store: RowStore): Int32Array {
  const seen = new Map<number, number>();
  return members.map((row, i) => {
    const hash = store.hash(row);
    const first = seen.get(hash);
    if (first === undefined) seen.set(hash, i);
    return first ?? i;
  });
}
