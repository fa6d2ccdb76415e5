/** Rows `start` to `end` (exclusive). */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Rows of a view or store in one device buffer, the first one at its front. */
export interface DeviceRows extends RowRange {
  readonly buffer: GPUBuffer;
  /** vec4s per row. */
  readonly width: number;
}

/** Rows are padded with zeros to a multiple of this many values: the search shader reads 32 at a time. */
const PADDING = 32;

/** Values that a row of `dim` values takes on the device. */
export const paddedDim = (dim: number): number => Math.ceil(dim / PADDING) * PADDING;

/** Bytes that a row of `dim` values takes on the device. */
export const rowBytes = (dim: number): number => paddedDim(dim) * 4;

/** Cuts rows into the fewest ranges of at most `most` rows. */
export function cutRows({ start, end }: RowRange, most: number): RowRange[] {
  const ranges: RowRange[] = [];
  for (let from = start; from < end; from += most)
    ranges.push({ start: from, end: Math.min(end, from + most) });
  return ranges;
}

/** True when `inner` lies in `outer`. */
export const contains = (outer: RowRange, inner: RowRange): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;
