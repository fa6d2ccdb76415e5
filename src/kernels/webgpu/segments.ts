/** Rows `start` to `start + rows` of a matrix, held in one buffer. */
export interface Segment {
  readonly start: number;
  readonly rows: number;
}

/** Cuts `rows` rows of `rowBytes` bytes each into the fewest pieces that fit buffers of `maxBytes`. */
export function cutSegments(rows: number, rowBytes: number, maxBytes: number): Segment[] {
  const most = Math.max(1, Math.floor(maxBytes / rowBytes));
  const segments: Segment[] = [];
  for (let start = 0; start < rows; start += most)
    segments.push({ start, rows: Math.min(most, rows - start) });
  return segments;
}
