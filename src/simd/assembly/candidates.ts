// Finds the columns of one row of approximate products that are large enough. `pmax` is one instruction;
// `max`, which handles NaN and −0, takes eight. Products contain neither.

/** Columns per block. A block is skipped when its maximum is too small. */
const BLOCK: i32 = 32;
/** Per block of the current row, the running maxima of four lanes, each over different columns. */
const blockMaxima: usize = memory.data((4096 / 32) << 4, 16);
/** A heap of the largest of these maxima, the smallest first. */
const largestMaxima: usize = memory.data((4096 / 32) << 4, 16);

/** Fills `blockMaxima` for columns `from` to `to` of a row of products, and returns the largest value. */
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
    for (; i < to; i++) {
      const one = f32x4.replace_lane(f32x4.splat(-Infinity), 0, load<f32>(values + ((<usize>i) << 2)));
      m = f32x4.pmax(m, one);
    }
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
  }
  return max(
    max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
}

/** Returns the first column whose value is `largest`, the row's maximum. */
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

/**
 * Counts the values of at least `threshold` in a row of products whose `blockMaxima` are filled. Stops when
 * the count exceeds `limit`.
 */
export function countNear(values: usize, from: i32, to: i32, threshold: f32, limit: i32): i32 {
  const thresholds = f32x4.splat(threshold);
  let near = 0;
  let slot = blockMaxima;
  for (let start = from; start < to && near <= limit; start += BLOCK) {
    const hasNear = v128.any_true(f32x4.ge(v128.load(slot), thresholds));
    slot += 16;
    if (!hasNear) continue;
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
 * Returns the first column, starting at `column`, whose value is at least `threshold`, or `to` when there is
 * none. The row has columns `from` to `to`, and its `blockMaxima` are filled.
 */
// @ts-ignore: decorator
@inline
export function nextNear(values: usize, from: i32, to: i32, column: i32, threshold: f32): i32 {
  let i = column;
  while (i < to) {
    const block = (i - from) / BLOCK;
    const end = min(to, from + (block + 1) * BLOCK);
    if (v128.any_true(f32x4.ge(v128.load(blockMaxima + ((<usize>block) << 4)), f32x4.splat(threshold)))) {
      for (; i < end; i++) if (load<f32>(values + ((<usize>i) << 2)) >= threshold) return i;
    }
    i = end;
  }
  return to;
}

/**
 * Returns a value that at least k columns reach, or −∞ when none is known. The row has columns `from` to
 * `to`, and its `blockMaxima` are filled.
 */
export function reachedBy(k: i32, from: i32, to: i32): f32 {
  const maxima = 4 * ((to - from + BLOCK - 1) / BLOCK);
  if (maxima < k) return -Infinity;
  for (let i = 0; i < k; i++) store<f32>(largestMaxima + ((<usize>i) << 2), -Infinity);
  for (let i = 0; i < maxima; i++) {
    const value = load<f32>(blockMaxima + ((<usize>i) << 2));
    if (value <= load<f32>(largestMaxima)) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && maximum(child + 1) < maximum(child)) child++;
      if (maximum(child) >= value) break;
      store<f32>(largestMaxima + ((<usize>at) << 2), maximum(child));
      at = child;
    }
    store<f32>(largestMaxima + ((<usize>at) << 2), value);
  }
  return load<f32>(largestMaxima);
}

// @ts-ignore: decorator
@inline
function maximum(i: i32): f32 {
  return load<f32>(largestMaxima + ((<usize>i) << 2));
}
