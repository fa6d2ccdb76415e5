// From products that are bytes themselves to the best column of each row.

import { pickRow } from './candidates';

/** A row of products as float32, and what is written past its end. */
const expanded: usize = memory.data((4096 << 2) + 64, 16);

/** Four products as float32, with their columns’ offsets. */
// @ts-ignore: decorator
@inline
function expandFour(values: v128, steps: v128, offset: usize, out: usize): void {
  const v = f32x4.mul(f32x4.convert_i32x4_u(values), steps);
  v128.store(out, offset ? f32x4.add(v, v128.load(offset)) : v);
}

/** Products `from` to `to` of a segment's row times `step`, plus each column's offset where there are any, to `out`. */
function expand(y: usize, from: i32, to: i32, step: f32, offset: usize, out: usize): void {
  const steps = f32x4.splat(step);
  for (let i = from; i < to; i += 16) {
    const bytes = v128.load(y + <usize>i);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    const o = offset ? offset + ((<usize>i) << 2) : 0;
    const p = out + ((<usize>(i - from)) << 2);
    expandFour(i32x4.extend_low_i16x8_u(low), steps, o, p);
    expandFour(i32x4.extend_high_i16x8_u(low), steps, o ? o + 16 : 0, p + 16);
    expandFour(i32x4.extend_low_i16x8_u(high), steps, o ? o + 32 : 0, p + 32);
    expandFour(i32x4.extend_high_i16x8_u(high), steps, o ? o + 48 : 0, p + 48);
  }
}

/**
 * Finds the exact best reference of each row, as `pickBest` does, from products that are unsigned bytes, of at most 4,096
 * columns: x·ref is at most product · step[r] + rowOffset[r] + columnOffset[c] + error[r]; offsets at address 0 are left out. The columns lie in segments of `width` (the last perhaps fewer), each packed by rows: row r, column c of segment s
 * is at segments[s] + r · its width + c. Up to 15 bytes past a segment, and 60 past the columns' offsets, are read.
 */
export function pickBestBytes(
  segments: usize,
  width: i32,
  rows: i32,
  columns: i32,
  first: usize,
  last: usize,
  x: usize,
  refs: usize,
  dim: i32,
  step: usize,
  rowOffset: usize,
  columnOffset: usize,
  error: usize,
  limit: i32,
  base: i32,
  score: usize,
  best: usize,
  open: usize,
): i32 {
  let opened = 0;
  for (let r = 0; r < rows; r++) {
    const at = (<usize>r) << 2;
    const from = first ? load<i32>(first + at) : 0;
    const to = first ? load<i32>(last + at) : columns;
    if (from >= to) continue;
    const s = load<f32>(step + at);
    for (let segment = from / width; segment * width < to; segment++) {
      const start = segment * width;
      const own = min(width, columns - start);
      const y = load<usize>(segments + ((<usize>segment) << 2)) + <usize>(r * own);
      const offset = columnOffset ? columnOffset + ((<usize>start) << 2) : 0;
      const begin = max(from - start, 0);
      const out = expanded + ((<usize>(start + begin - from)) << 2);
      expand(y, begin, min(own, to - start), s, offset, out);
    }
    // Scores up to here may be off by the error, and are all too low by the row's offset.
    const e = load<f32>(error + at) + (rowOffset ? load<f32>(rowOffset + at) : 0);
    const row = x + <usize>r * ((<usize>dim) << 2);
    const values = expanded - ((<usize>from) << 2);
    if (!pickRow(values, from, to, e, row, refs, dim, 0, limit, base, score + at, best + at)) {
      store<i32>(open + ((<usize>(opened++)) << 2), r);
    }
  }
  return opened;
}
