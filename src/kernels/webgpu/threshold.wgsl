// Turns the largest approximate score of a row into the least one that the best column can have.
//
// With |approximate − exact| ≤ E for every column, the best one is at most 2E below the largest. E is the sum of
// - rounding to halves: x·y − x̂·ŷ = (x − x̂)·y + x̂·(y − ŷ), so at most |x − x̂||y| + |x̂||y − ŷ| (lengths measured, not
//   assumed; 0.1 % covers their own rounding);
// - summing dim products of halves, which are exact in float32, in any order, each addition and each alignment of a
//   product cut off at 2⁻²³ of Σ|x̂y| ≤ |x̂||ŷ|, as matrix units do: dim · 2⁻²²;
// - the float32 kernel's own (34 + dim / 32) · 2⁻²⁴, and the rounding of bias and threshold: within (dim / 4 + 64) · 2⁻²².

struct Params {
  rows: u32,
  /** vec4s a row. */
  width: u32,
  /** Bits of the largest |bias|. */
  bias: u32,
}

const THREADS = 64u;

struct Lengths {
  row: f32,
  error: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: Lengths;
@group(0) @binding(2) var<storage, read> y: Lengths;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;

@compute @workgroup_size(THREADS)
fn threshold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let halves = 1.001 * (x.error * y.row + (x.row + x.error) * y.error);
  let size = (x.row + x.error) * (y.row + y.error);
  let sums = (f32(5 * params.width + 64) * size + 8 * bitcast<f32>(params.bias)) * 0x1p-22f;
  for (var row = id.x; row < params.rows; row += groups.x * THREADS) {
    scores[row] -= 2 * (halves + sums);
  }
}
