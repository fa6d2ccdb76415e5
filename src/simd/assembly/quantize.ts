// Quantizes rows to bytes. `pmax` is one instruction; `max`, which handles NaN and −0, takes eight. Rows
// contain neither.

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

/** The largest magnitude of a row minus `mean`. */
// @ts-ignore: decorator
@inline
function largestOf(row: usize, mean: usize, dim: i32): f32 {
  let m0 = f32x4.splat(0);
  let m1 = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= dim; i += 8) {
    m0 = f32x4.pmax(m0, f32x4.abs(less(row, mean, i)));
    m1 = f32x4.pmax(m1, f32x4.abs(less(row, mean, i + 4)));
  }
  const m = f32x4.pmax(m0, m1);
  let largest: f32 = max(
    max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)),
    max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)),
  );
  for (; i < dim; i++) largest = max(largest, Mathf.abs(lessOne(row, mean, i)));
  return largest;
}

/** The smallest step that has a finite reciprocal. Smaller steps count as 0. */
const MIN_STEP: f32 = 1.17549435e-38;

/** Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits. */
const ROUNDING: f32 = 12582912;
const ROUNDING_BITS: i32 = 0x4b400000;

/**
 * Quantizes a row minus `mean` with step `step`, and adds 128 to the bytes. Returns the squared length of the
 * quantization error.
 */
// @ts-ignore: decorator
@inline
function quantizeRow(row: usize, mean: usize, dim: i32, step: f32, bytes: usize): f32 {
  const inverse: f32 = step > 0 ? 1 / step : 0;
  const inverses = f32x4.splat(inverse);
  const steps = f32x4.splat(step);
  const rounding = f32x4.splat(ROUNDING);
  const roundingBits = i32x4.splat(ROUNDING_BITS);
  const flips = i8x16.splat(-128);
  let lost0 = f32x4.splat(0);
  let lost1 = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const v0 = less(row, mean, i);
    const v1 = less(row, mean, i + 4);
    const v2 = less(row, mean, i + 8);
    const v3 = less(row, mean, i + 12);
    const r0 = f32x4.add(f32x4.mul(v0, inverses), rounding);
    const r1 = f32x4.add(f32x4.mul(v1, inverses), rounding);
    const r2 = f32x4.add(f32x4.mul(v2, inverses), rounding);
    const r3 = f32x4.add(f32x4.mul(v3, inverses), rounding);
    const d0 = f32x4.sub(v0, f32x4.mul(f32x4.sub(r0, rounding), steps));
    const d1 = f32x4.sub(v1, f32x4.mul(f32x4.sub(r1, rounding), steps));
    const d2 = f32x4.sub(v2, f32x4.mul(f32x4.sub(r2, rounding), steps));
    const d3 = f32x4.sub(v3, f32x4.mul(f32x4.sub(r3, rounding), steps));
    lost0 = f32x4.add(lost0, f32x4.add(f32x4.mul(d0, d0), f32x4.mul(d1, d1)));
    lost1 = f32x4.add(lost1, f32x4.add(f32x4.mul(d2, d2), f32x4.mul(d3, d3)));
    const low = i16x8.narrow_i32x4_s(i32x4.sub(r0, roundingBits), i32x4.sub(r1, roundingBits));
    const high = i16x8.narrow_i32x4_s(i32x4.sub(r2, roundingBits), i32x4.sub(r3, roundingBits));
    v128.store(bytes + i, v128.xor(i8x16.narrow_i16x8_s(low, high), flips));
  }
  const lost = f32x4.add(lost0, lost1);
  let sum: f32 =
    f32x4.extract_lane(lost, 0) +
    f32x4.extract_lane(lost, 1) +
    f32x4.extract_lane(lost, 2) +
    f32x4.extract_lane(lost, 3);
  for (; i < dim; i++) {
    const v = lessOne(row, mean, i);
    const q = nearest(v * inverse);
    const d = v - q * step;
    sum += d * d;
    store<u8>(bytes + i, (<u8>(<i8>q)) ^ 128);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function quantizeRows(
  x: usize,
  rows: i32,
  dim: i32,
  bytes: usize,
  scale: usize,
  error: usize,
  mean: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>r) * ((<usize>dim) << 2);
    const wanted = largestOf(row, mean, dim) / 127;
    const step: f32 = wanted >= MIN_STEP ? wanted : 0;
    const lost = quantizeRow(row, mean, dim, step, bytes + (<usize>r) * (<usize>dim));
    store<f32>(scale + ((<usize>r) << 2), step);
    // The factor covers the rounding of the sum itself.
    store<f32>(error + ((<usize>r) << 2), Mathf.sqrt(lost) * 1.0001);
  }
}

/**
 * Quantizes rows, minus `mean` if its address is not 0: element ≈ (byte − 128) · scale. The scale of a row is
 * largest / 127 (0 below 2⁻¹²⁶). `error` receives the length of the quantization error, ‖row − (bytes − 128) ·
 * scale‖.
 */
export function quantize(
  x: usize,
  rows: i32,
  dim: i32,
  bytes: usize,
  scale: usize,
  error: usize,
  mean: usize,
): void {
  // Two calls, so that the compiler creates a loop without a mean.
  if (mean) quantizeRows(x, rows, dim, bytes, scale, error, mean);
  else quantizeRows(x, rows, dim, bytes, scale, error, 0);
}
