// Finds the best column of each row, starting from approximate products.

import { columnOf, countNear, nextNear, openRow } from './candidates';
import { exactScore } from './dot';
import { errorOf, firstColumn, lastColumn, numberOf, Products, valuesOf } from './products';

/**
 * Finds the exact best target of each row. Every target that may be the best is compared exactly. A row with
 * more than `limit` such targets is listed at `open` instead. `score` and `best` hold the best result so far
 * per row number, and are updated; ties go to the lower index. Returns the number of open rows.
 */
export function pickBest(p: Products, limit: i32, score: usize, best: usize, open: usize): i32 {
  let opened = 0;
  for (let r = 0; r < p.rows; r++) {
    const from = firstColumn(p, r);
    const to = lastColumn(p, r);
    if (from >= to) continue;
    const number = numberOf(p, r) << 2;
    if (!pickRow(p, r, from, to, limit, score + number, best + number)) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
    }
  }
  return opened;
}

/** Does the same for one row. Returns false when more than `limit` columns may be the best. */
// @ts-ignore: decorator
@inline
function pickRow(p: Products, r: i32, from: i32, to: i32, limit: i32, score: usize, best: usize): bool {
  let top = load<f32>(score);
  let index = load<i32>(best);
  // Approximate products can be too low by the error.
  const error = errorOf(p, r);
  const largest = openRow(p, r, from, to);
  if (largest + error < top) return true;
  const values = valuesOf(p, r, from);
  const refs = p.refs;
  const dim = p.dim;
  const bias = p.bias;
  const base = p.base;
  const row = p.x + <usize>r * ((<usize>dim) << 2);
  const largestAt = columnOf(values, from, largest);
  const exact = exactScore(row, refs, largestAt, dim, bias);
  if (exact > top || (exact == top && largestAt + base < index)) {
    top = exact;
    index = largestAt + base;
  }

  // The threshold is not raised while scores are compared, because this would save little.
  const threshold = top - error;
  const near = countNear(values, from, to, threshold, limit);
  if (near > 1 && near <= limit) {
    for (let i = nextNear(values, from, to, from, threshold); i < to; i = nextNear(values, from, to, i + 1, threshold)) {
      if (i == largestAt) continue;
      const other = exactScore(row, refs, i, dim, bias);
      if (other > top || (other == top && i + base < index)) {
        top = other;
        index = i + base;
      }
    }
  }
  store<f32>(score, top);
  store<i32>(best, index);
  return near <= limit;
}

/**
 * Finds the column of each row's largest value and adds the base. The result is stored when the value exceeds
 * the row's `value` so far. The labels are approximate.
 */
export function argMax(p: Products, value: usize, label: usize): void {
  for (let r = 0; r < p.rows; r++) {
    const at = (<usize>r) << 2;
    const largest = openRow(p, r, 0, p.columns);
    if (largest <= load<f32>(value + at)) continue;
    store<f32>(value + at, largest);
    store<i32>(label + at, columnOf(valuesOf(p, r, 0), 0, largest) + p.base);
  }
}
