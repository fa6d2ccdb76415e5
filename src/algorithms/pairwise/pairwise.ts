import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import { loadOrCompute, type Checkpoint } from '../checkpoint.ts';
import type { Best } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { sliceView } from '../../rows/rowView.ts';
import { countCompared, concatRows, type ClusterOrder, type ComparedRows } from './clusterOrder.ts';
import { EQUAL_SCORE } from '../scores.ts';
import { CopiedHashes } from './copiedHashes.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';

/** The best match of each row of the store. */
export interface Pairwise {
  /**
   * The largest cosine similarity to a row of a common cluster that is ranked before, in [0, 1]. Exactly 1
   * for equal rows.
   */
  readonly score: Float32Array;
  /** That row, or the row itself when there is none. */
  readonly maxRow: Int32Array;
}

/**
 * Finds, for each row, the most similar row ranked before it in its clusters. Ties go to the earliest rank.
 * Exempt rows have no score.
 */
export async function pairwise(
  store: RowStore,
  order: ComparedRows,
  options: StepOptions,
  checkpoint?: Checkpoint,
): Promise<Pairwise> {
  const { rows, offsets, exempt } = order;
  const total = countCompared(order);
  const report = (done: number): void =>
    options.progress({ step: 'pairwise', done, total, detail: 'pairs of rows' });
  report(0);
  let best: Found = { earlier: await bestInClusters(store, order, options, checkpoint, report) };
  if (exempt) {
    const all = { queries: offsets, targets: exempt.offsets, earlier: false };
    const before = total - countPairs(all);
    const work = workFor(options, (done) => report(before + done));
    const targets = store.view(exempt.rows);
    const first = await loadOrCompute(checkpoint, 'exempt', async () => {
      const { score, index } = await options.kernels.search(store.view(rows), targets, all, BEST, work);
      return { score, index };
    });
    best = { ...best, first };
  }
  const result: Pairwise = { score: new Float32Array(store.rows), maxRow: new Int32Array(store.rows) };
  for (let row = 0; row < store.rows; row++) result.maxRow[row] = row;
  const copied = new CopiedHashes(store);
  for (let c = 0; c + 1 < offsets.length; c++) writeBest(order, c, best, store, copied, result);
  report(total);
  return result;
}

/**
 * By place in `order`, the best place before it in its cluster. Groups of clusters are searched and saved one
 * by one.
 */
async function bestInClusters(
  store: RowStore,
  { rows, offsets }: ClusterOrder,
  options: StepOptions,
  checkpoint: Checkpoint | undefined,
  report: (done: number) => void,
): Promise<Best> {
  const view = store.view(rows);
  const groups = checkpoint ? clusterGroups(offsets, store.dim) : [[0, offsets.length - 1]];
  const best: Best = { score: new Float32Array(rows.length), index: new Int32Array(rows.length) };
  let done = 0;
  for (const [first, end] of groups) {
    const [start, last] = [offsets[first], offsets[end]];
    const pairs = earlierInRange(offsets.slice(first, end + 1).map((offset) => offset - start));
    const found = await loadOrCompute(checkpoint, `pairs-${first}-${end}`, async () => {
      const group = groups.length === 1 ? view : sliceView(view, start, last);
      const work = workFor(options, (pairsDone) => report(done + pairsDone));
      const { score, index } = await options.kernels.search(group, group, pairs, BEST, work);
      return { score, index };
    });
    best.score.set(found.score, start);
    for (let i = 0; i < found.index.length; i++) best.index[start + i] = start + found.index[i];
    done += countPairs(pairs);
    report(done);
  }
  return best;
}

/**
 * Minimum number of multiply-adds per group, which takes about a second on a few cores, and the maximum
 * number of groups.
 */
const [GROUP_PRODUCTS, MAX_GROUPS] = [5e10, 64];

/**
 * Divides the clusters into groups of adjacent clusters with about the same work: the first cluster, and the
 * one after the last.
 */
function clusterGroups(offsets: Float64Array, dim: number): [first: number, end: number][] {
  const total = countPairs(earlierInRange(offsets));
  const wanted = Math.max(GROUP_PRODUCTS / dim, total / MAX_GROUPS);
  const groups: [number, number][] = [];
  let first = 0;
  let pairs = 0;
  for (let c = 0; c + 1 < offsets.length; c++) {
    const rows = offsets[c + 1] - offsets[c];
    pairs += (rows * (rows - 1)) / 2;
    if (pairs < wanted && c + 2 < offsets.length) continue;
    groups.push([first, c + 1]);
    first = c + 1;
    pairs = 0;
  }
  return groups;
}

/** The results of the searches for compared rows. */
interface Found {
  readonly earlier: Best;
  /** The best matches among exempt rows. */
  readonly first?: Best;
}

/** Writes the results of cluster `c`, except for rows with a better result in another cluster. */
function writeBest(
  { rows, offsets, places, exempt }: ComparedRows,
  c: number,
  { earlier, first: best }: Found,
  store: RowStore,
  copied: CopiedHashes,
  { score, maxRow }: Pairwise,
): void {
  const from = offsets[c];
  const own = rows.subarray(from, offsets[c + 1]);
  const [start, end] = exempt ? [exempt.offsets[c], exempt.offsets[c + 1]] : [0, 0];
  const members = exempt ? concatRows(exempt.rows.subarray(start, end), own) : own;
  const before = members.length - own.length;
  const first = firstEqualRows(members, store, copied);
  for (let i = 0; i < own.length; i++) {
    const row = own[i];
    const isExemptBetter = best !== undefined && best.score[from + i] >= earlier.score[from + i];
    const found = isExemptBetter ? best.score[from + i] : earlier.score[from + i];
    if (!(found > 0)) continue;
    // Equal rows score exactly 1 and point to the earliest equal row. Rows that match a later copy also point
    // to the earliest.
    const copied = first[before + i];
    const equal = copied !== before + i && found > EQUAL_SCORE;
    const similarity = equal ? 1 : Math.min(1, found);
    const place = isExemptBetter ? best.index[from + i] - start : before + earlier.index[from + i] - from;
    const other = members[equal ? copied : first[place]];
    if (similarity < score[row]) continue;
    if (similarity === score[row] && places && places[other] >= places[maxRow[row]]) continue;
    score[row] = similarity;
    maxRow[row] = other;
  }
}

/** For each row of a cluster, the number of the first one with the same bytes. */
function firstEqualRows(members: Int32Array, store: RowStore, copied: CopiedHashes): Int32Array {
  const seen = new Map<number, number>();
  return members.map((row, i) => {
    const hash = store.hash(row);
    if (!copied.has(hash)) return i;
    const first = seen.get(hash);
    if (first === undefined) seen.set(hash, i);
    return first ?? i;
  });
}
