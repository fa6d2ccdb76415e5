// Finds the columns of one row of approximate products that are large enough. `pmax` is one instruction;
// `max`, which handles NaN and −0, takes eight. Products contain neither.

import { bytesOf, expandColumns, expanded, Products, valuesOf } from './products';

/** Columns per block. A block is skipped when its maximum is too small. */
const BLOCK: i32 = 32;
/** Per block of the current row, the running maxima of four lanes, each over different columns. */
const blockMaxima: usize = memory.data((4096 / 32) << 4, 16);
/** A heap of the largest of these maxima, the smallest first. */
const largestMaxima: usize = memory.data((4096 / 32) << 4, 16);

/** One byte per block of the current row: 1 while its products are not yet floats. */
const pending: usize = memory.data(4096 / 32, 16);
/** True while such blocks exist. The next four variables describe the row that they belong to. */
let hasPending = false;
let products: Products = changetype<Products>(0);
let row: i32 = 0;
let firstColumn: i32 = 0;
let endColumn: i32 = 0;
/** A mask: `BLOCK` bytes to keep, then the same number of bytes to clear. */
const keptBytes: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0,
]);

/**
 * Makes row r the current row, with columns `from` to `to`: fills `blockMaxima` and returns the largest value.
 * Bytes without column offsets become floats only in the blocks that are read.
 */
export function openRow(p: Products, r: i32, from: i32, to: i32): f32 {
  if (p.columnScale) return openIntegers(p, r, from, to);
  const width = p.width;
  if (p.y || p.columnOffset || from % BLOCK != 0 || width % BLOCK != 0) {
    if (!p.y) expandColumns(p, r, from, from, to);
    return rowMaximum(valuesOf(p, r, from), from, to);
  }
  products = p;
  row = r;
  firstColumn = from;
  endColumn = to;
  hasPending = true;
  const steps = f32x4.splat(load<f32>(p.step + ((<usize>r) << 2)));
  let all = i8x16.splat(0);
  let slot = blockMaxima;
  let start = from;
  while (start < to) {
    const end = min(to, (start / width + 1) * width);
    let y = bytesOf(p, r, start);
    for (; start + BLOCK <= end; start += BLOCK) {
      const m = i8x16.max_u(v128.load(y), v128.load(y, 16));
      all = i8x16.max_u(all, m);
      v128.store(slot, fourMaxima(m, steps));
      slot += 16;
      y += BLOCK;
    }
    if (start == end) continue;
    const mask = keptBytes + <usize>(BLOCK - (end - start));
    const a = v128.and(v128.load(y), v128.load(mask));
    const b = v128.and(v128.load(y, 16), v128.load(mask, 16));
    const m = i8x16.max_u(a, b);
    all = i8x16.max_u(all, m);
    v128.store(slot, fourMaxima(m, steps));
    slot += 16;
    start = end;
  }
  memory.fill(pending, 1, (slot - blockMaxima) >> 4);
  return largestOf(fourMaxima(all, steps));
}

/** Four maxima of 16 bytes, each over different bytes, times the steps. */
// @ts-ignore: decorator
@inline
function fourMaxima(m: v128, steps: v128): v128 {
  const two = i8x16.max_u(m, v128.shuffle<u64>(m, m, 1, 0));
  const one = i8x16.max_u(two, v128.shuffle<u32>(two, two, 1, 0, 3, 2));
  return f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(one))), steps);
}

// @ts-ignore: decorator
@inline
function largestOf(lanes: v128): f32 {
  return max(
    max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
    max(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
  );
}

/** Biases of columns without a bias. */
const noBias: usize = memory.data(4096 << 2, 16);

/** Does the same for a row of integers. All of them become floats, with the bias. */
function openIntegers(p: Products, r: i32, from: i32, to: i32): f32 {
  hasPending = false;
  const step = load<f32>(p.step + ((<usize>r) << 2));
  const steps = f32x4.splat(step);
  const first = (<usize>from) << 2;
  let y = p.y + (((<usize>r) * (<usize>p.columns)) << 2) + first;
  let scale = p.columnScale + first;
  let bias = (p.bias ? p.bias : noBias) + first;
  let out = expanded;
  let all = f32x4.splat(-Infinity);
  let slot = blockMaxima;
  let i = from;
  for (; i + BLOCK <= to; i += BLOCK) {
    const a = expandEight(y, scale, bias, steps, out);
    const b = expandEight(y + 32, scale + 32, bias + 32, steps, out + 32);
    const c = expandEight(y + 64, scale + 64, bias + 64, steps, out + 64);
    const d = expandEight(y + 96, scale + 96, bias + 96, steps, out + 96);
    const m = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
    slot += 16;
    y += 128;
    scale += 128;
    bias += 128;
    out += 128;
  }
  if (i < to) {
    let m = f32x4.splat(-Infinity);
    for (; i < to; i++) {
      const value = <f32>load<i32>(y) * load<f32>(scale) * step + load<f32>(bias);
      store<f32>(out, value);
      m = f32x4.pmax(m, f32x4.splat(value));
      y += 4;
      scale += 4;
      bias += 4;
      out += 4;
    }
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
  }
  return largestOf(all);
}

/** Turns eight integers into floats at `out`. Returns the maxima of two, four times. */
// @ts-ignore: decorator
@inline
function expandEight(y: usize, scale: usize, bias: usize, steps: v128, out: usize): v128 {
  const a = scaledFour(y, scale, bias, steps);
  const b = scaledFour(y + 16, scale + 16, bias + 16, steps);
  v128.store(out, a);
  v128.store(out, b, 16);
  return f32x4.pmax(a, b);
}

/** Four integers times the scales of their columns and the row's step, plus their biases. */
// @ts-ignore: decorator
@inline
export function scaledFour(y: usize, scale: usize, bias: usize, steps: v128): v128 {
  const products = f32x4.mul(f32x4.convert_i32x4_s(v128.load(y)), v128.load(scale));
  return f32x4.add(f32x4.mul(products, steps), v128.load(bias));
}

/** Turns the bytes of a block of the current row into floats. */
// @ts-ignore: decorator
@inline
function needBlock(block: i32): void {
  if (hasPending && load<u8>(pending + <usize>block)) expandBlock(block);
}

function expandBlock(block: i32): void {
  store<u8>(pending + <usize>block, 0);
  const start = firstColumn + block * BLOCK;
  expandColumns(products, row, firstColumn, start, min(endColumn, start + BLOCK));
}

/** Fills `blockMaxima` for columns `from` to `to` of a row of products, and returns the largest value. */
export function rowMaximum(values: usize, from: i32, to: i32): f32 {
  hasPending = false;
  let all = f32x4.splat(-Infinity);
  let slot = blockMaxima;
  let start = from;
  for (; start + BLOCK <= to; start += BLOCK) {
    const at = values + ((<usize>start) << 2);
    const a = f32x4.pmax(v128.load(at), v128.load(at, 16));
    const b = f32x4.pmax(v128.load(at, 32), v128.load(at, 48));
    const c = f32x4.pmax(v128.load(at, 64), v128.load(at, 80));
    const d = f32x4.pmax(v128.load(at, 96), v128.load(at, 112));
    const m = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
    slot += 16;
  }
  if (start < to) {
    let m = f32x4.splat(-Infinity);
    let i = start;
    for (; i + 4 <= to; i += 4) m = f32x4.pmax(m, v128.load(values + ((<usize>i) << 2)));
    for (; i < to; i++) {
      const one = f32x4.replace_lane(f32x4.splat(-Infinity), 0, load<f32>(values + ((<usize>i) << 2)));
      m = f32x4.pmax(m, one);
    }
    v128.store(slot, m);
    all = f32x4.pmax(all, m);
  }
  return largestOf(all);
}

/** Returns the first column whose value is `largest`, the row's maximum. */
export function columnOf(values: usize, from: i32, largest: f32): i32 {
  const wanted = f32x4.splat(largest);
  let slot = blockMaxima;
  let i = from;
  while (!v128.any_true(f32x4.eq(v128.load(slot), wanted))) {
    slot += 16;
    i += BLOCK;
  }
  needBlock((i - from) / BLOCK);
  while (load<f32>(values + ((<usize>i) << 2)) != largest) i++;
  return i;
}

/**
 * Counts the values of at least `threshold` in a row of products whose `blockMaxima` are filled. Stops when
 * the count exceeds `limit`.
 */
export function countNear(values: usize, from: i32, to: i32, threshold: f32, limit: i32): i32 {
  const thresholds = f32x4.splat(threshold);
  let near = 0;
  let slot = blockMaxima;
  for (let start = from; start < to && near <= limit; start += BLOCK) {
    const hasNear = v128.any_true(f32x4.ge(v128.load(slot), thresholds));
    slot += 16;
    if (!hasNear) continue;
    needBlock((start - from) / BLOCK);
    const end = min(to, start + BLOCK);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      near += popcnt(v128.bitmask<i32>(f32x4.ge(v128.load(values + ((<usize>i) << 2)), thresholds)));
    }
    for (; i < end; i++) if (load<f32>(values + ((<usize>i) << 2)) >= threshold) near++;
  }
  return near;
}

/**
 * Returns the first column, starting at `column`, whose value is at least `threshold`, or `to` when there is
 * none. The row has columns `from` to `to`, and its `blockMaxima` are filled.
 */
// @ts-ignore: decorator
@inline
export function nextNear(values: usize, from: i32, to: i32, column: i32, threshold: f32): i32 {
  let i = column;
  while (i < to) {
    const block = (i - from) / BLOCK;
    const end = min(to, from + (block + 1) * BLOCK);
    if (v128.any_true(f32x4.ge(v128.load(blockMaxima + ((<usize>block) << 4)), f32x4.splat(threshold)))) {
      needBlock(block);
      for (; i < end; i++) if (load<f32>(values + ((<usize>i) << 2)) >= threshold) return i;
    }
    i = end;
  }
  return to;
}

/**
 * Returns a value that at least k columns reach, or −∞ when none is known. The row has columns `from` to
 * `to`, and its `blockMaxima` are filled.
 */
export function reachedBy(k: i32, from: i32, to: i32): f32 {
  const maxima = 4 * ((to - from + BLOCK - 1) / BLOCK);
  if (maxima < k) return -Infinity;
  for (let i = 0; i < k; i++) store<f32>(largestMaxima + ((<usize>i) << 2), -Infinity);
  for (let i = 0; i < maxima; i++) {
    const value = load<f32>(blockMaxima + ((<usize>i) << 2));
    if (value <= load<f32>(largestMaxima)) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && maximum(child + 1) < maximum(child)) child++;
      if (maximum(child) >= value) break;
      store<f32>(largestMaxima + ((<usize>at) << 2), maximum(child));
      at = child;
    }
    store<f32>(largestMaxima + ((<usize>at) << 2), value);
  }
  return load<f32>(largestMaxima);
}

// @ts-ignore: decorator
@inline
function maximum(i: i32): f32 {
  return load<f32>(largestMaxima + ((<usize>i) << 2));
}
