// From float32 products to the best column of each row.

import { columnOf, pickRow, rowMaximum } from './candidates';

/**
 * Finds the exact best reference of each row from approximate products. `y` is rows × columns (at most 4,096); x·ref +
 * bias is at most y + error[r]. Row r looks at columns first[r] to last[r] − 1 only (all of them where `first` is 0).
 * Every reference that may be the best is compared exactly; a row with more than `limit` of them is listed at `open`
 * instead. `score` and `best` hold the best so far and are improved; ties go to the lower index, `base` is added to
 * indexes. Returns the number of open rows.
 */
export function pickBest(
  y: usize,
  rows: i32,
  columns: i32,
  first: usize,
  last: usize,
  x: usize,
  refs: usize,
  dim: i32,
  bias: usize,
  error: usize,
  limit: i32,
  base: i32,
  score: usize,
  best: usize,
  open: usize,
): i32 {
  let opened = 0;
  for (let r = 0; r < rows; r++) {
    const at = (<usize>r) << 2;
    const from = first ? load<i32>(first + at) : 0;
    const to = first ? load<i32>(last + at) : columns;
    if (from >= to) continue;
    const values = y + <usize>r * ((<usize>columns) << 2);
    const row = x + <usize>r * ((<usize>dim) << 2);
    const e = load<f32>(error + at);
    if (!pickRow(values, from, to, e, row, refs, dim, bias, limit, base, score + at, best + at)) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
    }
  }
  return opened;
}

/**
 * The column, plus `base`, of each row's largest value, where that is more than the row's `value` so far: labels that need
 * not be exact.
 */
export function argMax(y: usize, rows: i32, columns: i32, base: i32, value: usize, label: usize): void {
  for (let r = 0; r < rows; r++) {
    const values = y + <usize>r * ((<usize>columns) << 2);
    const at = (<usize>r) << 2;
    const largest = rowMaximum(values, 0, columns);
    if (largest <= load<f32>(value + at)) continue;
    store<f32>(value + at, largest);
    store<i32>(label + at, columnOf(values, 0, largest) + base);
  }
}
