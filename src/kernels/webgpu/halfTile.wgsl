// What the passes over half-precision products share, whoever multiplies: a TILE × TILE block of X̂·Ŷᵀ goes through
// workgroup memory piece by piece, and each time a pass looks at the piece (`scan`).

override TILE: u32 = 128;

override SIDE: u32 = TILE / 8;
override THREADS: u32 = SIDE * SIDE;
/** Threads that share a row of the piece. */
override LANES: u32 = THREADS / PIECE_ROWS;
/** So long a row keeps threads that read different rows apart on the memory banks. */
override PIECE_STRIDE: u32 = PIECE_COLUMNS + LANES;

const LOWEST = -3.4e38;
/** Takes the scales of both rows off their product. */
const UNSCALE = 0x1p-28f;

struct Params {
  /** vec4s a float32 row; a half row has four halves for each. */
  width: u32,
  /** Index of y's first row in the numbering of the results. */
  yBase: u32,
  /** 0: leave the bias out. */
  biased: u32,
  /** Candidates there is room for. */
  capacity: u32,
  /** Rows a panel of x and of y has room for. */
  xPanel: u32,
  yPanel: u32,
}

struct Item {
  xRow: u32,
  yRow: u32,
  rows: u32,
  /** Columns, plus TRIANGLE where a row may only see the columns before it. */
  columns: u32,
}

const TRIANGLE = 0x80000000u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> items: array<Item>;

var<workgroup> piece: array<f32, PIECE_ROWS * PIECE_STRIDE>;

/** The columns that a row of an item may see: those below this. */
fn endOf(item: Item, row: u32) -> u32 {
  let columns = item.columns & ~TRIANGLE;
  return select(columns, min(columns, row), (item.columns & TRIANGLE) != 0);
}

/** The approximate score at a row and column of the piece, which is `column` of the item. */
fn scoreAt(item: Item, pieceRow: u32, pieceColumn: u32, column: u32) -> f32 {
  let similarity = piece[pieceRow * PIECE_STRIDE + pieceColumn] * UNSCALE;
  if (params.biased == 0) {
    return similarity;
  }
  return similarity + bias[params.yBase + item.yRow + column];
}
