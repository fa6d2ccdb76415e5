enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
// Offsets are the same in a subgroup because it is SUBGROUP threads in a row, which the compiler cannot know.
diagnostic(off, chromium.subgroup_matrix_uniformity);

// Products of half-precision rows on a GPU's matrix units, summed in float32. M, N, K and SUBGROUP come with the device.
//
// A subgroup owns 64 × 32 products, made of M × N ones; a piece is one such matrix of every subgroup. Rows and columns
// that an item does not have are multiplied too, whatever follows in the buffers (which are TILE rows longer for that), and
// never looked at.

const ROWS = 64u;
const COLUMNS = 32u;

override PIECE_ROWS: u32 = M * TILE / ROWS;
override PIECE_COLUMNS: u32 = N * TILE / COLUMNS;

@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> y: array<f16>;

fn rowOf(at: vec2u, pieceRow: u32) -> u32 {
  return pieceRow / M * ROWS + at.x * M + pieceRow % M;
}

fn columnOf(at: vec2u, pieceColumn: u32) -> u32 {
  return pieceColumn / N * COLUMNS + at.y * N + pieceColumn % N;
}

@compute @workgroup_size(THREADS)
fn halfTile(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let item = items[group.x];
  let subgroup = thread / SUBGROUP;
  let down = subgroup / (TILE / COLUMNS);
  let across = subgroup % (TILE / COLUMNS);
  begin(thread);

  let stride = params.width * 4;
  let firstX = (item.xRow + down * ROWS) * stride;
  let firstY = (item.yRow + across * COLUMNS) * stride;
  var total: array<array<subgroup_matrix_result<f32, N, M>, COLUMNS / N>, ROWS / M>;
  for (var k = 0u; k < stride; k += K) {
    var b: array<subgroup_matrix_right<f16, N, K>, COLUMNS / N>;
    for (var j = 0u; j < COLUMNS / N; j++) {
      b[j] = subgroupMatrixLoad<subgroup_matrix_right<f16, N, K>, col_major>(&y, firstY + j * N * stride + k, stride);
    }
    for (var i = 0u; i < ROWS / M; i++) {
      let a = subgroupMatrixLoad<subgroup_matrix_left<f16, K, M>, row_major>(&x, firstX + i * M * stride + k, stride);
      for (var j = 0u; j < COLUMNS / N; j++) {
        total[i][j] = subgroupMatrixMultiplyAccumulate(a, b[j], total[i][j]);
      }
    }
  }

  let corner = down * M * PIECE_STRIDE + across * N;
  for (var i = 0u; i < ROWS / M; i++) {
    for (var j = 0u; j < COLUMNS / N; j++) {
      subgroupMatrixStore<row_major>(&piece, corner, total[i][j], PIECE_STRIDE);
      workgroupBarrier();
      scan(item, vec2u(i, j), thread);
      workgroupBarrier();
    }
  }
  finish(item, group.x, thread);
}
