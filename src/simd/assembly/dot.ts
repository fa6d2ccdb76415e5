// Dot products of rows with rows. They are always summed in the same order, so that a pair has the same score
// in every function.

/**
 * Number of products that are summed in float32; these sums are added in float64. In longer float32 sums of
 * similar products, every addition rounds in the same direction: 32,768 products had an error of 9e-6.
 */
const LONGEST_SUM: i32 = 1024;

/** The dot product of two rows of `dim` floats. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, dim: i32): f32 {
  return dim <= LONGEST_SUM ? shortDot(a, b, dim) : longDot(a, b, dim);
}

function longDot(a: usize, b: usize, dim: i32): f32 {
  let sum: f64 = 0;
  for (let i = 0; i < dim; i += LONGEST_SUM) {
    const at = (<usize>i) << 2;
    sum += <f64>shortDot(a + at, b + at, min(LONGEST_SUM, dim - i));
  }
  return <f32>sum;
}

// @ts-ignore: decorator
@inline
function shortDot(a: usize, b: usize, dim: i32): f32 {
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

/** The dot product of a row with row i of `refs`, plus entry i of `bias` if its address is not 0. */
// @ts-ignore: decorator
@inline
export function exactScore(row: usize, refs: usize, i: i32, dim: i32, bias: usize): f32 {
  const score = dot(row, refs + <usize>i * ((<usize>dim) << 2), dim);
  return bias ? score + load<f32>(bias + ((<usize>i) << 2)) : score;
}

/** Computes the dot products of each row with the references of its `labels` labels. Label −1 is skipped. */
export function labelDots(
  x: usize,
  rows: i32,
  dim: i32,
  label: usize,
  labels: i32,
  refs: usize,
  out: usize,
): void {
  for (let i = 0; i < rows * labels; i++) {
    const l = load<i32>(label + ((<usize>i) << 2));
    if (l < 0) continue;
    const row = x + <usize>(i / labels) * ((<usize>dim) << 2);
    store<f32>(out + ((<usize>i) << 2), exactScore(row, refs, l, dim, 0));
  }
}

/** Computes the dot product of each row with one vector. */
export function dots(x: usize, rows: i32, dim: i32, vector: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    store<f32>(out + ((<usize>r) << 2), dot(x + <usize>r * ((<usize>dim) << 2), vector, dim));
  }
}
