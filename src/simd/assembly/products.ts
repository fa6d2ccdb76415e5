// Approximate products of rows with targets (the columns), and their error bounds.

/**
 * `rows` × `columns` products (at most 4,096 columns), one 32-bit word per field, as written by
 * `src/simd/products.ts`. Products at `y` are floats, and x·ref + bias is at most y + error[r]. With
 * `columnScale`, they are 32-bit integers, and x·ref is at most y · step[r] · columnScale[c] + error[r]. If `y`
 * is 0, they are unsigned bytes, and x·ref is at most product · step[r] + rowOffset[r] + columnOffset[c] +
 * error[r]. Bytes are stored in segments of `width` columns (the last may have fewer), each packed by rows:
 * row r, column c of segment s is at segments[s] + r · its width + c. Up to 31 bytes after a segment, and 60
 * after the column offsets, are read. Address 0 means that a field is absent.
 */
@unmanaged
export class Products {
  rows: i32;
  columns: i32;
  /** Row r covers only columns first[r] to last[r] − 1. Without these fields, each row covers all columns. */
  first: usize;
  last: usize;
  /** The rows and the targets as floats. */
  x: usize;
  refs: usize;
  dim: i32;
  bias: usize;
  error: usize;
  /** The number of the first column among the targets. */
  base: i32;
  /** The number of the first row in the results. With `numbers`, row r has number numbers[r]. */
  row: i32;
  numbers: usize;
  y: usize;
  segments: usize;
  width: i32;
  step: usize;
  rowOffset: usize;
  columnOffset: usize;
  columnScale: usize;
}

/** One row of products as float32, and room for values written after its end. */
export const expanded: usize = memory.data((4096 << 2) + 64, 16);

/** The number of row r in the results. */
// @ts-ignore: decorator
@inline
export function numberOf(p: Products, r: i32): usize {
  return p.numbers ? <usize>load<i32>(p.numbers + ((<usize>r) << 2)) : <usize>(p.row + r);
}

/** The first column that row r covers. */
// @ts-ignore: decorator
@inline
export function firstColumn(p: Products, r: i32): i32 {
  return p.first ? load<i32>(p.first + ((<usize>r) << 2)) : 0;
}

/** The end (exclusive) of the columns that row r covers. */
// @ts-ignore: decorator
@inline
export function lastColumn(p: Products, r: i32): i32 {
  return p.first ? load<i32>(p.last + ((<usize>r) << 2)) : p.columns;
}

/** The maximum by which exact products exceed the result of `valuesOf`. */
// @ts-ignore: decorator
@inline
export function errorOf(p: Products, r: i32): f32 {
  const at = (<usize>r) << 2;
  const error = load<f32>(p.error + at);
  return p.rowOffset ? error + load<f32>(p.rowOffset + at) : error;
}

/** The address of column 0 of row r as a float. Only columns that are expanded are valid, until the next row. */
// @ts-ignore: decorator
@inline
export function valuesOf(p: Products, r: i32, from: i32): usize {
  return p.y && !p.columnScale ? p.y + <usize>r * ((<usize>p.columns) << 2) : expanded - ((<usize>from) << 2);
}

/** The address of row r of a segment of bytes, which begins at column `start`. */
// @ts-ignore: decorator
@inline
export function bytesOf(p: Products, r: i32, start: i32): usize {
  const segment = start / p.width;
  const own = min(p.width, p.columns - segment * p.width);
  return load<usize>(p.segments + ((<usize>segment) << 2)) + <usize>(r * own + start - segment * p.width);
}

/** Expands columns `from` to `to` of row r. With bytes, column `origin` is the first of `valuesOf`. */
export function expandColumns(p: Products, r: i32, origin: i32, from: i32, to: i32): void {
  const step = load<f32>(p.step + ((<usize>r) << 2));
  const width = p.width;
  for (let segment = from / width; segment * width < to; segment++) {
    const start = segment * width;
    const own = min(width, p.columns - start);
    const y = bytesOf(p, r, start);
    const offset = p.columnOffset ? p.columnOffset + ((<usize>start) << 2) : 0;
    const begin = max(from - start, 0);
    expand(y, begin, min(own, to - start), step, offset, expanded + ((<usize>(start + begin - origin)) << 2));
  }
}

/**
 * Multiplies products `from` to `to` of a segment's row by `step`, adds the column offsets if there are any,
 * and writes them to `out`.
 */
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

/** Converts four products to float32 and adds their columns' offsets. */
// @ts-ignore: decorator
@inline
function expandFour(values: v128, steps: v128, offset: usize, out: usize): void {
  const v = f32x4.mul(f32x4.convert_i32x4_u(values), steps);
  v128.store(out, offset ? f32x4.add(v, v128.load(offset)) : v);
}
