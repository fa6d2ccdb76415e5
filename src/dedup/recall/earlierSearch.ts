import type { Pairs } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange, everything } from '../../kernels/pairs.ts';
import { pickRows, type RowView } from '../../rows/rowView.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** One search: the queries by their number in the sample, and the rows that each is compared with. */
export interface Level {
  readonly queries: Int32Array;
  readonly pairs: Pairs;
}

/** Maximum share of additional pairs caused by comparing entire slices. */
const ADDED_PAIRS = 0.1;
/** From this many rows per row of the sample, adding all rows to slices costs more than small searches. */
const SPARSE = 16;
/** Maximum number of parts of a range in the first search, and in the following ones. */
const MOST_PARTS = [24, 12];

/**
 * Number of rows of the sample per slice, a power of two. Within a slice, all rows are compared with those
 * before them.
 */
export function sliceWidth(sampled: number, rows: number): number {
  if (rows > SPARSE * sampled) return 1;
  // A slice of w sampled rows contains w · rows / sampled rows, and half the square of that in pairs.
  const most = (ADDED_PAIRS * sampled ** 2) / rows;
  return most < 2 ? 1 : 2 ** Math.floor(Math.log2(most));
}

/** Number of parts for a search. With more parts, sampled rows are read more often than all rows. */
function partsOf(level: number, sampled: number, rows: number): number {
  const most = MOST_PARTS[Math.min(level, MOST_PARTS.length - 1)];
  return Math.max(2, Math.min(most, Math.floor((2 * rows) / sampled)));
}

/**
 * Divides the comparison of each sampled row with all rows before its slice into few searches, in which many
 * rows share the same targets. `places` are the sampled rows' positions in ascending order; `width` of them
 * form a slice. Each search divides ranges of slices into parts, and compares the rows of a part with the
 * sampled rows of the parts after it. The next search does the same within the parts.
 */
export function levels(places: Int32Array, rows: number, width = 1): Level[] {
  const slices = Math.ceil((places.length + 1) / width);
  const firstOf = (slice: number): number => Math.min(slice * width, places.length + 1);
  const found: Level[] = [];
  let ranges: [first: number, end: number][] = [[0, slices]];
  for (let level = 0; ; level++) {
    ranges = ranges.filter(([first, end]) => end - first > 1);
    if (ranges.length === 0) return found;
    const most = partsOf(level, places.length, rows);
    const queries: number[] = [];
    const queryOffsets = [0];
    const targetOffsets = [0];
    const parts: [number, number][] = [];
    const close = (slice: number): void => {
      queryOffsets.push(queries.length);
      targetOffsets.push(startOf(firstOf(slice), places, rows));
    };
    for (const [first, end] of ranges) {
      const count = Math.min(end - first, most);
      const bound = (part: number): number => first + Math.floor(((end - first) * part) / count);
      // Rows between these ranges are not compared here.
      close(first);
      for (let part = 1; part <= count; part++) {
        for (let i = firstOf(bound(part)); i < firstOf(end); i++) queries.push(i - 1);
        close(bound(part));
        parts.push([bound(part - 1), bound(part)]);
      }
    }
    const pairs = {
      queries: Float64Array.from(queryOffsets),
      targets: Float64Array.from(targetOffsets),
      earlier: false,
    };
    found.push({ queries: Int32Array.from(queries), pairs });
    ranges = parts;
  }
}

/**
 * The position of sampled row i, counted from 1. Position 0 precedes all rows, so that every sampled row has
 * one before it.
 */
const startOf = (i: number, places: Int32Array, rows: number): number =>
  i === 0 ? 0 : i <= places.length ? places[i - 1] : rows;

/** Slices of `width` sampled rows, including the rows between them. */
function slices(places: Int32Array, rows: number, width: number): Float64Array {
  const offsets: number[] = [];
  for (let i = 0; i <= places.length; i += width) offsets.push(startOf(i, places, rows));
  return Float64Array.from([...offsets, rows]);
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
  const rows = view.count;
  const width = sliceWidth(places.length, rows);
  const searches = levels(places, rows, width);
  const within = earlierInRange(width > 1 ? slices(places, rows, width) : Float64Array.of(0));
  const all = everything(places.length, others?.count ?? 0);
  const total = searches.reduce(
    (sum, { pairs }) => sum + countPairs(pairs),
    countPairs(within) + countPairs(all),
  );
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'recall', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const best = new Float32Array(places.length).fill(-Infinity);
  if (others) {
    const work = workOf(options, report);
    const { score } = await options.kernels.search(pickRows(view, places), others, all, BEST, work);
    best.set(score);
    before += countPairs(all);
  }
  if (width > 1) {
    const { score } = await options.kernels.search(view, view, within, BEST, workOf(options, report));
    places.forEach((place, i) => (best[i] = Math.max(best[i], score[place])));
    before += countPairs(within);
  }
  for (const { queries, pairs } of searches) {
    const sampled = pickRows(
      view,
      Int32Array.from(queries, (i) => places[i]),
    );
    const { score } = await options.kernels.search(sampled, view, pairs, BEST, workOf(options, report));
    for (let i = 0; i < queries.length; i++) best[queries[i]] = Math.max(best[queries[i]], score[i]);
    before += countPairs(pairs);
    report(0);
  }
  return best;
}
