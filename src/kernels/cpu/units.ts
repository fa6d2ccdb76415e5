/** A run of rows that one lane searches at a time. */
export interface UnitRange {
  readonly start: number;
  readonly end: number;
  /** Bounds of the clusters within, counted from `start`. */
  readonly offsets: Uint32Array;
  /** First row of the cluster that the unit goes on with; `start` where it begins with one. */
  readonly earlier: number;
}

/** Whole small clusters up to `unitRows` rows together; larger ones in pieces of that many rows. Costly units come first. */
export function unitRanges(offsets: Uint32Array, unitRows: number): UnitRange[] {
  const units: UnitRange[] = [];
  let bounds: number[] = [];
  const close = (): void => {
    if (bounds.length > 1) units.push(unitOf(bounds));
    bounds = [];
  };
  for (let c = 0; c + 1 < offsets.length; c++) {
    const [start, end] = [offsets[c], offsets[c + 1]];
    if (bounds.length > 0 && end - bounds[0] > unitRows) close();
    if (end - start <= unitRows) {
      if (bounds.length === 0) bounds.push(start);
      bounds.push(end);
      continue;
    }
    for (let from = start; from < end; from += unitRows) {
      units.push({ ...unitOf([from, Math.min(end, from + unitRows)]), earlier: start });
    }
  }
  close();
  return units.sort((a, b) => cost(b) - cost(a));
}

function unitOf(bounds: readonly number[]): UnitRange {
  const [start] = bounds;
  const end = bounds[bounds.length - 1];
  return { start, end, offsets: Uint32Array.from(bounds, (bound) => bound - start), earlier: start };
}

/** Pairs of rows, roughly. */
function cost({ start, end, offsets, earlier }: UnitRange): number {
  let pairs = (end - start) * (start - earlier);
  for (let c = 0; c + 1 < offsets.length; c++) pairs += (offsets[c + 1] - offsets[c]) ** 2 / 2;
  return pairs;
}
