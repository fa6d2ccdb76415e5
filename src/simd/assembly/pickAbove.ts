// Finds all columns of each row that reach a score, starting from approximate products.

import { countNear, nextNear, openRow } from './candidates';
import { dot } from './dot';
import { errorOf, firstColumn, lastColumn, numberOf, Products, valuesOf } from './products';

/**
 * The result of `pickAbove`: the number of pairs found, the number of open rows, and the row to continue
 * with.
 */
@unmanaged
class Progress {
  found: i32;
  opened: i32;
  next: i32;
}

/**
 * Lists the pairs of rows (beginning at `start`) and targets whose exact score is at least the row's entry of
 * `least`. Every target that may reach it is compared exactly. A row with more than `limit` such targets is
 * listed at `open` instead. `row`, `index` and `score` (without the bias) have room for `room` pairs; the
 * call ends before a row whose pairs might not fit.
 */
export function pickAbove(
  p: Products,
  limit: i32,
  least: usize,
  start: i32,
  row: usize,
  index: usize,
  score: usize,
  room: i32,
  open: usize,
  progress: Progress,
): void {
  let found = 0;
  let opened = 0;
  let r = start;
  for (; r < p.rows; r++) {
    const from = firstColumn(p, r);
    const to = lastColumn(p, r);
    if (from >= to) continue;
    if (to - from > room - found) break;
    const number = numberOf(p, r);
    const lowest = load<f32>(least + (number << 2));
    const threshold = lowest - errorOf(p, r);
    if (openRow(p, r, from, to) < threshold) continue;
    const values = valuesOf(p, r, from);
    if (countNear(values, from, to, threshold, limit) > limit) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
      continue;
    }
    const dim = p.dim;
    const x = p.x + <usize>r * ((<usize>dim) << 2);
    for (let i = nextNear(values, from, to, from, threshold); i < to; i = nextNear(values, from, to, i + 1, threshold)) {
      const exact = dot(x, p.refs + <usize>i * ((<usize>dim) << 2), dim);
      const biased = p.bias ? exact + load<f32>(p.bias + ((<usize>i) << 2)) : exact;
      if (biased < lowest) continue;
      const at = (<usize>found) << 2;
      store<i32>(row + at, <i32>number);
      store<i32>(index + at, p.base + i);
      store<f32>(score + at, exact);
      found++;
    }
  }
  progress.found = found;
  progress.opened = opened;
  progress.next = r;
}
