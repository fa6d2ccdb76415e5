// Counting sort of rows by label: `order` lists the rows of label 0, then of label 1, and so on. The order
// among the rows of one label is arbitrary, and does not affect the integer sums. See layouts.ts for `Params`
// and `THREADS`.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> label: array<u32>;
/** Zero at first; rows per label after countLabels; where its next row goes after scanCounts. */
@group(0) @binding(2) var<storage, read_write> cursor: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;

/** The label of a row; the last one where a search over numbers that are none found no label. */
fn labelOf(row: u32) -> u32 {
  return min(label[row], params.labels - 1);
}

@compute @workgroup_size(THREADS)
fn countLabels(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var row = params.start + id.x; row < params.end; row += groups.x * THREADS) {
    atomicAdd(&cursor[labelOf(row)], 1u);
  }
}

var<workgroup> sums: array<u32, THREADS>;

/** Exclusive prefix sum, by one workgroup: each thread takes equally many labels. */
@compute @workgroup_size(THREADS)
fn scanCounts(@builtin(local_invocation_index) thread: u32) {
  let each = (params.labels + THREADS - 1) / THREADS;
  let first = min(thread * each, params.labels);
  let last = min(first + each, params.labels);
  var sum = 0u;
  for (var i = first; i < last; i++) {
    sum += atomicLoad(&cursor[i]);
  }
  sums[thread] = sum;
  workgroupBarrier();
  var start = 0u;
  for (var t = 0u; t < thread; t++) {
    start += sums[t];
  }
  for (var i = first; i < last; i++) {
    let count = atomicLoad(&cursor[i]);
    atomicStore(&cursor[i], start);
    start += count;
  }
}

@compute @workgroup_size(THREADS)
fn placeRows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var row = params.start + id.x; row < params.end; row += groups.x * THREADS) {
    order[atomicAdd(&cursor[labelOf(row)], 1u)] = row;
  }
}
