import type { Pairs } from '../../kernels/kernels.ts';
import { countPairs } from '../../kernels/pairs.ts';
import { pickRows, type RowView } from '../../rows/rowView.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** One search: queries by their number in the sample, and which of them meet which rows. */
export interface Level {
  readonly queries: Int32Array;
  readonly pairs: Pairs;
}

/**
 * Cuts "each row of a sample meets all rows before it" into few searches in which many rows meet the same ones. `places`
 * are the sampled rows' places, ascending. Row i meets the rows before it in as many searches as i + 1 has bits set: in
 * the one for bit b, those from the place of the sampled row with this bit and all lower ones cleared.
 */
export function levels(places: Int32Array, rows: number): Level[] {
  // A row before all others that meets nothing, so that each sampled row has one before it.
  const starts = (i: number): number => (i === 0 ? 0 : i <= places.length ? places[i - 1] : rows);
  const found: Level[] = [];
  for (let width = 1; width <= places.length; width *= 2) {
    const queries: number[] = [];
    const queryOffsets = [0];
    const targetOffsets = [0];
    for (let left = 0; left + width <= places.length; left += 2 * width) {
      const right = left + width;
      const end = Math.min(right + width, places.length + 1);
      // Rows between these ranges meet nobody here.
      queryOffsets.push(queries.length);
      targetOffsets.push(starts(left));
      for (let i = right; i < end; i++) queries.push(i - 1);
      queryOffsets.push(queries.length);
      targetOffsets.push(starts(right));
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

/**
 * For some rows of a view the largest cosine with a row before them; −Infinity for the first. `places` are their numbers,
 * ascending.
 */
export async function bestEarlier(
  view: RowView,
  places: Int32Array,
  options: StepOptions,
): Promise<Float32Array> {
  const searches = levels(places, view.count);
  const total = searches.reduce((sum, { pairs }) => sum + countPairs(pairs), 0);
  const report = (done: number): void =>
    options.progress({ step: 'recall', done, total, detail: 'pairs of rows' });
  report(0);
  const best = new Float32Array(places.length).fill(-Infinity);
  let done = 0;
  for (const { queries, pairs } of searches) {
    const rows = pickRows(
      view,
      Int32Array.from(queries, (i) => places[i]),
    );
    const work = workOf(options, (pairsDone) => report(done + pairsDone));
    const { score } = await options.kernels.search(rows, view, pairs, BEST, work);
    for (let i = 0; i < queries.length; i++) best[queries[i]] = Math.max(best[queries[i]], score[i]);
    done += countPairs(pairs);
    report(done);
  }
  return best;
}
