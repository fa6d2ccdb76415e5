// Similarities of a TILE × TILE tile of X·Yᵀ (+ bias), reduced to the best column of each of its rows. See
// layouts.ts for `PartialBest` and the constants.

// include ../tileInputs.wgsl
@group(0) @binding(5) var<storage, read_write> partials: array<PartialBest>;

@compute @workgroup_size(THREADS)
fn bestTile(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  // include ../tileProducts.wgsl

  // The best of each row's eight columns, then of its SIDE threads. Without branches, which take drivers long
  // to compile.
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
