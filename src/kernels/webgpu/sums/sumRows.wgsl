// Adds rows, sorted by label, to exact sums per label. See layouts.ts for `Params` and the constants.
//
// A value v counts as the integer round(v · SCALE), so sums are 64-bit integers. They do not depend on the
// order of rows, the batches or the number of workgroups. A thread adds one vec4 column of `rowsPerGroup`
// sorted rows.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> label: array<u32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
/** Low and high word of each 64-bit sum. */
@group(0) @binding(4) var<storage, read_write> sums: array<atomic<u32>>;

/** Adds high · 2¹⁶ + low to the 64-bit sum `at`. */
fn add(at: u32, high: i32, low: u32) {
  let shifted = bitcast<u32>(high) << 16u;
  let word = shifted + low;
  let before = atomicAdd(&sums[2 * at], word);
  let carries = u32(word < low) + u32(before + word < word);
  atomicAdd(&sums[2 * at + 1], bitcast<u32>(high >> 16u) + carries);
}

@compute @workgroup_size(THREADS)
fn sumRows(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let column = group.y * THREADS + thread;
  if (column >= params.width) {
    return;
  }
  let end = min((group.x + 1) * params.rowsPerGroup, params.rows);
  var position = group.x * params.rowsPerGroup;
  while (position < end) {
    let current = label[order[position]];
    var high = vec4i();
    var low = vec4u();
    loop {
      let value = vec4i(round(x[order[position] * params.width + column] * SCALE));
      high += value >> vec4u(16);
      low += vec4u(value & vec4i(0xffff));
      position++;
      if (position >= end || label[order[position]] != current) {
        break;
      }
    }
    if (current >= params.firstLabel && current < params.endLabel) {
      let at = ((current - params.firstLabel) * params.width + column) * 4;
      add(at, high.x, low.x);
      add(at + 1, high.y, low.y);
      add(at + 2, high.z, low.z);
      add(at + 3, high.w, low.w);
    }
  }
}
