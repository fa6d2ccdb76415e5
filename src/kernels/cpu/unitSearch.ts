import type { Simd } from '../../simd/simd.ts';
import { ClusterMeans, NO_MEAN } from './clusterMeans.ts';
import { TILE_ROWS, type Unit } from './laneCalls.ts';
import { PlacedRows } from './placedRows.ts';
import type { Best, Search } from './search.ts';
import { diagonalTiles, laterTiles } from './triangleTiles.ts';

/** Rows of a tile in float32 alone: smaller, since what lies above the diagonal costs more to compute. */
const FLOAT32_TILE_ROWS = 128;

/** How to search: `int8` may products of bytes be tried, `likely` are they expected to pay. */
export interface Int8Use {
  readonly int8: boolean;
  readonly likely: boolean;
}

/** Improves `best` of a unit's rows: with each other, then with the rows before the unit, tile by tile. */
export async function searchUnit(
  simd: Simd,
  search: Search,
  unit: Unit,
  best: Best,
  { int8, likely }: Int8Use,
): Promise<void> {
  const { dim, rows, stored, offsets, base, earlier } = unit;
  const quantize = int8 && likely;
  const size = quantize ? TILE_ROWS : FLOAT32_TILE_ROWS;
  const bounds = offsets ?? Uint32Array.of(0, rows);
  const means = int8 ? new ClusterMeans(simd, stored, bounds, dim) : undefined;
  const groups = means?.groups ?? [{ start: 0, end: rows, ...NO_MEAN }];
  const own = new PlacedRows(simd, stored, 0, rows, dim, groups, quantize);
  /** Rows `start` to `end` against rows `from` to `to` of `refs`, the first of which is `refBase`. */
  const tile = (start: number, end: number, refs: PlacedRows, from: number, to: number, refBase: number) => ({
    dim,
    x: own.slice(start, end),
    refs: refs.slice(from, to),
    best: { score: best.score + start * 4, index: best.index + start * 4 },
    base: refBase + from,
    bytes: int8 ? () => ({ x: own.left(start), refs: refs.right(from, to) }) : undefined,
  });
  try {
    for (const { start, end, ranges } of offsets ? diagonalTiles(offsets, size) : []) {
      await search.improve({ ...tile(start, end, own, start, end, base), ranges });
    }
    for (const { start, end, refStart, refEnd } of offsets ? laterTiles(offsets, size, TILE_ROWS) : []) {
      await search.improve(tile(start, end, own, refStart, refEnd, base));
    }
    const earlierRows = earlier?.rows ?? 0;
    for (let first = 0; first < earlierRows; first += TILE_ROWS) {
      const last = Math.min(earlierRows, first + TILE_ROWS);
      // Both sides less the same vector: a unit that has rows before it is of one cluster, or has no clusters.
      const group = { ...groups[0], start: 0, end: last - first };
      const others = new PlacedRows(simd, earlier!.stored, first, last, dim, [group], quantize);
      try {
        for (let start = 0; start < rows; start += TILE_ROWS) {
          const end = Math.min(rows, start + TILE_ROWS);
          await search.improve(tile(start, end, others, 0, last - first, earlier!.base + first));
        }
      } finally {
        others.free();
      }
    }
  } finally {
    own.free();
    means?.free();
  }
}
