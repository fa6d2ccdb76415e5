// One row of approximate products: which of its columns may be the best, and which is. `pmax` is one instruction where
// `max`, which minds NaN and −0, takes eight; products have neither.

import { exactScore } from './dot';

/** Columns a block: what a row's largest value says of them decides whether they are looked at again. */
const BLOCK: i32 = 32;
/** A running maximum in each of four lanes, for each block of the row at hand. */
const blockMaxima: usize = memory.data((4096 / 32) << 4, 16);

/** Fills `blockMaxima` for columns `from` to `to` of a row of products and returns the largest value. */
export function rowMaximum(values: usize, from: i32, to: i32): f32 {
  let all = f32x4.splat(-Infinity);
  let slot = blockMaxima;
  let start = from;
  for (; start + BLOCK <= to; start += BLOCK) {
    const at = values + ((<usize>start) << 2);
    const a = f32x4.pmax(v128.load(at), v128.load(at, 16));
    const b = f32x4.pmax(v128.load(at, 32), v128.load(at, 48));
    const c = f32x4.pmax(v128.load(at, 64), v128.load(at, 80));
    const d = f32x4.pmax(v128.load(at, 96), v128.load(at, 112));
    const m = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
    slot += 16;
  }
  if (start < to) {
    let m = f32x4.splat(-Infinity);
    let i = start;
    for (; i + 4 <= to; i += 4) m = f32x4.pmax(m, v128.load(values + ((<usize>i) << 2)));
    for (; i < to; i++) m = f32x4.pmax(m, v128.load32_splat(values + ((<usize>i) << 2)));
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
  }
  return max(
    max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
}

/** The first column with value `largest`, which is the row's maximum. */
export function columnOf(values: usize, from: i32, largest: f32): i32 {
  const wanted = f32x4.splat(largest);
  let slot = blockMaxima;
  let i = from;
  while (!v128.any_true(f32x4.eq(v128.load(slot), wanted))) {
    slot += 16;
    i += BLOCK;
  }
  while (load<f32>(values + ((<usize>i) << 2)) != largest) i++;
  return i;
}

/** Values of at least `threshold` in a row of products whose `blockMaxima` are filled; stops counting past `limit`. */
function countNear(values: usize, from: i32, to: i32, threshold: f32, limit: i32): i32 {
  const thresholds = f32x4.splat(threshold);
  let near = 0;
  let slot = blockMaxima;
  for (let start = from; start < to && near <= limit; start += BLOCK) {
    const some = v128.any_true(f32x4.ge(v128.load(slot), thresholds));
    slot += 16;
    if (!some) continue;
    const end = min(to, start + BLOCK);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      near += popcnt(v128.bitmask<i32>(f32x4.ge(v128.load(values + ((<usize>i) << 2)), thresholds)));
    }
    for (; i < end; i++) if (load<f32>(values + ((<usize>i) << 2)) >= threshold) near++;
  }
  return near;
}

/**
 * Finds the exact best of columns `from` to `to` of a row from products that the true ones exceed by at most `error`: every
 * column that may be the best is compared exactly. `score` and `best` are where the best so far is, improved; ties go to the lower
 * index, `base` is added to indexes. False when more than `limit` columns may be the best.
 */
// @ts-ignore: decorator
@inline
export function pickRow(
  values: usize,
  from: i32,
  to: i32,
  error: f32,
  row: usize,
  refs: usize,
  dim: i32,
  bias: usize,
  limit: i32,
  base: i32,
  score: usize,
  best: usize,
): bool {
  let top = load<f32>(score);
  let index = load<i32>(best);

  const largest = rowMaximum(values, from, to);
  if (largest + error < top) return true;
  const largestAt = columnOf(values, from, largest);
  const exact = exactScore(row, refs, largestAt, dim, bias);
  if (exact > top || (exact == top && largestAt + base < index)) {
    top = exact;
    index = largestAt + base;
  }

  // The threshold stays where the first exact score put it: raising it on the way would save little.
  const threshold = top - error;
  const near = countNear(values, from, to, threshold, limit);
  if (near > 1 && near <= limit) {
    const thresholds = f32x4.splat(threshold);
    let slot = blockMaxima;
    for (let start = from; start < to; start += BLOCK) {
      const some = v128.any_true(f32x4.ge(v128.load(slot), thresholds));
      slot += 16;
      if (!some) continue;
      const end = min(to, start + BLOCK);
      for (let i = start; i < end; i++) {
        if (load<f32>(values + ((<usize>i) << 2)) < threshold || i == largestAt) continue;
        const other = exactScore(row, refs, i, dim, bias);
        if (other > top || (other == top && i + base < index)) {
          top = other;
          index = i + base;
        }
      }
    }
  }
  store<f32>(score, top);
  store<i32>(best, index);
  return near <= limit;
}
