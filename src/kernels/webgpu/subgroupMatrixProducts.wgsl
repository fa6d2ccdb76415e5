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
/** Elements of a row that lie together: see halfRows.wgsl. */
const PANEL = 16u;

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

  let firstX = item.xRow + down * ROWS;
  let firstY = item.yRow + across * COLUMNS;
  // unroll $I < ROW_UNITS
  // unroll $J < COLUMN_UNITS
  var total$I$J: subgroup_matrix_result<f32, N, M>;
  // end
  // end
  for (var k = 0u; k < params.width * 4; k += K) {
    let atX = (k / PANEL * params.xPanel + firstX) * PANEL + k % PANEL;
    let atY = (k / PANEL * params.yPanel + firstY) * PANEL + k % PANEL;
    // unroll $J < COLUMN_UNITS
    let b$J = subgroupMatrixLoad<subgroup_matrix_right<f16, N, K>, col_major>(&y, atY + $J * N * PANEL, PANEL);
    // end
    // unroll $I < ROW_UNITS
    let a$I = subgroupMatrixLoad<subgroup_matrix_left<f16, K, M>, row_major>(&x, atX + $I * M * PANEL, PANEL);
    // unroll $J < COLUMN_UNITS
    total$I$J = subgroupMatrixMultiplyAccumulate(a$I, b$J, total$I$J);
    // end
    // end
  }

  let corner = down * M * PIECE_STRIDE + across * N;
  // unroll $I < ROW_UNITS
  // unroll $J < COLUMN_UNITS
  subgroupMatrixStore<row_major>(&piece, corner, total$I$J, PIECE_STRIDE);
  workgroupBarrier();
  scan(item, vec2u($I, $J), thread);
  workgroupBarrier();
  // end
  // end
  finish(item, group.x, thread);
}
