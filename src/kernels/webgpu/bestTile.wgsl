// Similarities of a TILE × TILE block of X·Yᵀ (+ bias), reduced to the best column of each of its rows.
//
// One workgroup an item. A thread owns 8 × 8 similarities, SIDE rows and columns apart, so that neighbouring threads
// read neighbouring rows of workgroup memory. Values travel as vec4s along the row: STEP of them a row and round.
// Products are summed in stretches of 32 and the stretches then added up, which keeps the rounding error of a
// 2,000-dimensional dot product near 1e-7 where one running sum would reach 1e-5.

override TILE: u32 = 128;

override SIDE: u32 = TILE / 8;
override THREADS: u32 = SIDE * SIDE;
override HALF: u32 = STEP * TILE;
override LOADS: u32 = STEP * TILE / THREADS;

const STEP = 4u;
const STRETCH = 2u;
const NONE = 0xffffffffu;
const LOWEST = -3.4e38;

struct Params {
  /** vec4s a row; a multiple of STEP. */
  width: u32,
  /** Index of y's first row in the numbering of the results. */
  yBase: u32,
  /** 0: leave the bias out. */
  biased: u32,
}

struct Item {
  xRow: u32,
  yRow: u32,
  rows: u32,
  /** Columns, plus TRIANGLE where a row may only see the columns before it. */
  columns: u32,
}

const TRIANGLE = 0x80000000u;

struct Best {
  score: f32,
  index: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> items: array<Item>;
@group(0) @binding(5) var<storage, read_write> partials: array<Best>;

// First half: rows of x, second half: rows of y. Reused by the reduction at the end.
var<workgroup> tiles: array<vec4f, 2 * HALF>;

/** Where vec4 `k` of row `row` lies in its half; the exclusive or spreads a column's rows over the memory banks. */
fn slot(row: u32, k: u32) -> u32 {
  return k * TILE + (row ^ (2 * k));
}

@compute @workgroup_size(THREADS)
fn bestTile(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let item = items[group.x];
  let columns = item.columns & ~TRIANGLE;
  let triangle = (item.columns & TRIANGLE) != 0;
  let tx = thread % SIDE;
  let ty = thread / SIDE;

  let loadRow = thread / STEP;
  let loadK = thread % STEP;
  var nextX: array<vec4f, 4>;
  var nextY: array<vec4f, 4>;
  // Of the thread's row i: columns 0 to 3 in element 2i, columns 4 to 7 in element 2i + 1.
  var stretch: array<vec4f, 16>;
  var total: array<vec4f, 16>;

  let rounds = params.width / STEP;
  for (var round = 0u; round <= rounds; round++) {
    if (round > 0) {
      workgroupBarrier();
      for (var i = 0u; i < LOADS; i++) {
        let at = slot(loadRow + i * (THREADS / STEP), loadK);
        tiles[at] = nextX[i];
        tiles[HALF + at] = nextY[i];
      }
      workgroupBarrier();
    }
    if (round < rounds) {
      for (var i = 0u; i < LOADS; i++) {
        let row = loadRow + i * (THREADS / STEP);
        let k = round * STEP + loadK;
        nextX[i] = x[(item.xRow + min(row, item.rows - 1)) * params.width + k];
        nextY[i] = y[(item.yRow + min(row, columns - 1)) * params.width + k];
      }
    }
    if (round > 0) {
      for (var k = 0u; k < STEP; k++) {
        var a: array<vec4f, 8>;
        for (var i = 0u; i < 8; i++) {
          a[i] = tiles[slot(ty + i * SIDE, k)];
        }
        for (var half = 0u; half < 2; half++) {
          let column = tx + 4 * half * SIDE;
          let b = transpose(mat4x4f(
            tiles[HALF + slot(column, k)],
            tiles[HALF + slot(column + SIDE, k)],
            tiles[HALF + slot(column + 2 * SIDE, k)],
            tiles[HALF + slot(column + 3 * SIDE, k)],
          ));
          for (var i = 0u; i < 8; i++) {
            stretch[2 * i + half] += a[i].x * b[0] + a[i].y * b[1] + a[i].z * b[2] + a[i].w * b[3];
          }
        }
      }
      if (round % STRETCH == 0 || round == rounds) {
        for (var i = 0u; i < 16; i++) {
          total[i] += stretch[i];
          stretch[i] = vec4f();
        }
      }
    }
  }

  workgroupBarrier();
  for (var pair = 0u; pair < 4; pair++) {
    var found = vec4f(LOWEST, 0, LOWEST, 0);
    for (var half = 0u; half < 2; half++) {
      let i = 2 * pair + half;
      let row = ty + i * SIDE;
      var score = LOWEST;
      var best = 0u;
      for (var j = 0u; j < 8; j++) {
        let column = tx + j * SIDE;
        var similarity = total[2 * i + j / 4][j % 4];
        if (params.biased != 0) {
          similarity += bias[params.yBase + item.yRow + min(column, columns - 1)];
        }
        if (column < columns && (!triangle || column < row) && similarity > score) {
          score = similarity;
          best = column;
        }
      }
      if (half == 0) {
        found = vec4f(score, f32(best), found.zw);
      } else {
        found = vec4f(found.xy, score, f32(best));
      }
    }
    tiles[pair * THREADS + thread] = found;
  }
  workgroupBarrier();

  if (thread < item.rows) {
    let i = thread / SIDE;
    let first = (i / 2) * THREADS + (thread % SIDE) * SIDE;
    var best = vec2f(LOWEST, 0);
    for (var t = 0u; t < SIDE; t++) {
      let found = tiles[first + t];
      let candidate = select(found.zw, found.xy, i % 2 == 0);
      if (candidate.x > best.x || (candidate.x == best.x && candidate.y < best.y)) {
        best = candidate;
      }
    }
    let index = select(params.yBase + item.yRow + u32(best.y), NONE, best.x == LOWEST);
    partials[group.x * TILE + thread] = Best(best.x, index);
  }
}
