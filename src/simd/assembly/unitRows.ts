// Scales rows to unit length in place, in memory that threads share. Pointers are byte addresses. The
// functions return a 53-bit hash of the resulting bytes, by which equal rows are found, or the reason why the
// row cannot be used.

/** An element is NaN or infinite. */
const NOT_FINITE: f64 = -1;
/** The norm is zero. */
const ZERO: f64 = -2;
/**
 * The rough sum of squares of a scaled row differs from 1 by at most 10 · 2⁻²⁴: 7 from rounding the first sum,
 * the factor and the elements, and 3 from the second sum.
 */
const UNIT: f64 = 6e-7;

// @ts-ignore: decorator
@inline
function sumOfSquares(row: usize, dim: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let i = 0;
  for (; i + 8 <= dim; i += 8) {
    const at = row + ((<usize>i) << 2);
    const v0 = f64x2.promote_low_f32x4(v128.load64_zero(at));
    const v1 = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    const v2 = f64x2.promote_low_f32x4(v128.load64_zero(at, 16));
    const v3 = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
    a = f64x2.add(a, f64x2.mul(v0, v0));
    b = f64x2.add(b, f64x2.mul(v1, v1));
    c = f64x2.add(c, f64x2.mul(v2, v2));
    d = f64x2.add(d, f64x2.mul(v3, v3));
  }
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < dim; i++) {
    const v = <f64>load<f32>(row + ((<usize>i) << 2));
    sum += v * v;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function mix(h: u64): u64 {
  const m = h * 0xff51afd7ed558ccd;
  return m ^ (m >> 32);
}

/**
 * Scales a row and hashes it with sixteen lanes of multiply and shift. Adding 0 turns −0 into 0, so that
 * equal rows have equal bytes.
 */
function scaleAndHash(row: usize, dim: i32, scale: f32): f64 {
  const scales = f32x4.splat(scale);
  const zero = f32x4.splat(0);
  const prime = i32x4.splat(0x9e3779b1);
  let a = i32x4(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);
  let b = i32x4(0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89);
  let c = i32x4(0x452821e6, 0x38d01377, 0xbe5466cf, 0x34e90c6c);
  let d = i32x4(0xc0ac29b7, 0xc97c50dd, 0x3f84d5b5, 0xb5470917);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const at = row + ((<usize>i) << 2);
    const v0 = f32x4.add(f32x4.mul(v128.load(at), scales), zero);
    const v1 = f32x4.add(f32x4.mul(v128.load(at, 16), scales), zero);
    const v2 = f32x4.add(f32x4.mul(v128.load(at, 32), scales), zero);
    const v3 = f32x4.add(f32x4.mul(v128.load(at, 48), scales), zero);
    v128.store(at, v0);
    v128.store(at, v1, 16);
    v128.store(at, v2, 32);
    v128.store(at, v3, 48);
    a = i32x4.mul(v128.xor(a, v0), prime);
    b = i32x4.mul(v128.xor(b, v1), prime);
    c = i32x4.mul(v128.xor(c, v2), prime);
    d = i32x4.mul(v128.xor(d, v3), prime);
    a = v128.xor(a, i32x4.shr_u(a, 15));
    b = v128.xor(b, i32x4.shr_u(b, 13));
    c = v128.xor(c, i32x4.shr_u(c, 15));
    d = v128.xor(d, i32x4.shr_u(d, 13));
  }
  a = v128.xor(a, i32x4.shr_u(c, 7));
  b = v128.xor(b, i32x4.shr_u(d, 11));
  a = v128.xor(i32x4.mul(a, prime), c);
  b = v128.xor(i32x4.mul(b, prime), d);
  let h: u64 = <u64>dim;
  for (; i < dim; i++) {
    const at = row + ((<usize>i) << 2);
    const v = load<f32>(at) * scale + 0;
    store<f32>(at, v);
    h = mix(h ^ (<u64>reinterpret<u32>(v)));
  }
  h = mix(h ^ i64x2.extract_lane(a, 0));
  h = mix(h ^ i64x2.extract_lane(a, 1));
  h = mix(h ^ i64x2.extract_lane(b, 0));
  h = mix(h ^ i64x2.extract_lane(b, 1));
  return <f64>(h >> 11);
}

/** Sums several squares in float32, then these sums in float64. The relative error is at most 3 · 2⁻²⁴. */
function roughSumOfSquares(row: usize, dim: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const at = row + ((<usize>i) << 2);
    const v0 = v128.load(at);
    const v1 = v128.load(at, 16);
    const v2 = v128.load(at, 32);
    const v3 = v128.load(at, 48);
    const s = f32x4.add(
      f32x4.add(f32x4.mul(v0, v0), f32x4.mul(v1, v1)),
      f32x4.add(f32x4.mul(v2, v2), f32x4.mul(v3, v3)),
    );
    a = f64x2.add(a, f64x2.promote_low_f32x4(s));
    b = f64x2.add(b, f64x2.promote_low_f32x4(i64x2.shuffle(s, s, 1, 1)));
  }
  const s = f64x2.add(a, b);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < dim; i++) {
    const v = <f64>load<f32>(row + ((<usize>i) << 2));
    sum += v * v;
  }
  return sum;
}

/**
 * Scales the `dim` float32 values at `row` to unit length, in place. With `keepUnit`, a row that has unit
 * length but for rounding stays as it is.
 */
export function toUnit(row: usize, dim: i32, keepUnit: bool): f64 {
  const rough = roughSumOfSquares(row, dim);
  if (keepUnit && Math.abs(rough - 1) <= UNIT) return scaleAndHash(row, dim, 1);
  // In this range, squares do not overflow float32, and do not lose significant precision.
  if (rough > 1e-20 && rough < 1e30) return scaleAndHash(row, dim, <f32>(1.0 / Math.sqrt(rough)));
  const sum = sumOfSquares(row, dim);
  if (!(sum < Infinity)) return NOT_FINITE;
  if (sum == 0) return ZERO;
  const factor = 1.0 / Math.sqrt(sum);
  // For very short or very long rows the factor may exceed float32, so they are scaled in float64.
  for (let i = 0; i < dim; i++) {
    const at = row + ((<usize>i) << 2);
    store<f32>(at, <f32>(<f64>load<f32>(at) * factor));
  }
  return scaleAndHash(row, dim, 1);
}

/** Scales the `dim` float64 values at `x` to unit length, and writes them as float32 to `row`. */
export function doublesToUnit(x: usize, dim: i32, row: usize): f64 {
  let largest: f64 = 0;
  for (let i = 0; i < dim; i++) {
    const v = Math.abs(load<f64>(x + ((<usize>i) << 3)));
    if (!(v < Infinity)) return NOT_FINITE;
    if (v > largest) largest = v;
  }
  if (largest == 0) return ZERO;
  // Divide by the largest element first, because squares of doubles can overflow.
  let sum: f64 = 0;
  for (let i = 0; i < dim; i++) {
    const v = load<f64>(x + ((<usize>i) << 3)) / largest;
    sum += v * v;
  }
  const root = Math.sqrt(sum);
  for (let i = 0; i < dim; i++) {
    store<f32>(row + ((<usize>i) << 2), <f32>(load<f64>(x + ((<usize>i) << 3)) / largest / root));
  }
  return scaleAndHash(row, dim, 1);
}
