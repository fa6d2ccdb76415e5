// Decides between candidates: their float32 scores, then of each row the largest and the lowest index that has it.

struct Params {
  /** vec4s a row. */
  width: u32,
  /** Index of y's first row in the numbering of the results. */
  yBase: u32,
  /** 0: leave the bias out. */
  biased: u32,
  /** Candidates there is room for. */
  capacity: u32,
}

struct Candidate {
  row: u32,
  /** Row of y's segment. */
  column: u32,
  score: f32,
}

struct Candidates {
  count: u32,
  overflowed: u32,
  list: array<Candidate>,
}

struct Fold {
  xRow: u32,
  rows: u32,
  firstItem: u32,
  /** Items, plus RESUME where the rows already have results of earlier columns. */
  items: u32,
}

const THREADS = 64u;
const LOWEST = -3.4e38;
const NONE = 0xffffffffu;
const RESUME = 0x80000000u;
/** vec4s summed by themselves, as bestTile.wgsl does. */
const STRETCH = 8u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> candidates: Candidates;
/** Of each row of x's segment the key of its largest score; 0: none yet. */
@group(0) @binding(5) var<storage, read_write> keys: array<atomic<u32>>;
/** Of each row the complement of the lowest index with that score; 0: none yet. */
@group(0) @binding(6) var<storage, read_write> claims: array<atomic<u32>>;
@group(0) @binding(7) var<storage, read> folds: array<Fold>;
@group(0) @binding(8) var<storage, read_write> scores: array<f32>;
@group(0) @binding(9) var<storage, read_write> indexes: array<u32>;

/** In the same order as bestTile.wgsl: the same bits. */
fn exactScore(row: u32, column: u32) -> f32 {
  var stretch = 0.0;
  var total = 0.0;
  for (var k = 0u; k < params.width; k++) {
    let a = x[row * params.width + k];
    let b = y[column * params.width + k];
    // unroll $I < 4
    stretch = fma(a[$I], b[$I], stretch);
    // end
    if ((k + 1) % STRETCH == 0 || k + 1 == params.width) {
      total += stretch;
      stretch = 0;
    }
  }
  if (params.biased != 0) {
    total += bias[params.yBase + column];
  }
  return total;
}

@compute @workgroup_size(THREADS)
fn rescore(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let count = min(candidates.count, params.capacity);
  for (var i = id.x; i < count; i += groups.x * THREADS) {
    let row = candidates.list[i].row;
    let score = exactScore(row, candidates.list[i].column);
    candidates.list[i].score = score;
    if (score > LOWEST) {
      atomicMax(&keys[row], keyOf(score));
    }
  }
}

@compute @workgroup_size(THREADS)
fn claim(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let count = min(candidates.count, params.capacity);
  for (var i = id.x; i < count; i += groups.x * THREADS) {
    let candidate = candidates.list[i];
    if (candidate.score > LOWEST && keyOf(candidate.score) == atomicLoad(&keys[candidate.row])) {
      atomicMax(&claims[candidate.row], ~(params.yBase + candidate.column));
    }
  }
}

/** One workgroup a row tile; columns of later submits come later, so that a tie stays where it is. */
@compute @workgroup_size(THREADS)
fn settle(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let fold = folds[group.x];
  for (var r = thread; r < fold.rows; r += THREADS) {
    let row = fold.xRow + r;
    if ((fold.items & RESUME) == 0) {
      scores[row] = LOWEST;
      indexes[row] = NONE;
    }
    let key = atomicLoad(&keys[row]);
    if (key != 0 && scoreOf(key) > scores[row]) {
      scores[row] = scoreOf(key);
      indexes[row] = ~atomicLoad(&claims[row]);
    }
  }
}
