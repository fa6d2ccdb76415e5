// Products of half-precision rows in float32, on any adapter: slower than float32 rows, and here to test the passes with.
// A thread owns 8 × 8 products, SIDE rows and columns apart; a piece is one row of every thread.

override PIECE_ROWS: u32 = SIDE;
override PIECE_COLUMNS: u32 = TILE;

/** Eight halves a vec4, two vec4s a row and panel. */
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;

fn rowOf(at: vec2u, pieceRow: u32) -> u32 {
  return at.x * SIDE + pieceRow;
}

fn columnOf(at: vec2u, pieceColumn: u32) -> u32 {
  return pieceColumn;
}

fn low(halves: vec4u) -> vec4f {
  return vec4f(unpack2x16float(halves.x), unpack2x16float(halves.y));
}

fn high(halves: vec4u) -> vec4f {
  return vec4f(unpack2x16float(halves.z), unpack2x16float(halves.w));
}

@compute @workgroup_size(THREADS)
fn halfTile(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let item = items[group.x];
  let columns = item.columns & ~TRIANGLE;
  let tx = thread % SIDE;
  let ty = thread / SIDE;
  begin(thread);

  let width = params.width / 2;
  var total: array<array<f32, 8>, 8>;
  for (var k = 0u; k < width; k++) {
    var b: array<mat2x4f, 8>;
    for (var j = 0u; j < 8; j++) {
      let halves = y[(k / 2 * params.yPanel + item.yRow + min(tx + j * SIDE, columns - 1)) * 2 + k % 2];
      b[j] = mat2x4f(low(halves), high(halves));
    }
    for (var i = 0u; i < 8; i++) {
      let halves = x[(k / 2 * params.xPanel + item.xRow + min(ty + i * SIDE, item.rows - 1)) * 2 + k % 2];
      let a = mat2x4f(low(halves), high(halves));
      for (var j = 0u; j < 8; j++) {
        total[i][j] += dot(a[0], b[j][0]) + dot(a[1], b[j][1]);
      }
    }
  }

  for (var i = 0u; i < 8; i++) {
    for (var j = 0u; j < 8; j++) {
      piece[ty * PIECE_STRIDE + tx + j * SIDE] = total[i][j];
    }
    workgroupBarrier();
    scan(item, vec2u(i, 0), thread);
    workgroupBarrier();
  }
  finish(item, group.x, thread);
}
