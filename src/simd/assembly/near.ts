// Keeps a few centroids near each row. Later iterations compare the row with these.

import { openRow } from './candidates';
import { exactScore } from './dot';
import { Products, valuesOf } from './products';

/** Number of columns kept per row. Column c competes for place c mod PLACES. */
const PLACES: i32 = 16;

/** Number of columns that `keepNear` keeps per row. */
export function nearColumns(): i32 {
  return PLACES;
}

/**
 * Updates the columns kept for each row: at each place, the one with the largest value. A near column is lost if a nearer one competes for the same place; finding exactly the
 * nearest columns would take much longer.
 */
export function keepNear(p: Products, values: usize, indexes: usize): void {
  const columns = p.columns;
  const base = p.base;
  const step = i32x4.splat(PLACES);
  for (let r = 0; r < p.rows; r++) {
    openRow(p, r, 0, columns);
    let at = valuesOf(p, r, 0);
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

/** Elements of a row that `widen` writes: `dim`, rounded up to a multiple of 8. */
// @ts-ignore: decorator
@inline
function paddedDim(dim: i32): i32 {
  return (dim + 7) & ~7;
}

/** Writes rows of bytes as 16-bit values, each row padded with zeros to a multiple of 16 bytes. */
export function widen(x: usize, rows: i32, dim: i32, out: usize): void {
  const zeros = i16x8.splat(<i16>ZERO);
  const stride = (<usize>paddedDim(dim)) << 1;
  for (let r = 0; r < rows; r++) {
    const row = x + <usize>r * <usize>dim;
    const to = out + <usize>r * stride;
    v128.store(to + stride - 16, i16x8.splat(0));
    let i = 0;
    for (; i + 8 <= dim; i += 8) {
      v128.store(to + ((<usize>i) << 1), i16x8.sub(v128.load8x8_u(row + <usize>i), zeros));
    }
    for (; i < dim; i++) store<i16>(to + ((<usize>i) << 1), <i16>(<i32>load<u8>(row + <usize>i) - ZERO));
  }
}

/** The score of a column from its dot product of bytes; −∞ for index −1. */
// @ts-ignore: decorator
@inline
function nearScore(index: i32, product: i32, step: f32, scale: usize, bias: usize): f32 {
  if (index < 0) return -Infinity;
  const at = (<usize>index) << 2;
  return <f32>product * (step * load<f32>(scale + at)) + load<f32>(bias + at);
}

/**
 * Finds the best of each row's columns by products of bytes: dot · step of the row · scale of the column + its
 * bias. Index −1 is skipped, and ties go to the lower index. `refs` are columns from `widen`, and `wide` has
 * room for one of them.
 */
export function bestOfNearBytes(
  x: usize,
  rows: i32,
  dim: i32,
  step: usize,
  indexes: usize,
  refs: usize,
  scale: usize,
  bias: usize,
  label: usize,
  wide: usize,
): void {
  const stride = (<usize>paddedDim(dim)) << 1;
  for (let r = 0; r < rows; r++) {
    widen(x + <usize>r * <usize>dim, 1, dim, wide);
    const own = load<f32>(step + ((<usize>r) << 2));
    let near = indexes + <usize>r * (PLACES << 2);
    let top: f32 = -Infinity;
    let best = -1;
    for (let i = 0; i < PLACES; i += 4, near += 16) {
      const i0 = load<i32>(near);
      const i1 = load<i32>(near, 4);
      const i2 = load<i32>(near, 8);
      const i3 = load<i32>(near, 12);
      const p0 = refs + <usize>max(i0, 0) * stride;
      const p1 = refs + <usize>max(i1, 0) * stride;
      const p2 = refs + <usize>max(i2, 0) * stride;
      const p3 = refs + <usize>max(i3, 0) * stride;
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      for (let at: usize = 0; at < stride; at += 16) {
        const v = v128.load(wide + at);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, v128.load(p0 + at)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, v128.load(p1 + at)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v, v128.load(p2 + at)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v, v128.load(p3 + at)));
      }
      const a = i32x4.add(v128.shuffle<i32>(s0, s1, 0, 4, 1, 5), v128.shuffle<i32>(s0, s1, 2, 6, 3, 7));
      const b = i32x4.add(v128.shuffle<i32>(s2, s3, 0, 4, 1, 5), v128.shuffle<i32>(s2, s3, 2, 6, 3, 7));
      const sums = i32x4.add(v128.shuffle<i64>(a, b, 0, 2), v128.shuffle<i64>(a, b, 1, 3));
      const v0 = nearScore(i0, i32x4.extract_lane(sums, 0), own, scale, bias);
      if (v0 > top || (v0 == top && i0 <= best)) {
        top = v0;
        best = i0;
      }
      const v1 = nearScore(i1, i32x4.extract_lane(sums, 1), own, scale, bias);
      if (v1 > top || (v1 == top && i1 <= best)) {
        top = v1;
        best = i1;
      }
      const v2 = nearScore(i2, i32x4.extract_lane(sums, 2), own, scale, bias);
      if (v2 > top || (v2 == top && i2 <= best)) {
        top = v2;
        best = i2;
      }
      const v3 = nearScore(i3, i32x4.extract_lane(sums, 3), own, scale, bias);
      if (v3 > top || (v3 == top && i3 <= best)) {
        top = v3;
        best = i3;
      }
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
