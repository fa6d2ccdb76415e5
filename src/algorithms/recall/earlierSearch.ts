import type { Pairs } from '../../kernels/kernels.ts';
import { countPairs, everything } from '../../kernels/pairs.ts';
import { pickRows, type RowView } from '../../rows/rowView.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';

/**
 * There are about √(rows / this) parts. With more parts, sampled rows are copied more often; with fewer, more
 * pairs are compared.
 */
const PART_ROWS = 2000;
const MAX_PARTS = 48;
/** Matches that a sampled row keeps per part. One of them is usually ranked before it. */
const MATCHES_PER_PART = 6;

/**
 * The pairs to compare: range p has the rows of part p, and the sampled rows of this part and of later ones.
 */
export interface PartSearch {
  /** Numbers of sampled rows. */
  readonly queries: Int32Array;
  readonly pairs: Pairs;
  /** The first sampled row of each part, and their number. */
  readonly firsts: Int32Array;
}

/**
 * Divides rows into parts with the same number of sampled rows. `places` are the sampled rows' positions in
 * ascending order. A part ends before its last sampled row. So this row is compared exactly with the rows
 * before it; the others of the part are also compared with themselves and with some rows after them.
 */
export function partSearch(places: Int32Array): PartSearch {
  const sampled = places.length;
  const rows = sampled === 0 ? 0 : places[sampled - 1];
  const parts = Math.min(sampled, MAX_PARTS, Math.max(2, Math.round(Math.sqrt(rows / PART_ROWS))));
  const firsts = Int32Array.from({ length: parts + 1 }, (_, p) =>
    Math.floor((p * sampled) / Math.max(1, parts)),
  );
  const queries: number[] = [];
  const queryOffsets = [0];
  const targetOffsets = [0];
  for (let p = 0; p < parts; p++) {
    for (let i = firsts[p]; i < sampled; i++) queries.push(i);
    queryOffsets.push(queries.length);
    targetOffsets.push(places[firsts[p + 1] - 1]);
  }
  const pairs = {
    queries: Float64Array.from(queryOffsets),
    targets: Float64Array.from(targetOffsets),
    earlier: false,
  };
  return { queries: Int32Array.from(queries), pairs, firsts };
}

/**
 * For some rows of a view, the largest cosine similarity to a row before them or to a row of `others`;
 * −Infinity when there is none. `places` are their numbers in ascending order.
 */
export async function bestEarlier(
  view: RowView,
  places: Int32Array,
  options: StepOptions,
  others?: RowView,
): Promise<Float32Array> {
  const best = new Float32Array(places.length).fill(-Infinity);
  const parts = partSearch(places);
  const all = everything(places.length, others?.count ?? 0);
  const total = countPairs(parts.pairs) + countPairs(all);
  const report = (done: number): void =>
    options.progress({ step: 'recall', done, total, detail: 'pairs of rows' });
  report(0);
  if (others) {
    const work = workFor(options, report);
    const { score } = await options.kernels.search(pickRows(view, places), others, all, BEST, work);
    best.set(score);
  }
  const work = workFor(options, (done) => report(countPairs(all) + done));
  let open = await improveBest(view, places, parts, best, { ...options, work });
  // These are few, and most of them are among the first rows, so this search is short.
  while (open.length > 0) {
    const left = open.map((i) => places[i]);
    const found = Float32Array.from(open, (i) => best[i]);
    const still = await improveBest(view, left, partSearch(left), found, {
      ...options,
      work: workFor(options),
    });
    open.forEach((i, n) => (best[i] = found[n]));
    open = still.map((n) => open[n]);
  }
  report(total);
  return best;
}

/**
 * Raises `best` to the best match found before each sampled row. Returns the rows that still need a search:
 * all their matches in their own part come after them, and are better than `best`. The last row of a part is
 * never among them.
 */
async function improveBest(
  view: RowView,
  places: Int32Array,
  { queries, pairs, firsts }: PartSearch,
  best: Float32Array,
  { kernels, work }: StepOptions & { readonly work: ReturnType<typeof workFor> },
): Promise<Int32Array> {
  if (places.length === 0) return new Int32Array(0);
  const sampled = pickRows(
    view,
    queries.map((i) => places[i]),
  );
  const mode = { kind: 'top', k: MATCHES_PER_PART } as const;
  const { score, index } = await kernels.search(sampled, view, pairs, mode, work);
  const open: number[] = [];
  for (let p = 0; p + 1 < firsts.length; p++) {
    for (let query = pairs.queries[p]; query < pairs.queries[p + 1]; query++) {
      const i = queries[query];
      const isLast = i === firsts[p + 1] - 1;
      const [start, end] = [query * MATCHES_PER_PART, (query + 1) * MATCHES_PER_PART];
      let at = start;
      while (at < end && index[at] >= places[i]) at++;
      if (at < end) best[i] = Math.max(best[i], score[at]);
      else if (!isLast && score[end - 1] > best[i]) open.push(i);
    }
  }
  return Int32Array.from(open);
}
