// Folds the partial results of a run of items, all of the same rows and in column order, into one result a row.

override TILE: u32 = 128;

const NONE = 0xffffffffu;
const LOWEST = -3.4e38;

struct Fold {
  xRow: u32,
  rows: u32,
  firstItem: u32,
  /** Items, plus RESUME where the rows already have results of earlier columns. */
  items: u32,
}

const RESUME = 0x80000000u;

struct Best {
  score: f32,
  index: u32,
}

@group(0) @binding(0) var<storage, read> folds: array<Fold>;
@group(0) @binding(1) var<storage, read> partials: array<Best>;
@group(0) @binding(2) var<storage, read_write> score: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;

@compute @workgroup_size(TILE)
fn foldBest(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let fold = folds[group.x];
  if (thread >= fold.rows) {
    return;
  }
  let row = fold.xRow + thread;
  var best = Best(LOWEST, NONE);
  if ((fold.items & RESUME) != 0) {
    best = Best(score[row], index[row]);
  }
  let end = fold.firstItem + (fold.items & ~RESUME);
  for (var item = fold.firstItem; item < end; item++) {
    let candidate = partials[item * TILE + thread];
    // Strictly greater: columns come in ascending order, so the lowest index wins a tie.
    if (candidate.score > best.score) {
      best = candidate;
    }
  }
  score[row] = best.score;
  index[row] = best.index;
}
