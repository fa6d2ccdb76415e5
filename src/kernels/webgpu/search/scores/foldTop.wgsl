// Updates the k best columns of each row with the scores of tiles of the same rows in column order.
// See layouts.ts for `RowTile`, `Tile`, `TopParams` and the constants.

override TILE: u32 = 128;

@group(0) @binding(0) var<uniform> params: TopParams;
@group(0) @binding(1) var<storage, read> rowTiles: array<RowTile>;
@group(0) @binding(2) var<storage, read> tiles: array<Tile>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
/** The best of all rows, then the second best, and so on. */
@group(0) @binding(4) var<storage, read_write> topScore: array<f32>;
@group(0) @binding(5) var<storage, read_write> topIndex: array<u32>;

@compute @workgroup_size(TILE)
fn foldTop(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rowTile = rowTiles[group.x];
  if (thread >= rowTile.rows) {
    return;
  }
  let row = rowTile.xRow + thread;
  let last = (params.k - 1) * params.rows + row;
  var worst = LOWEST;
  if ((rowTile.tiles & RESUME) != 0) {
    worst = topScore[last];
  } else {
    for (var at = row; at <= last; at += params.rows) {
      topScore[at] = LOWEST;
      topIndex[at] = NONE;
    }
  }
  let end = rowTile.firstTile + (rowTile.tiles & ~RESUME);
  for (var t = rowTile.firstTile; t < end; t++) {
    let tile = tiles[t];
    let columns = columnsOf(tile, thread);
    for (var column = 0u; column < columns; column++) {
      let score = scores[(t * TILE + column) * TILE + thread];
      // Strictly greater: columns come in ascending order, so the lowest index wins a tie.
      if (score <= worst) {
        continue;
      }
      var at = last;
      while (at > row && topScore[at - params.rows] < score) {
        topScore[at] = topScore[at - params.rows];
        topIndex[at] = topIndex[at - params.rows];
        at -= params.rows;
      }
      topScore[at] = score;
      topIndex[at] = params.yBase + tile.yRow + column;
      worst = topScore[last];
    }
  }
}
