// The largest approximate score of each row of an item.

struct Best {
  score: f32,
  index: u32,
}

@group(0) @binding(5) var<storage, read_write> partials: array<Best>;

var<workgroup> keys: array<atomic<u32>, TILE>;

fn begin(thread: u32) {
  if (thread < TILE) {
    atomicStore(&keys[thread], keyOf(LOWEST));
  }
}

fn scan(item: Item, at: vec2u, thread: u32) {
  let pieceRow = thread / LANES;
  let row = rowOf(at, pieceRow);
  if (row >= item.rows) {
    return;
  }
  let end = endOf(item, row);
  var most = LOWEST;
  for (var c = thread % LANES; c < PIECE_COLUMNS; c += LANES) {
    let column = columnOf(at, c);
    if (column < end) {
      most = max(most, scoreAt(item, pieceRow, c, column));
    }
  }
  atomicMax(&keys[row], keyOf(most));
}

fn finish(item: Item, group: u32, thread: u32) {
  if (thread < item.rows) {
    partials[group * TILE + thread] = Best(scoreOf(atomicLoad(&keys[thread])), 0);
  }
}
