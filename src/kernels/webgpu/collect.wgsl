// Lists the rows and columns whose approximate score reaches the row's threshold.

struct Candidate {
  row: u32,
  /** Row of y's segment. */
  column: u32,
  score: f32,
}

struct Candidates {
  /** How many there are, those without room included. */
  count: atomic<u32>,
  /** 1 once some had no room. */
  overflowed: atomic<u32>,
  list: array<Candidate>,
}

@group(0) @binding(5) var<storage, read> thresholds: array<f32>;
@group(0) @binding(6) var<storage, read_write> candidates: Candidates;

fn begin(thread: u32) {}

fn scan(item: Item, at: vec2u, thread: u32) {
  let pieceRow = thread / LANES;
  let row = rowOf(at, pieceRow);
  if (row >= item.rows) {
    return;
  }
  let end = endOf(item, row);
  let threshold = thresholds[item.xRow + row];
  for (var c = thread % LANES; c < PIECE_COLUMNS; c += LANES) {
    let column = columnOf(at, c);
    // Not below, rather than above: a threshold that is not a number lets everything through.
    if (column < end && !(scoreAt(item, pieceRow, c, column) < threshold)) {
      let place = atomicAdd(&candidates.count, 1u);
      if (place < params.capacity) {
        candidates.list[place] = Candidate(item.xRow + row, item.yRow + column, 0);
      } else {
        atomicStore(&candidates.overflowed, 1u);
      }
    }
  }
}

fn finish(item: Item, group: u32, thread: u32) {}
