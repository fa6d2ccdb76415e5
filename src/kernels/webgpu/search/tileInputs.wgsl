// The inputs of a shader of tiles, and the order of its work. See layouts.ts for `Params`, `Tile` and the
// constants.
//
// One workgroup per tile. Of the 8 × 8 similarities of a thread, rows (and columns) 0 to 3 are neighbours in
// the first half of the tile, 4 to 7 in the second. Workgroup memory holds, for each element of a round, four
// rows per vec4: a thread takes its rows of one element with two reads, and its columns with two. Products
// are summed 32 at a time and these sums then added up, which keeps the rounding error of a 2,000-dimensional
// dot product near 1e-7 where one running sum would reach 1e-5. Longer rows take a third level: sums of 32
// such sums.

override TILE: u32 = 128;

override SIDE: u32 = TILE / 8;
override THREADS: u32 = SIDE * SIDE;
override QUADS: u32 = TILE / 4;
override HALF: u32 = 4 * STEP * QUADS;

/** vec4s per row and round: 4, or 8 where workgroup memory has room for them. */
override STEP: u32 = 4;
/** Rounds per sum of 32 products. */
override SUM_ROUNDS: u32 = 8 / STEP;
/** Rows are so long that products are summed in three levels. */
override IS_LONG: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> tiles: array<Tile>;

// First half: rows of x; second half: rows of y. The code after the products may reuse it.
var<workgroup> halves: array<vec4f, 2 * HALF>;

// The position of element `k` of four rows in its half. The exclusive or distributes simultaneous writes over the
// memory banks.
fn slot(quad: u32, k: u32) -> u32 {
  return k * QUADS + (quad ^ (8 / STEP * (k / 4)));
}
