// Similarities of a TILE × TILE tile of X·Yᵀ (+ bias), reduced to the best column of each of its rows. `Params`, `Tile`,
// `PartialBest` and the constants: see layouts.ts.
//
// One workgroup per tile. Of the 8 × 8 similarities of a thread, rows (and columns) 0 to 3 are neighbours in the first half
// of the tile, 4 to 7 in the second. Workgroup memory holds, for each element of a round, four rows per vec4: a
// thread takes its rows of one element with two reads, and its columns with two.
// Products are summed 32 at a time and these sums then added up, which keeps the rounding error of a
// 2,000-dimensional dot product near 1e-7 where one running sum would reach 1e-5.

override TILE: u32 = 128;

override SIDE: u32 = TILE / 8;
override THREADS: u32 = SIDE * SIDE;
override QUADS: u32 = TILE / 4;
override HALF: u32 = 4 * STEP * QUADS;

/** vec4s per row and round: 4, or 8 where workgroup memory has room for them. */
override STEP: u32 = 4;
/** Rounds per sum of 32 products. */
override SUM_ROUNDS: u32 = 8 / STEP;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> tiles: array<Tile>;
@group(0) @binding(5) var<storage, read_write> partials: array<PartialBest>;

// First half: rows of x, second half: rows of y. Reused by the reduction at the end.
var<workgroup> halves: array<vec4f, 2 * HALF>;

/** Where four rows' element `k` lies in its half; the exclusive or spreads what is written at once over the memory banks. */
fn slot(quad: u32, k: u32) -> u32 {
  return k * QUADS + (quad ^ (8 / STEP * (k / 4)));
}

@compute @workgroup_size(THREADS)
fn bestTile(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tile = tiles[group.x];
  let columns = tile.columns & ~TRIANGLE;
  let triangle = (tile.columns & TRIANGLE) != 0;
  let tx = thread % SIDE;
  let ty = thread / SIDE;

  // What a thread loads in a round: LOADS times one vec4 of four rows, of x or of y.
  // unroll $L < LOADS
  let load$L = thread + $L * THREADS;
  let ofY$L = load$L >= STEP * QUADS;
  let quad$L = load$L % (STEP * QUADS) / STEP;
  let k$L = load$L % STEP;
  let first$L = select(tile.xRow, tile.yRow, ofY$L);
  let last$L = select(tile.rows, columns, ofY$L) - 1;
  let half$L = select(0, HALF, ofY$L);
  // unroll $R < 4
  let at$L$R = (first$L + min(4 * quad$L + $R, last$L)) * params.width + k$L;
  var next$L$R: vec4f;
  // end
  // end

  // Rows 4 · H + I by columns 0 to 3 (…0) and 4 to 7 (…1).
  // unroll $H < 2
  // unroll $I < 4
  var sum$H$I0 = vec4f();
  var sum$H$I1 = vec4f();
  var total$H$I0 = vec4f();
  var total$H$I1 = vec4f();
  // end
  // end

  let rounds = params.width / STEP;
  for (var round = 0u; round <= rounds; round++) {
    if (round > 0) {
      workgroupBarrier();
      // unroll $L < LOADS
      let columns$L = transpose(mat4x4f(next$L0, next$L1, next$L2, next$L3));
      // unroll $R < 4
      halves[half$L + slot(quad$L, 4 * k$L + $R)] = columns$L[$R];
      // end
      // end
      workgroupBarrier();
    }
    if (round < rounds) {
      // unroll $L < LOADS
      if (ofY$L) {
        // unroll $R < 4
        next$L$R = y[at$L$R + round * STEP];
        // end
      } else {
        // unroll $R < 4
        next$L$R = x[at$L$R + round * STEP];
        // end
      }
      // end
    }
    if (round > 0) {
      // unroll $K < ELEMENTS
      {
        let a0 = halves[slot(ty, $K)];
        let a1 = halves[slot(SIDE + ty, $K)];
        let b0 = halves[HALF + slot(tx, $K)];
        let b1 = halves[HALF + slot(SIDE + tx, $K)];
        // unroll $H < 2
        // unroll $I < 4
        sum$H$I0 = fma(vec4f(a$H[$I]), b0, sum$H$I0);
        sum$H$I1 = fma(vec4f(a$H[$I]), b1, sum$H$I1);
        // end
        // end
      }
      // end
      if (round % SUM_ROUNDS == 0 || round == rounds) {
        // unroll $H < 2
        // unroll $I < 4
        total$H$I0 += sum$H$I0;
        total$H$I1 += sum$H$I1;
        sum$H$I0 = vec4f();
        sum$H$I1 = vec4f();
        // end
        // end
      }
    }
  }

  if (params.biased != 0) {
    // unroll $C < 2
    let own$C = min(4 * ($C * SIDE + tx) + vec4u(0, 1, 2, 3), vec4u(columns - 1)) + (params.yBase + tile.yRow);
    let bias$C = vec4f(bias[own$C.x], bias[own$C.y], bias[own$C.z], bias[own$C.w]);
    // unroll $H < 2
    // unroll $I < 4
    total$H$I$C += bias$C;
    // end
    // end
    // end
  }

  // The best of each row's eight columns, then of its SIDE threads. Without branches, which take drivers long to compile.
  // unroll $H < 2
  // unroll $I < 4
  var found$H$I = vec2f(LOWEST, 0);
  {
    let end = select(columns, min(columns, 4 * ($H * SIDE + ty) + $I), triangle);
    // unroll $C < 2
    // unroll $J < 4
    {
      let column = 4 * ($C * SIDE + tx) + $J;
      let similarity = total$H$I$C[$J];
      let better = (column < end) & (similarity > found$H$I.x);
      found$H$I = select(found$H$I, vec2f(similarity, f32(column)), better);
    }
    // end
    // end
  }
  // end
  // end
  workgroupBarrier();
  // unroll $H < 2
  halves[2 * $H * THREADS + thread] = vec4f(found$H0, found$H1);
  halves[(2 * $H + 1) * THREADS + thread] = vec4f(found$H2, found$H3);
  // end
  workgroupBarrier();

  if (thread < tile.rows) {
    let owner = thread % (4 * SIDE) / 4;
    let pair = thread / (4 * SIDE) * 2 + thread % 4 / 2;
    let first = pair * THREADS + owner * SIDE;
    var best = vec2f(LOWEST, 0);
    for (var t = 0u; t < SIDE; t++) {
      let both = halves[first + t];
      let candidate = select(both.xy, both.zw, thread % 2 == 1);
      if (candidate.x > best.x || (candidate.x == best.x && candidate.y < best.y)) {
        best = candidate;
      }
    }
    let index = select(params.yBase + tile.yRow + u32(best.y), NONE, best.x == LOWEST);
    partials[group.x * TILE + thread] = PartialBest(best.x, index);
  }
}
