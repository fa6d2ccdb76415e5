import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { Best } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { countCompared, joined, type ComparedRows } from './clusterOrder.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** By row of the store. */
export interface Pairwise {
  /** Largest cosine with an earlier-ranked row of a cluster they share, in [0, 1]; exactly 1 for equal rows. */
  readonly score: Float32Array;
  /** That row; the row itself where there is none. */
  readonly maxRow: Int32Array;
}

/**
 * For each row, the most similar row ranked before it in its clusters; ties go to the earliest rank. Rows that stay have no
 * score.
 */
export async function pairwise(
  store: RowStore,
  order: ComparedRows,
  options: StepOptions,
): Promise<Pairwise> {
  const { rows, offsets, staying } = order;
  const total = countCompared(order);
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'pairwise', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const pairs = earlierInRange(offsets);
  const earlier = await options.kernels.search(view, view, pairs, BEST, workOf(options, report));
  let best: Found = { earlier };
  if (staying) {
    before = countPairs(pairs);
    const targets = store.view(staying.rows);
    const all = { queries: offsets, targets: staying.offsets, earlier: false };
    best = {
      earlier,
      first: await options.kernels.search(view, targets, all, BEST, workOf(options, report)),
    };
    before = 0;
  }
  const result: Pairwise = { score: new Float32Array(store.rows), maxRow: new Int32Array(store.rows) };
  for (let row = 0; row < store.rows; row++) result.maxRow[row] = row;
  for (let c = 0; c + 1 < offsets.length; c++) write(order, c, best, store, result);
  report(total);
  return result;
}

/** What searches found for the rows compared. */
interface Found {
  readonly earlier: Best;
  /** Among rows that stay. */
  readonly first?: Best;
}

/** Writes what was found in cluster `c`, unless the row has found better in another one. */
function write(
  { rows, offsets, places, staying }: ComparedRows,
  c: number,
  { earlier, first: best }: Found,
  store: RowStore,
  { score, maxRow }: Pairwise,
): void {
  const from = offsets[c];
  const own = rows.subarray(from, offsets[c + 1]);
  const [start, end] = staying ? [staying.offsets[c], staying.offsets[c + 1]] : [0, 0];
  const members = staying ? joined(staying.rows.subarray(start, end), own) : own;
  const before = members.length - own.length;
  const first = firstEqual(members, store);
  for (let i = 0; i < own.length; i++) {
    const row = own[i];
    const staysFirst = best !== undefined && best.score[from + i] >= earlier.score[from + i];
    const found = staysFirst ? best.score[from + i] : earlier.score[from + i];
    if (!(found > 0)) continue;
    // Equal rows score exactly 1 and point to the earliest of them; so does whatever points to a later copy.
    const copied = first[before + i];
    const equal = copied !== before + i && found > 0.9999;
    const similarity = equal ? 1 : Math.min(1, found);
    const place = staysFirst ? best.index[from + i] - start : before + earlier.index[from + i] - from;
    const other = members[equal ? copied : first[place]];
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
