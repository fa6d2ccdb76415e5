// Copies the listed rows that the source holds to consecutive rows. See layouts.ts for `Params` and
// `THREADS`.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> list: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gathered: array<vec4f>;

@compute @workgroup_size(THREADS)
fn gatherRows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  for (var i = group.x; i < params.rows; i += groups.x) {
    let row = list[i];
    if (row < params.start || row >= params.end) {
      continue;
    }
    for (var k = thread; k < params.width; k += THREADS) {
      gathered[i * params.width + k] = source[(row - params.start) * params.width + k];
    }
  }
}
