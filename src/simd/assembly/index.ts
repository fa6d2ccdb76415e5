// Row arithmetic on linear memory, with WebAssembly SIMD. Pointers are byte addresses; rows are `dim` floats, packed.
// `pmax` is one instruction where `max`, which minds NaN and −0, takes eight; there are none of either here.

/** The first byte the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, dim: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const p = a + ((<usize>i) << 2);
    const q = b + ((<usize>i) << 2);
    s0 = f32x4.add(s0, f32x4.mul(v128.load(p), v128.load(q)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(p, 16), v128.load(q, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(p, 32), v128.load(q, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(p, 48), v128.load(q, 48)));
  }
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  let sum =
    f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
  for (; i < dim; i++) sum += load<f32>(a + ((<usize>i) << 2)) * load<f32>(b + ((<usize>i) << 2));
  return sum;
}

/** The largest magnitude of `count` floats. */
export function maxAbs(x: usize, count: i32): f32 {
  let m0 = f32x4.splat(0);
  let m1 = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    m0 = f32x4.pmax(m0, f32x4.abs(v128.load(x + ((<usize>i) << 2))));
    m1 = f32x4.pmax(m1, f32x4.abs(v128.load(x + ((<usize>i) << 2), 16)));
  }
  const m = f32x4.pmax(m0, m1);
  let largest = max(
    max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)),
    max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)),
  );
  for (; i < count; i++) largest = max(largest, Mathf.abs(load<f32>(x + ((<usize>i) << 2))));
  return largest;
}

/** Adding and taking away 1.5 · 2²² leaves a float64 a multiple of 2⁻³⁰. */
const SUM_ROUNDING: f64 = 6291456;

// @ts-ignore: decorator
@inline
function addRow(row: usize, dim: i32, sum: usize, sign: f64): void {
  const rounding = f64x2.splat(SUM_ROUNDING);
  const signs = f64x2.splat(sign);
  let i = 0;
  for (; i + 4 <= dim; i += 4) {
    const q = row + ((<usize>i) << 2);
    const p = sum + ((<usize>i) << 3);
    const low = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(q)), signs);
    const high = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(q, 8)), signs);
    v128.store(p, f64x2.add(v128.load(p), f64x2.sub(f64x2.add(low, rounding), rounding)));
    v128.store(p, f64x2.add(v128.load(p, 16), f64x2.sub(f64x2.add(high, rounding), rounding)), 16);
  }
  for (; i < dim; i++) {
    const p = sum + ((<usize>i) << 3);
    const v = <f64>load<f32>(row + ((<usize>i) << 2)) * sign;
    store<f64>(p, load<f64>(p) + (v + SUM_ROUNDING - SUM_ROUNDING));
  }
}

/**
 * Moves each row from the float64 sum of label `from` to that of label `to`; −1 is none. `sums` is k × dim. What is added
 * is a multiple of 2⁻³⁰, so sums of up to 2²³ in size are exact and do not depend on the order of rows.
 */
export function moveSums(x: usize, rows: i32, dim: i32, from: usize, to: usize, sums: usize): void {
  const size = (<usize>dim) << 3;
  for (let r = 0; r < rows; r++) {
    const at = (<usize>r) << 2;
    const before = load<i32>(from + at);
    const after = load<i32>(to + at);
    if (before == after) continue;
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    if (before >= 0) addRow(row, dim, sums + <usize>before * size, -1);
    if (after >= 0) addRow(row, dim, sums + <usize>after * size, 1);
  }
}

// @ts-ignore: decorator
@inline
function exactScore(row: usize, refs: usize, i: i32, dim: i32, bias: usize): f32 {
  const score = dot(row, refs + <usize>i * ((<usize>dim) << 2), dim);
  return bias ? score + load<f32>(bias + ((<usize>i) << 2)) : score;
}

/** Columns a block: what a row's largest value says of them decides whether they are looked at again. */
const BLOCK: i32 = 32;
const MAX_BLOCKS: i32 = 128;
/** Four running maxima for each block of the row at hand. */
const blockMaxima: usize = memory.data(MAX_BLOCKS << 4, 16);

/** Fills `blockMaxima` for columns `from` to `to` of a row of products and returns the largest value. */
function rowMaximum(values: usize, from: i32, to: i32): f32 {
  let all = f32x4.splat(-Infinity);
  let slot = blockMaxima;
  for (let start = from; start < to; start += BLOCK) {
    const end = min(to, start + BLOCK);
    let m = f32x4.splat(-Infinity);
    let i = start;
    for (; i + 4 <= end; i += 4) m = f32x4.pmax(m, v128.load(values + ((<usize>i) << 2)));
    for (; i < end; i++) m = f32x4.pmax(m, v128.load32_splat(values + ((<usize>i) << 2)));
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
    slot += 16;
  }
  return max(
    max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
}

/** The first column with value `largest`, which is the row's maximum. */
function columnOf(values: usize, from: i32, largest: f32): i32 {
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

/** Multiplies columns `from` to `to` of a row of products by `step` and adds each column's offset. */
function shiftRow(values: usize, from: i32, to: i32, step: f32, offset: usize): void {
  const steps = f32x4.splat(step);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = values + ((<usize>i) << 2);
    const moved = f32x4.add(f32x4.mul(v128.load(at), steps), v128.load(offset + ((<usize>i) << 2)));
    v128.store(at, moved);
  }
  for (; i < to; i++) {
    const at = values + ((<usize>i) << 2);
    store<f32>(at, load<f32>(at) * step + load<f32>(offset + ((<usize>i) << 2)));
  }
}

/**
 * Finds the exact best reference of each row from approximate products. `y` is rows × columns (at most 4,096):
 * y · step[r] + rowOffset[r] + columnOffset[c] is off by at most error[r] from x·ref + bias; what has address 0 is left out. Row r looks at columns first[r] to last[r] − 1 only (all of
 * them where `first` is 0). Every reference that may be the best is compared exactly; a row with more than `limit` of
 * them is listed at `open` instead. `score` and `best` hold the best so far and are improved; ties go to the lower
 * index, `base` is added to indexes. Returns the number of open rows.
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
  step: usize,
  rowOffset: usize,
  columnOffset: usize,
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
    let s: f32 = step ? load<f32>(step + at) : 1;
    if (columnOffset) {
      shiftRow(values, from, to, s, columnOffset);
      s = 1;
    }
    // Scores up to here may be off by `e`, and are all too low by the row's offset.
    const offset: f32 = rowOffset ? load<f32>(rowOffset + at) : 0;
    const e = load<f32>(error + at) + offset;
    let top = load<f32>(score + at);
    let index = load<i32>(best + at);

    const largest = rowMaximum(values, from, to);
    if (largest * s + e < top) continue;
    const largestAt = columnOf(values, from, largest);
    const row = x + <usize>r * ((<usize>dim) << 2);
    const exact = exactScore(row, refs, largestAt, dim, bias);
    if (exact > top || (exact == top && largestAt + base < index)) {
      top = exact;
      index = largestAt + base;
    }

    // The threshold stays where the first exact score put it: raising it on the way would save little.
    const threshold = (top - e) / s;
    const near = countNear(values, from, to, threshold, limit);
    if (near > limit) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
    } else if (near > 1) {
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
    store<f32>(score + at, top);
    store<i32>(best + at, index);
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

/** Dot product of each row with the reference of its label. */
export function labelDots(x: usize, rows: i32, dim: i32, label: usize, refs: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const l = load<i32>(label + ((<usize>r) << 2));
    store<f32>(out + ((<usize>r) << 2), exactScore(x + <usize>r * ((<usize>dim) << 2), refs, l, dim, 0));
  }
}

/** Dot product of each row with one vector. */
export function dots(x: usize, rows: i32, dim: i32, vector: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    store<f32>(out + ((<usize>r) << 2), dot(x + <usize>r * ((<usize>dim) << 2), vector, dim));
  }
}

/** About the mean of rows: summed in float32. */
export function meanRow(x: usize, rows: i32, dim: i32, out: usize): void {
  const size = (<usize>dim) << 2;
  memory.copy(out, x, size);
  for (let r = 1; r < rows; r++) {
    const row = x + <usize>r * size;
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const at = (<usize>i) << 2;
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(row + at)));
    }
    for (; i < dim; i++) {
      const at = (<usize>i) << 2;
      store<f32>(out + at, load<f32>(out + at) + load<f32>(row + at));
    }
  }
  const share: f32 = 1.0 / <f32>rows;
  for (let i = 0; i < dim; i++) {
    const at = (<usize>i) << 2;
    store<f32>(out + at, load<f32>(out + at) * share);
  }
}

// @ts-ignore: decorator
@inline
function less(row: usize, mean: usize, i: i32): v128 {
  const v = v128.load(row + ((<usize>i) << 2));
  return mean ? f32x4.sub(v, v128.load(mean + ((<usize>i) << 2))) : v;
}

// @ts-ignore: decorator
@inline
function lessOne(row: usize, mean: usize, i: i32): f32 {
  const v = load<f32>(row + ((<usize>i) << 2));
  return mean ? v - load<f32>(mean + ((<usize>i) << 2)) : v;
}

/**
 * Quantises rows, less `mean` where that is not 0, to bytes: element ≈ byte · scale, with `uniform` as the scale of all rows, or where that is 0 a scale a
 * row, largest / 127. Bytes go plus 128 to `unsigned` and as they are to `signed`, where those are not 0. `error`
 * receives the length of what is lost, ‖row − bytes · scale‖.
 */
export function quantize(
  x: usize,
  rows: i32,
  dim: i32,
  unsigned: usize,
  signed: usize,
  scale: usize,
  error: usize,
  uniform: f32,
  mean: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    const offset = (<usize>r) * (<usize>dim);
    let m = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) m = f32x4.pmax(m, f32x4.abs(less(row, mean, i)));
    let largest: f32 = max(
      max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)),
      max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)),
    );
    for (; i < dim; i++) largest = max(largest, Mathf.abs(lessOne(row, mean, i)));
    const step: f32 = uniform > 0 ? uniform : largest / 127;
    const inverse: f32 = step > 0 ? 1 / step : 0;
    const inverses = f32x4.splat(inverse);
    const steps = f32x4.splat(step);
    let lost = f32x4.splat(0);
    const flips = i8x16.splat(-128);
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    const magic = f32x4.splat(12582912);
    const magicBits = i32x4.splat(0x4b400000);
    i = 0;
    for (; i + 16 <= dim; i += 16) {
      const v0 = less(row, mean, i);
      const v1 = less(row, mean, i + 4);
      const v2 = less(row, mean, i + 8);
      const v3 = less(row, mean, i + 12);
      const r0 = f32x4.add(f32x4.mul(v0, inverses), magic);
      const r1 = f32x4.add(f32x4.mul(v1, inverses), magic);
      const r2 = f32x4.add(f32x4.mul(v2, inverses), magic);
      const r3 = f32x4.add(f32x4.mul(v3, inverses), magic);
      const d0 = f32x4.sub(v0, f32x4.mul(f32x4.sub(r0, magic), steps));
      const d1 = f32x4.sub(v1, f32x4.mul(f32x4.sub(r1, magic), steps));
      const d2 = f32x4.sub(v2, f32x4.mul(f32x4.sub(r2, magic), steps));
      const d3 = f32x4.sub(v3, f32x4.mul(f32x4.sub(r3, magic), steps));
      lost = f32x4.add(lost, f32x4.add(f32x4.mul(d0, d0), f32x4.mul(d1, d1)));
      lost = f32x4.add(lost, f32x4.add(f32x4.mul(d2, d2), f32x4.mul(d3, d3)));
      const low = i16x8.narrow_i32x4_s(i32x4.sub(r0, magicBits), i32x4.sub(r1, magicBits));
      const high = i16x8.narrow_i32x4_s(i32x4.sub(r2, magicBits), i32x4.sub(r3, magicBits));
      const q = i8x16.narrow_i16x8_s(low, high);
      if (unsigned) v128.store(unsigned + offset + i, v128.xor(q, flips));
      if (signed) v128.store(signed + offset + i, q);
    }
    let rest: f32 =
      f32x4.extract_lane(lost, 0) +
      f32x4.extract_lane(lost, 1) +
      f32x4.extract_lane(lost, 2) +
      f32x4.extract_lane(lost, 3);
    for (; i < dim; i++) {
      const v = lessOne(row, mean, i);
      const q = nearest(v * inverse);
      const d = v - q * step;
      rest += d * d;
      if (unsigned) store<u8>(unsigned + offset + i, (<u8>(<i8>q)) ^ 128);
      if (signed) store<i8>(signed + offset + i, <i8>q);
    }
    store<f32>(scale + ((<usize>r) << 2), step);
    // A hair above: the sum itself was rounded.
    store<f32>(error + ((<usize>r) << 2), Mathf.sqrt(rest) * 1.0001);
  }
}

/** rows × dim bytes at `x` as dim × rows bytes at `out`. */
export function transpose(x: usize, rows: i32, dim: i32, out: usize): void {
  const wholeRows = rows & ~15;
  const wholeDim = dim & ~15;
  for (let r = 0; r < wholeRows; r += 16) {
    for (let i = 0; i < wholeDim; i += 16) {
      transpose16(x + <usize>r * <usize>dim + i, dim, out + <usize>i * <usize>rows + r, rows);
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let i = r < wholeRows ? wholeDim : 0; i < dim; i++) {
      store<u8>(out + <usize>i * <usize>rows + r, load<u8>(x + <usize>r * <usize>dim + i));
    }
  }
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 16 × 16 bytes: four rounds that interleave row i with row i + 8. */
function transpose16(x: usize, from: i32, out: usize, to: i32): void {
  const f = <usize>from;
  const t = <usize>to;
  let a0 = v128.load(x);
  let a1 = v128.load(x + f);
  let a2 = v128.load(x + 2 * f);
  let a3 = v128.load(x + 3 * f);
  let a4 = v128.load(x + 4 * f);
  let a5 = v128.load(x + 5 * f);
  let a6 = v128.load(x + 6 * f);
  let a7 = v128.load(x + 7 * f);
  let a8 = v128.load(x + 8 * f);
  let a9 = v128.load(x + 9 * f);
  let aa = v128.load(x + 10 * f);
  let ab = v128.load(x + 11 * f);
  let ac = v128.load(x + 12 * f);
  let ad = v128.load(x + 13 * f);
  let ae = v128.load(x + 14 * f);
  let af = v128.load(x + 15 * f);
  for (let round = 0; round < 4; round++) {
    const b0 = low(a0, a8);
    const b1 = high(a0, a8);
    const b2 = low(a1, a9);
    const b3 = high(a1, a9);
    const b4 = low(a2, aa);
    const b5 = high(a2, aa);
    const b6 = low(a3, ab);
    const b7 = high(a3, ab);
    const b8 = low(a4, ac);
    const b9 = high(a4, ac);
    const ba = low(a5, ad);
    const bb = high(a5, ad);
    const bc = low(a6, ae);
    const bd = high(a6, ae);
    const be = low(a7, af);
    const bf = high(a7, af);
    a0 = b0;
    a1 = b1;
    a2 = b2;
    a3 = b3;
    a4 = b4;
    a5 = b5;
    a6 = b6;
    a7 = b7;
    a8 = b8;
    a9 = b9;
    aa = ba;
    ab = bb;
    ac = bc;
    ad = bd;
    ae = be;
    af = bf;
  }
  v128.store(out, a0);
  v128.store(out + t, a1);
  v128.store(out + 2 * t, a2);
  v128.store(out + 3 * t, a3);
  v128.store(out + 4 * t, a4);
  v128.store(out + 5 * t, a5);
  v128.store(out + 6 * t, a6);
  v128.store(out + 7 * t, a7);
  v128.store(out + 8 * t, a8);
  v128.store(out + 9 * t, a9);
  v128.store(out + 10 * t, aa);
  v128.store(out + 11 * t, ab);
  v128.store(out + 12 * t, ac);
  v128.store(out + 13 * t, ad);
  v128.store(out + 14 * t, ae);
  v128.store(out + 15 * t, af);
}
