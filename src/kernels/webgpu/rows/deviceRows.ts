/** Rows `start` to `end` (exclusive). */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Rows of a view or store in one device buffer. The first row is at offset 0. */
export interface DeviceRows extends RowRange {
  readonly buffer: GPUBuffer;
  /** vec4s per row. */
  readonly width: number;
}

/** Rows are padded with zeros to a multiple of this many values: the search shader reads 32 at a time. */
const PADDING = 32;

/** Number of values per row on the device, with padding. */
export const paddedDim = (dim: number): number => Math.ceil(dim / PADDING) * PADDING;

/** Bytes per row on the device, with padding. */
export const rowBytes = (dim: number): number => paddedDim(dim) * 4;

/** Divides rows into the smallest number of ranges with at most `most` rows. */
export function cutRows({ start, end }: RowRange, most: number): RowRange[] {
  const ranges: RowRange[] = [];
  for (let from = start; from < end; from += most)
    ranges.push({ start: from, end: Math.min(end, from + most) });
  return ranges;
}

/** Returns true when `inner` is part of `outer`. */
export const contains = (outer: RowRange, inner: RowRange): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;
