import type { Pairs } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import { pickRows, type RowView } from '../../rows/rowView.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** One search: queries by their number in the sample, and which of them meet which rows. */
export interface Level {
  readonly queries: Int32Array;
  readonly pairs: Pairs;
}

/** Pairs that a search of whole slices may add to those needed, as a share of them. */
const ADDED_PAIRS = 0.02;

/** Rows of the sample per slice in which all rows meet those before them: a power of two. */
export function sliceWidth(sampled: number, rows: number): number {
  // Slices of w sampled rows hold w · rows / sampled rows each, and half the square of that in pairs.
  const most = (ADDED_PAIRS * sampled ** 2) / rows;
  return most < 2 ? 1 : 2 ** Math.floor(Math.log2(most));
}

/**
 * Cuts "each row of a sample meets all rows before its slice" into few searches in which many rows meet the same ones.
 * `places` are the sampled rows' places, ascending, `width` of them make a slice. Slice i meets the rows before it in as
 * many searches as i has bits set: in the one for bit b, those from the slice with this bit and all lower ones cleared.
 */
export function levels(places: Int32Array, rows: number, width = 1): Level[] {
  const found: Level[] = [];
  for (; width <= places.length; width *= 2) {
    const queries: number[] = [];
    const queryOffsets = [0];
    const targetOffsets = [0];
    for (let left = 0; left + width <= places.length; left += 2 * width) {
      const right = left + width;
      const end = Math.min(right + width, places.length + 1);
      // Rows between these ranges meet nobody here.
      queryOffsets.push(queries.length);
      targetOffsets.push(startOf(left, places, rows));
      for (let i = right; i < end; i++) queries.push(i - 1);
      queryOffsets.push(queries.length);
      targetOffsets.push(startOf(right, places, rows));
    }
    const pairs = {
      queries: Float64Array.from(queryOffsets),
      targets: Float64Array.from(targetOffsets),
      earlier: false,
    };
    found.push({ queries: Int32Array.from(queries), pairs });
  }
  return found;
}

/** Where the sampled row i begins, counted from 1: number 0 is before all others, so that each has one before it. */
const startOf = (i: number, places: Int32Array, rows: number): number =>
  i === 0 ? 0 : i <= places.length ? places[i - 1] : rows;

/** Slices of `width` sampled rows, with the rows between them. */
function slices(places: Int32Array, rows: number, width: number): Float64Array {
  const offsets: number[] = [];
  for (let i = 0; i <= places.length; i += width) offsets.push(startOf(i, places, rows));
  return Float64Array.from([...offsets, rows]);
}

/**
 * For some rows of a view the largest cosine with a row before them; −Infinity for the first. `places` are their numbers,
 * ascending.
 */
export async function bestEarlier(
  view: RowView,
  places: Int32Array,
  options: StepOptions,
): Promise<Float32Array> {
  const rows = view.count;
  const width = sliceWidth(places.length, rows);
  const searches = levels(places, rows, width);
  const within = earlierInRange(width > 1 ? slices(places, rows, width) : Float64Array.of(0));
  const total = searches.reduce((sum, { pairs }) => sum + countPairs(pairs), countPairs(within));
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'recall', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const best = new Float32Array(places.length).fill(-Infinity);
  if (width > 1) {
    const { score } = await options.kernels.search(view, view, within, BEST, workOf(options, report));
    places.forEach((place, i) => (best[i] = score[place]));
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
