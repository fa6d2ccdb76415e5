// Row arithmetic on linear memory, with WebAssembly SIMD. Pointers are byte addresses; rows are `dim` floats, packed.

/** Unit length (0), an element NaN or infinite (1), zero norm (2). */
const OK: u8 = 0;
const NOT_FINITE: u8 = 1;
const ZERO: u8 = 2;

/** The first byte the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

// @ts-ignore: decorator
@inline
function sumOfSquares(row: usize, dim: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= dim; i += 4) {
    const v = v128.load(row + ((<usize>i) << 2));
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
  }
  const s = f64x2.add(a, b);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < dim; i++) {
    const v = <f64>load<f32>(row + ((<usize>i) << 2));
    sum += v * v;
  }
  return sum;
}

/** Scales `rows` float32 rows to unit length, in place, and writes a status byte for each. */
export function normalize(x: usize, rows: i32, dim: i32, status: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    const sum = sumOfSquares(row, dim);
    if (!(sum < Infinity)) {
      store<u8>(status + r, NOT_FINITE);
      continue;
    }
    if (sum == 0) {
      store<u8>(status + r, ZERO);
      continue;
    }
    store<u8>(status + r, OK);
    const scale = 1.0 / Math.sqrt(sum);
    const scales = f64x2.splat(scale);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const at = row + ((<usize>i) << 2);
      const v = v128.load(at);
      const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(v), scales));
      const up = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(up), scales));
      const both = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
      // + 0 makes −0 into 0, so that equal rows are equal bytes.
      v128.store(at, f32x4.add(both, f32x4.splat(0)));
    }
    for (; i < dim; i++) {
      const at = row + ((<usize>i) << 2);
      store<f32>(at, <f32>(<f64>load<f32>(at) * scale) + 0);
    }
  }
}

/** Scales `rows` float64 rows to unit length as float32 rows at `out`, and writes a status byte for each. */
export function normalizeDouble(x: usize, rows: i32, dim: i32, out: usize, status: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 3);
    const to = out + (<usize>r) * ((<usize>dim) << 2);
    let largest: f64 = 0;
    let finite = true;
    for (let i = 0; i < dim; i++) {
      const v = Math.abs(load<f64>(row + ((<usize>i) << 3)));
      if (!(v < Infinity)) finite = false;
      if (v > largest) largest = v;
    }
    if (!finite) {
      store<u8>(status + r, NOT_FINITE);
      continue;
    }
    if (largest == 0) {
      store<u8>(status + r, ZERO);
      continue;
    }
    store<u8>(status + r, OK);
    // Divided by the largest first: squares of doubles leave their range.
    let sum: f64 = 0;
    for (let i = 0; i < dim; i++) {
      const v = load<f64>(row + ((<usize>i) << 3)) / largest;
      sum += v * v;
    }
    const root = Math.sqrt(sum);
    for (let i = 0; i < dim; i++) {
      store<f32>(to + ((<usize>i) << 2), <f32>(load<f64>(row + ((<usize>i) << 3)) / largest / root) + 0);
    }
  }
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

/**
 * Per row, its distances to the centroid of its label: 1 − x·c · inverseNorm and ‖x − c‖. `inverseNorm` is 1 / ‖c‖, or 0
 * for a centroid at the origin.
 */
export function distances(
  x: usize,
  rows: i32,
  dim: i32,
  label: usize,
  centroids: usize,
  inverseNorm: usize,
  cosine: usize,
  euclidean: usize,
): void {
  const stride = (<usize>dim) << 2;
  for (let r = 0; r < rows; r++) {
    const row = x + <usize>r * stride;
    const l = <usize>load<u32>(label + ((<usize>r) << 2));
    const c = centroids + l * stride;
    let s = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) {
      const d = f32x4.sub(v128.load(row + ((<usize>i) << 2)), v128.load(c + ((<usize>i) << 2)));
      s = f32x4.add(s, f32x4.mul(d, d));
    }
    let sum =
      f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
    for (; i < dim; i++) {
      const d = load<f32>(row + ((<usize>i) << 2)) - load<f32>(c + ((<usize>i) << 2));
      sum += d * d;
    }
    store<f32>(euclidean + ((<usize>r) << 2), Mathf.sqrt(sum));
    const cos = dot(row, c, dim) * load<f32>(inverseNorm + (l << 2));
    store<f32>(cosine + ((<usize>r) << 2), max<f32>(0, 1 - cos));
  }
}

/** A 64-bit hash of each row's bytes. */
export function hashRows(x: usize, rows: i32, dim: i32, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    let h: u64 = 0x9e3779b97f4a7c15;
    for (let i = 0; i < dim; i++) {
      h = (h ^ (<u64>load<u32>(row + ((<usize>i) << 2)))) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    store<u64>(out + ((<usize>r) << 3), h);
  }
}

/** Adds each row to the float32 sum of its label: `sums` is k × dim. */
export function sumByLabel(x: usize, rows: i32, dim: i32, label: usize, sums: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    const sum = sums + (<usize>load<u32>(label + ((<usize>r) << 2))) * ((<usize>dim) << 2);
    let i = 0;
    for (; i + 8 <= dim; i += 8) {
      const p = sum + ((<usize>i) << 2);
      const q = row + ((<usize>i) << 2);
      v128.store(p, f32x4.add(v128.load(p), v128.load(q)));
      v128.store(p, f32x4.add(v128.load(p, 16), v128.load(q, 16)), 16);
    }
    for (; i < dim; i++) {
      const p = sum + ((<usize>i) << 2);
      store<f32>(p, load<f32>(p) + load<f32>(row + ((<usize>i) << 2)));
    }
  }
}

/** Adds `count` float32 values to float64 totals and clears them. */
export function addToTotals(sums: usize, totals: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const p = totals + ((<usize>i) << 3);
    const q = sums + ((<usize>i) << 2);
    store<f64>(p, load<f64>(p) + <f64>load<f32>(q));
    store<f32>(q, 0);
  }
}

/**
 * Finds the exact best of approximate candidates. Row r has `k` candidates, best first: indexes at `index` (int64, as
 * TopK writes them), approximate scores at `approx`, of rows of `refs`, with `bias` added where it is not 0.
 * Approximate scores are off by at most `error[r]` after multiplication by `scale[r]`; scores at or below `floor` mark
 * candidates to ignore. `score` and `best` hold the best so far and are improved; ties go to the lower index.
 * `base` is added to indexes written. Rows whose best is not proven are listed at `open`; the result is their number.
 */
export function rescore(
  x: usize,
  rows: i32,
  dim: i32,
  refs: usize,
  refCount: i32,
  bias: usize,
  index: usize,
  approx: usize,
  k: i32,
  scale: usize,
  error: usize,
  floor: f32,
  base: i32,
  score: usize,
  best: usize,
  open: usize,
): i32 {
  let opened = 0;
  const stride = (<usize>dim) << 2;
  for (let r = 0; r < rows; r++) {
    const row = x + <usize>r * stride;
    const s: f32 = scale ? load<f32>(scale + ((<usize>r) << 2)) : 1;
    const e = load<f32>(error + ((<usize>r) << 2));
    let top = load<f32>(score + ((<usize>r) << 2));
    let at = load<i32>(best + ((<usize>r) << 2));
    let proven = k >= refCount;
    for (let j = 0; j < k; j++) {
      const c = <usize>(r * k + j);
      const guess = load<f32>(approx + (c << 2));
      if (guess <= floor || guess * s + e < top) {
        proven = true;
        break;
      }
      const i = <i32>load<i64>(index + (c << 3));
      let exact = dot(row, refs + <usize>i * stride, dim);
      if (bias) exact += load<f32>(bias + ((<usize>i) << 2));
      if (exact > top || (exact == top && i + base < at)) {
        top = exact;
        at = i + base;
      }
    }
    if (!proven) {
      const last = load<f32>(approx + ((<usize>(r * k + k - 1)) << 2));
      proven = last * s + e < top;
    }
    store<f32>(score + ((<usize>r) << 2), top);
    store<i32>(best + ((<usize>r) << 2), at);
    if (!proven) store<i32>(open + ((<usize>(opened++)) << 2), r);
  }
  return opened;
}

/** Best of all `refCount` rows of `refs` for the rows of `x` listed at `list`, by plain search. */
export function searchAll(
  x: usize,
  list: usize,
  count: i32,
  dim: i32,
  refs: usize,
  refCount: i32,
  bias: usize,
  base: i32,
  score: usize,
  best: usize,
): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    const r = load<i32>(list + ((<usize>n) << 2));
    const row = x + <usize>r * stride;
    let top = load<f32>(score + ((<usize>r) << 2));
    let at = load<i32>(best + ((<usize>r) << 2));
    for (let i = 0; i < refCount; i++) {
      let exact = dot(row, refs + <usize>i * stride, dim);
      if (bias) exact += load<f32>(bias + ((<usize>i) << 2));
      if (exact > top || (exact == top && i + base < at)) {
        top = exact;
        at = i + base;
      }
    }
    store<f32>(score + ((<usize>r) << 2), top);
    store<i32>(best + ((<usize>r) << 2), at);
  }
}

/**
 * Quantises rows to signed bytes: element ≈ byte · scale, scale = largest / 127, one a row. `error` receives the
 * length of what is lost, ‖row − bytes · scale‖. With `unsigned`, bytes are stored plus 128.
 */
export function quantize(
  x: usize,
  rows: i32,
  dim: i32,
  bytes: usize,
  scale: usize,
  error: usize,
  unsigned: bool,
): void {
  const flip: u8 = unsigned ? 128 : 0;
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    const out = bytes + (<usize>r) * (<usize>dim);
    let m = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= dim; i += 4) m = f32x4.max(m, f32x4.abs(v128.load(row + ((<usize>i) << 2))));
    let largest: f32 = max(
      max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)),
      max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)),
    );
    for (; i < dim; i++) largest = max(largest, Mathf.abs(load<f32>(row + ((<usize>i) << 2))));
    const step: f32 = largest / 127;
    const inverse: f32 = largest > 0 ? 127 / largest : 0;
    const inverses = f32x4.splat(inverse);
    const steps = f32x4.splat(step);
    let lost = f32x4.splat(0);
    const flips = i8x16.splat(<i8>flip);
    i = 0;
    for (; i + 16 <= dim; i += 16) {
      const at = row + ((<usize>i) << 2);
      const v0 = v128.load(at);
      const v1 = v128.load(at, 16);
      const v2 = v128.load(at, 32);
      const v3 = v128.load(at, 48);
      const q0 = f32x4.nearest(f32x4.mul(v0, inverses));
      const q1 = f32x4.nearest(f32x4.mul(v1, inverses));
      const q2 = f32x4.nearest(f32x4.mul(v2, inverses));
      const q3 = f32x4.nearest(f32x4.mul(v3, inverses));
      const d0 = f32x4.sub(v0, f32x4.mul(q0, steps));
      const d1 = f32x4.sub(v1, f32x4.mul(q1, steps));
      const d2 = f32x4.sub(v2, f32x4.mul(q2, steps));
      const d3 = f32x4.sub(v3, f32x4.mul(q3, steps));
      lost = f32x4.add(lost, f32x4.add(f32x4.mul(d0, d0), f32x4.mul(d1, d1)));
      lost = f32x4.add(lost, f32x4.add(f32x4.mul(d2, d2), f32x4.mul(d3, d3)));
      const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1));
      const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q2), i32x4.trunc_sat_f32x4_s(q3));
      v128.store(out + i, v128.xor(i8x16.narrow_i16x8_s(low, high), flips));
    }
    let rest: f32 =
      f32x4.extract_lane(lost, 0) +
      f32x4.extract_lane(lost, 1) +
      f32x4.extract_lane(lost, 2) +
      f32x4.extract_lane(lost, 3);
    for (; i < dim; i++) {
      const v = load<f32>(row + ((<usize>i) << 2));
      const q = nearest(v * inverse);
      const d = v - q * step;
      rest += d * d;
      store<u8>(out + i, (<u8>(<i8>q)) ^ flip);
    }
    store<f32>(scale + ((<usize>r) << 2), step);
    // A hair above: the sum itself was rounded.
    store<f32>(error + ((<usize>r) << 2), Mathf.sqrt(rest) * 1.0001);
  }
}
