// Keeps a few centroids near each row. Later iterations compare the row with these.

import { exactScore } from './dot';

/** Number of columns kept per row. Column c competes for place c mod PLACES. */
const PLACES: i32 = 16;

/** Number of columns that `keepNear` keeps per row. */
export function nearColumns(): i32 {
  return PLACES;
}

/**
 * Updates the columns kept for each row: at each place, the one with the largest value. `base` is the index
 * of the first column. A near column is lost if a nearer one competes for the same place; finding exactly the
 * nearest columns would take much longer.
 */
export function keepNear(y: usize, rows: i32, columns: i32, base: i32, values: usize, indexes: usize): void {
  const step = i32x4.splat(PLACES);
  for (let r = 0; r < rows; r++) {
    let at = y + <usize>r * ((<usize>columns) << 2);
    const v = values + <usize>r * (PLACES << 2);
    const k = indexes + <usize>r * (PLACES << 2);
    let v0 = v128.load(v);
    let v1 = v128.load(v, 16);
    let v2 = v128.load(v, 32);
    let v3 = v128.load(v, 48);
    let k0 = v128.load(k);
    let k1 = v128.load(k, 16);
    let k2 = v128.load(k, 32);
    let k3 = v128.load(k, 48);
    let n0 = i32x4.add(i32x4.splat(base), i32x4(0, 1, 2, 3));
    let n1 = i32x4.add(n0, i32x4.splat(4));
    let n2 = i32x4.add(n0, i32x4.splat(8));
    let n3 = i32x4.add(n0, i32x4.splat(12));
    let c = 0;
    for (; c + PLACES <= columns; c += PLACES, at += PLACES << 2) {
      const a0 = v128.load(at);
      const a1 = v128.load(at, 16);
      const a2 = v128.load(at, 32);
      const a3 = v128.load(at, 48);
      k0 = v128.bitselect(n0, k0, f32x4.gt(a0, v0));
      k1 = v128.bitselect(n1, k1, f32x4.gt(a1, v1));
      k2 = v128.bitselect(n2, k2, f32x4.gt(a2, v2));
      k3 = v128.bitselect(n3, k3, f32x4.gt(a3, v3));
      v0 = f32x4.pmax(v0, a0);
      v1 = f32x4.pmax(v1, a1);
      v2 = f32x4.pmax(v2, a2);
      v3 = f32x4.pmax(v3, a3);
      n0 = i32x4.add(n0, step);
      n1 = i32x4.add(n1, step);
      n2 = i32x4.add(n2, step);
      n3 = i32x4.add(n3, step);
    }
    v128.store(v, v0);
    v128.store(v, v1, 16);
    v128.store(v, v2, 32);
    v128.store(v, v3, 48);
    v128.store(k, k0);
    v128.store(k, k1, 16);
    v128.store(k, k2, 32);
    v128.store(k, k3, 48);
    for (let place: usize = 0; c < columns; c++, at += 4, place += 4) {
      if (load<f32>(at) <= load<f32>(v + place)) continue;
      store<f32>(v + place, load<f32>(at));
      store<i32>(k + place, c + base);
    }
  }
}

/** Bytes are values plus 128. */
const ZERO: i32 = 128;

/** Writes a row of bytes as 16-bit values. */
// @ts-ignore: decorator
@inline
function widen(row: usize, dim: i32, out: usize): void {
  const zeros = i16x8.splat(<i16>ZERO);
  let i = 0;
  for (; i + 8 <= dim; i += 8) {
    v128.store(out + ((<usize>i) << 1), i16x8.sub(v128.load8x8_u(row + <usize>i), zeros));
  }
  for (; i < dim; i++) store<i16>(out + ((<usize>i) << 1), <i16>(<i32>load<u8>(row + <usize>i) - ZERO));
}

/** The dot product of a row of 16-bit values with a row of bytes. */
// @ts-ignore: decorator
@inline
function dotOfBytes(wide: usize, bytes: usize, dim: i32): i32 {
  const zeros = i16x8.splat(<i16>ZERO);
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const p = wide + ((<usize>i) << 1);
    const q = bytes + <usize>i;
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load(p), i16x8.sub(v128.load8x8_u(q), zeros)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load(p, 16), i16x8.sub(v128.load8x8_u(q, 8), zeros)));
  }
  const s = i32x4.add(s0, s1);
  let sum =
    i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3));
  for (; i < dim; i++) sum += <i32>load<i16>(wide + ((<usize>i) << 1)) * (<i32>load<u8>(bytes + <usize>i) - ZERO);
  return sum;
}

/**
 * Finds the best of each row's columns by products of bytes: dot · step · scale of the column + its bias.
 * Index −1 is skipped, and ties go to the lower index. `wide` has room for 2 · dim bytes.
 */
export function bestOfNearBytes(
  x: usize,
  rows: i32,
  dim: i32,
  step: f32,
  indexes: usize,
  refs: usize,
  scale: usize,
  bias: usize,
  label: usize,
  wide: usize,
): void {
  for (let r = 0; r < rows; r++) {
    widen(x + <usize>r * <usize>dim, dim, wide);
    const near = indexes + <usize>r * (PLACES << 2);
    let top: f32 = -Infinity;
    let best = -1;
    for (let i = 0; i < PLACES; i++) {
      const index = load<i32>(near + ((<usize>i) << 2));
      if (index < 0) continue;
      const at = (<usize>index) << 2;
      const product = <f32>dotOfBytes(wide, refs + <usize>index * <usize>dim, dim);
      const score = product * (step * load<f32>(scale + at)) + load<f32>(bias + at);
      if (score < top || (score == top && index > best)) continue;
      top = score;
      best = index;
    }
    store<i32>(label + ((<usize>r) << 2), best);
  }
}

/** Finds the best of each row's columns exactly. Index −1 is skipped, and ties go to the lower index. */
export function bestOfNear(
  x: usize,
  rows: i32,
  dim: i32,
  indexes: usize,
  refs: usize,
  bias: usize,
  label: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = x + <usize>r * ((<usize>dim) << 2);
    const near = indexes + <usize>r * (PLACES << 2);
    let top: f32 = -Infinity;
    let best = -1;
    for (let i = 0; i < PLACES; i++) {
      const index = load<i32>(near + ((<usize>i) << 2));
      if (index < 0) continue;
      const score = exactScore(row, refs, index, dim, bias);
      if (score < top || (score == top && index > best)) continue;
      top = score;
      best = index;
    }
    store<i32>(label + ((<usize>r) << 2), best);
  }
}
