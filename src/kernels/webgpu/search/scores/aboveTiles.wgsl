// Lists all columns that reach the minimum score of their row, from the scores of tiles of the same rows in
// column order. See layouts.ts for `RowTile`, `Tile`, `AboveParams` and the constants.

override TILE: u32 = 128;

@group(0) @binding(0) var<uniform> params: AboveParams;
@group(0) @binding(1) var<storage, read> rowTiles: array<RowTile>;
@group(0) @binding(2) var<storage, read> tiles: array<Tile>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
/** By row of x: the least score that is good enough. */
@group(0) @binding(4) var<storage, read> least: array<f32>;
/** By row of the row tiles: how many columns there are; then the number of their first pair. */
@group(0) @binding(5) var<storage, read_write> counts: array<u32>;
@group(0) @binding(6) var<storage, read_write> foundScore: array<f32>;
@group(0) @binding(7) var<storage, read_write> foundIndex: array<u32>;

@compute @workgroup_size(TILE)
fn countAbove(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rowTile = rowTiles[group.x];
  var count = 0u;
  if (thread < rowTile.rows) {
    let threshold = least[rowTile.xRow + thread];
    let end = rowTile.firstTile + (rowTile.tiles & ~RESUME);
    for (var t = rowTile.firstTile; t < end; t++) {
      let columns = columnsOf(tiles[t], thread);
      for (var column = 0u; column < columns; column++) {
        count += u32(scores[(t * TILE + column) * TILE + thread] >= threshold);
      }
    }
  }
  counts[group.x * TILE + thread] = count;
}

/** Writes the pairs with numbers `first` to `first + room` (exclusive). */
@compute @workgroup_size(TILE)
fn listAbove(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rowTile = rowTiles[group.x];
  if (thread >= rowTile.rows) {
    return;
  }
  let threshold = least[rowTile.xRow + thread];
  // Below `first` it wraps around to a large number.
  var at = counts[group.x * TILE + thread] - params.first;
  let end = rowTile.firstTile + (rowTile.tiles & ~RESUME);
  for (var t = rowTile.firstTile; t < end; t++) {
    let tile = tiles[t];
    let columns = columnsOf(tile, thread);
    for (var column = 0u; column < columns; column++) {
      let score = scores[(t * TILE + column) * TILE + thread];
      if (score >= threshold) {
        if (at < params.room) {
          foundScore[at] = score;
          foundIndex[at] = params.yBase + tile.yRow + column;
        }
        at++;
      }
    }
  }
}
