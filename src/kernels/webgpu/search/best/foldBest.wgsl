// Reduces the partial results of tiles of the same rows, in column order, to one result per row.
// See layouts.ts for `RowTile`, `PartialBest` and the constants.

override TILE: u32 = 128;

@group(0) @binding(0) var<storage, read> rowTiles: array<RowTile>;
@group(0) @binding(1) var<storage, read> partials: array<PartialBest>;
@group(0) @binding(2) var<storage, read_write> score: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;

@compute @workgroup_size(TILE)
fn foldBest(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rowTile = rowTiles[group.x];
  if (thread >= rowTile.rows) {
    return;
  }
  let row = rowTile.xRow + thread;
  var best = PartialBest(LOWEST, NONE);
  if ((rowTile.tiles & RESUME) != 0) {
    best = PartialBest(score[row], index[row]);
  }
  let end = rowTile.firstTile + (rowTile.tiles & ~RESUME);
  for (var tile = rowTile.firstTile; tile < end; tile++) {
    let candidate = partials[tile * TILE + thread];
    // Strictly greater: columns come in ascending order, so the lowest index wins a tie.
    if (candidate.score > best.score) {
      best = candidate;
    }
  }
  score[row] = best.score;
  index[row] = best.index;
}
