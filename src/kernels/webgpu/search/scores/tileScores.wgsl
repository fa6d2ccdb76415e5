// All similarities of a TILE × TILE tile of X·Yᵀ (+ bias).

// include ../tileInputs.wgsl
/** Of each tile, column after column: four rows per vec4. */
@group(0) @binding(5) var<storage, read_write> scores: array<vec4f>;

@compute @workgroup_size(THREADS)
fn tileScores(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  // include ../tileProducts.wgsl

  // unroll $H < 2
  // unroll $C < 2
  // unroll $J < 4
  scores[(group.x * TILE + 4 * ($C * SIDE + tx) + $J) * QUADS + $H * SIDE + ty] =
    vec4f(total$H0$C[$J], total$H1$C[$J], total$H2$C[$J], total$H3$C[$J]);
  // end
  // end
  // end
}
