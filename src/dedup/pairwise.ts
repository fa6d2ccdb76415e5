import type { BestEarlier, Kernels, Matrix } from '../kernels/kernels.ts';
import type { Progress } from '../progress.ts';
import type { RowStore } from '../rows/rowStore.ts';
import { fromStored } from '../rows/storedRows.ts';
import type { ClusterOrder } from './clusterOrder.ts';
import { groupClusters } from './groups.ts';
import { uploadStored } from './uploadStored.ts';

export interface PairwiseOptions {
  readonly kernels: Kernels;
  /** Bytes of rows on the backend at once. */
  readonly groupBytes: number;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** By row of the store. */
export interface Pairwise {
  /** Largest cosine with an earlier-ranked row of the cluster, in [0, 1]; exactly 1 for equal rows. */
  readonly score: Float32Array;
  /** That row; the row itself where there is none. */
  readonly maxRow: Int32Array;
}

/** For each row, the most similar row ranked before it in its cluster; ties go to the earliest rank. */
export async function pairwise(
  store: RowStore,
  order: ClusterOrder,
  options: PairwiseOptions,
): Promise<Pairwise> {
  const result: Pairwise = { score: new Float32Array(store.rows), maxRow: new Int32Array(store.rows) };
  for (let row = 0; row < store.rows; row++) result.maxRow[row] = row;
  const rowsAtOnce = Math.max(256, Math.floor(options.groupBytes / (store.dim * 4)));
  const clusters = order.offsets.length - 1;
  options.progress({ step: 'pairwise', done: 0, total: clusters, detail: 'clusters' });
  for (const { first, last } of groupClusters(order.offsets, rowsAtOnce)) {
    const start = order.offsets[first];
    const rows = order.offsets[last] - start;
    if (rows > rowsAtOnce) await largeCluster(store, order, start, rows, rowsAtOnce, options, result);
    else await wholeClusters(store, order, first, last, options, result);
    options.signal.throwIfAborted();
    options.progress({ step: 'pairwise', done: last, total: clusters, detail: 'clusters' });
  }
  return result;
}

/** Clusters that fit on the backend together. */
async function wholeClusters(
  store: RowStore,
  order: ClusterOrder,
  first: number,
  last: number,
  { kernels }: PairwiseOptions,
  result: Pairwise,
): Promise<void> {
  const start = order.offsets[first];
  const end = order.offsets[last];
  const x = await upload(store, order, start, end, kernels);
  try {
    const offsets = Uint32Array.from(order.offsets.subarray(first, last + 1), (offset) => offset - start);
    const best = await kernels.maxOverEarlier(x, offsets);
    for (let c = 0; c + 1 < offsets.length; c++) {
      write(order.rows.subarray(start + offsets[c], start + offsets[c + 1]), best, offsets[c], store, result);
    }
  } finally {
    x.free();
  }
}

/** One cluster larger than the memory for it: piece by piece against all pieces before. */
async function largeCluster(
  store: RowStore,
  order: ClusterOrder,
  start: number,
  rows: number,
  rowsAtOnce: number,
  { kernels, signal }: PairwiseOptions,
  result: Pairwise,
): Promise<void> {
  const piece = Math.max(128, rowsAtOnce >> 1);
  const best: BestEarlier = { score: new Float32Array(rows), index: new Int32Array(rows) };
  for (let from = 0; from < rows; from += piece) {
    const to = Math.min(rows, from + piece);
    const x = await upload(store, order, start + from, start + to, kernels);
    try {
      merge(best, from, from, await kernels.maxOverEarlier(x, Uint32Array.of(0, to - from)), true);
      for (let earlier = 0; earlier < from; earlier += piece) {
        const y = await upload(store, order, start + earlier, start + earlier + piece, kernels);
        try {
          merge(best, from, earlier, await kernels.maxOver(x, y), false);
        } finally {
          y.free();
        }
        signal.throwIfAborted();
      }
    } finally {
      x.free();
    }
  }
  write(order.rows.subarray(start, start + rows), best, 0, store, result);
}

/** Rows `start` to `end` of the order, gathered. */
function upload(
  store: RowStore,
  order: ClusterOrder,
  start: number,
  end: number,
  kernels: Kernels,
): Promise<Matrix> {
  return uploadStored(kernels, fromStored(store.stored(order.rows), start), end - start, true);
}

/** Takes what `found` improves: indexes count from `base`; the lower index wins ties. */
function merge(best: BestEarlier, at: number, base: number, found: BestEarlier, fresh: boolean): void {
  for (let i = 0; i < found.score.length; i++) {
    const index = found.index[i] < 0 ? -1 : found.index[i] + base;
    const score = found.score[i];
    const better =
      score > best.score[at + i] ||
      (score === best.score[at + i] && index >= 0 && index < best.index[at + i]);
    if (fresh || better) {
      best.score[at + i] = score;
      best.index[at + i] = index;
    }
  }
}

/** Writes one cluster's rows, `members` in rank order, whose results begin at `from`. */
function write(
  members: Int32Array,
  best: BestEarlier,
  from: number,
  store: RowStore,
  result: Pairwise,
): void {
  const first = firstEqual(members, store);
  for (let i = 0; i < members.length; i++) {
    const row = members[i];
    const score = best.score[from + i];
    const index = best.index[from + i] - from;
    if (!(score > 0)) continue;
    // Equal rows score exactly 1 and point to the earliest of them; so does whatever points to a later copy.
    const equal = first[i] !== i && score > 0.9999;
    result.score[row] = equal ? 1 : Math.min(1, score);
    result.maxRow[row] = members[equal ? first[i] : first[index]];
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
