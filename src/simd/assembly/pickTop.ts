// Finds the k best columns of each row, starting from approximate products.

import { countNear, nextNear, openRow, reachedBy } from './candidates';
import { exactScore } from './dot';
import { replaceWorst } from './heap';
import { errorOf, firstColumn, lastColumn, numberOf, Products, valuesOf } from './products';

/**
 * Finds the exact k best targets of each row. Every target that may be among them is compared exactly. A row
 * with more than `limit` such targets is listed at `open` instead. `scores` and `indexes` hold a heap of k
 * entries per row number, and are updated; ties go to the lower index. `scratch` has room for one such heap,
 * 8 bytes per entry. Returns the number of open rows.
 */
export function pickTop(
  p: Products,
  limit: i32,
  k: i32,
  scores: usize,
  indexes: usize,
  scratch: usize,
  open: usize,
): i32 {
  let opened = 0;
  const bytes = (<usize>k) << 2;
  for (let r = 0; r < p.rows; r++) {
    const from = firstColumn(p, r);
    const to = lastColumn(p, r);
    if (from >= to) continue;
    const at = numberOf(p, r) * bytes;
    if (!pickRow(p, r, from, to, limit, k, scores + at, indexes + at, scratch)) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
    }
  }
  return opened;
}

function pickRow(
  p: Products,
  r: i32,
  from: i32,
  to: i32,
  limit: i32,
  k: i32,
  scores: usize,
  indexes: usize,
  scratch: usize,
): bool {
  const error = errorOf(p, r);
  const worst = load<f32>(scores);
  if (openRow(p, r, from, to) + error < worst) return true;
  const values = valuesOf(p, r, from);
  const few = min(limit, 2 * k + 6);
  const threshold = worst - error;
  if (countNear(values, from, to, threshold, few) <= few)
    return offer(p, r, values, from, to, threshold, Infinity, error, few, k, scores, indexes);
  // With many candidates, compare the largest ones first, which raises the threshold for the rest. This uses
  // a copy of the heap, because the row may stay open.
  const bytes = (<usize>k) << 2;
  const cut = max(threshold, reachedBy(k, from, to));
  memory.copy(scratch, scores, bytes);
  memory.copy(scratch + bytes, indexes, bytes);
  if (!offer(p, r, values, from, to, cut, Infinity, error, limit, k, scratch, scratch + bytes)) return false;
  const raised = load<f32>(scratch) - error;
  if (!offer(p, r, values, from, to, raised, cut, error, limit, k, scratch, scratch + bytes)) return false;
  memory.copy(scores, scratch, bytes);
  memory.copy(indexes, scratch + bytes, bytes);
  return true;
}

/**
 * Compares the columns with values from `threshold` to `end` (exclusive) exactly, while they may be among the
 * k best. Returns false when there are more than `limit` of them.
 */
function offer(
  p: Products,
  r: i32,
  values: usize,
  from: i32,
  to: i32,
  threshold: f32,
  end: f32,
  error: f32,
  limit: i32,
  k: i32,
  scores: usize,
  indexes: usize,
): bool {
  const refs = p.refs;
  const dim = p.dim;
  const bias = p.bias;
  const base = p.base;
  const row = p.x + <usize>r * ((<usize>dim) << 2);
  let least = threshold;
  let left = limit;
  for (let i = nextNear(values, from, to, from, least); i < to; i = nextNear(values, from, to, i + 1, least)) {
    if (load<f32>(values + ((<usize>i) << 2)) >= end) continue;
    if (left-- == 0) return false;
    const exact = exactScore(row, refs, i, dim, bias);
    const worst = load<f32>(scores);
    if (exact < worst || (exact == worst && i + base > load<i32>(indexes))) continue;
    replaceWorst(scores, indexes, k, exact, i + base);
    least = max(least, load<f32>(scores) - error);
  }
  return true;
}
