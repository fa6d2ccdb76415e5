// Heaps of k entries, the worst first: the lowest score and, among equals, the highest index. An empty entry
// has score −∞ and index −1.

// @ts-ignore: decorator
@inline
function isWorse(scores: usize, indexes: usize, i: i32, score: f32, index: i32): bool {
  const own = load<f32>(scores + ((<usize>i) << 2));
  return own < score || (own == score && load<i32>(indexes + ((<usize>i) << 2)) > index);
}

/** Replaces the first entry of a heap of k entries. */
export function replaceWorst(scores: usize, indexes: usize, k: i32, score: f32, index: i32): void {
  let at = 0;
  for (let child = 1; child < k; child = 2 * at + 1) {
    if (child + 1 < k) {
      const s = load<f32>(scores + ((<usize>child) << 2));
      const i = load<i32>(indexes + ((<usize>child) << 2));
      if (isWorse(scores, indexes, child + 1, s, i)) child++;
    }
    if (!isWorse(scores, indexes, child, score, index)) break;
    move(scores, indexes, child, at);
    at = child;
  }
  put(scores, indexes, at, score, index);
}

/** Sorts the heaps of `rows` rows, best entry first. */
export function sortTop(scores: usize, indexes: usize, k: i32, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    const s = scores + <usize>r * ((<usize>k) << 2);
    const i = indexes + <usize>r * ((<usize>k) << 2);
    for (let end = k - 1; end > 0; end--) {
      const score = load<f32>(s + ((<usize>end) << 2));
      const index = load<i32>(i + ((<usize>end) << 2));
      move(s, i, 0, end);
      replaceWorst(s, i, end, score, index);
    }
  }
}

// @ts-ignore: decorator
@inline
function move(scores: usize, indexes: usize, from: i32, to: i32): void {
  put(scores, indexes, to, load<f32>(scores + ((<usize>from) << 2)), load<i32>(indexes + ((<usize>from) << 2)));
}

// @ts-ignore: decorator
@inline
function put(scores: usize, indexes: usize, at: i32, score: f32, index: i32): void {
  store<f32>(scores + ((<usize>at) << 2), score);
  store<i32>(indexes + ((<usize>at) << 2), index);
}
