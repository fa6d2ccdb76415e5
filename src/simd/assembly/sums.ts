// Sums and means of rows.

/** Adding and subtracting 1.5 · 2²² rounds a float64 to a multiple of 2⁻³⁰. */
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
 * Moves each row from the float64 sum of label `from` to the sum of label `to`; −1 means none. `sums` is k ×
 * dim. All addends are multiples of 2⁻³⁰, so sums of magnitude up to 2²³ are exact and do not depend on the
 * order of rows.
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

/** The approximate mean of rows, summed in float32. */
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
