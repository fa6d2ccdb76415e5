import type { Simd } from '../../simd/simd.ts';
import { SEGMENT_COLUMNS, searchBytes } from './byteSearch.ts';
import { ClusterMeans, NO_MEAN } from './clusterMeans.ts';
import type { Graphs } from './graphs.ts';
import type { Int8Support } from './int8Support.ts';
import { TILE_ROWS, type Unit } from './laneCalls.ts';
import { PlacedRows } from './placedRows.ts';
import type { Best, Search, SearchTile } from './search.ts';
import { diagonalTiles, earlierRows, laterTiles, triangles } from './triangleTiles.ts';

/** Rows of a tile in float32 alone: smaller, since what lies above the diagonal costs more to compute. */
const FLOAT32_TILE_ROWS = 128;
/** Rows before the unit that are placed at a time. */
const EARLIER_ROWS = 3 * SEGMENT_COLUMNS;

/** What a unit is searched with; without `support` products of bytes are not tried. */
export interface Tools {
  readonly simd: Simd;
  readonly search: Search;
  readonly graphs: Graphs;
  readonly support?: Int8Support;
}

/** Improves `best` of a unit's rows: with each other, then with the rows before the unit. */
export async function searchUnit(tools: Tools, unit: Unit, best: Best): Promise<void> {
  const { simd, support } = tools;
  const { dim, rows, stored, offsets, earlier } = unit;
  const quantize = support?.active ?? false;
  const means = support ? new ClusterMeans(simd, stored, offsets ?? Uint32Array.of(0, rows), dim) : undefined;
  const groups = means?.groups ?? [{ start: 0, end: rows, ...NO_MEAN }];
  let own: PlacedRows | undefined;
  try {
    own = new PlacedRows(simd, stored, 0, rows, dim, groups, quantize);
    if (offsets) await searchTriangles(tools, unit, own, best);
    for (let first = 0; first < (earlier?.rows ?? 0); first += EARLIER_ROWS) {
      const last = Math.min(earlier!.rows, first + EARLIER_ROWS);
      // Both sides less the same vector: a unit that has rows before it is of one cluster, or has no clusters.
      const group = { ...groups[0], start: 0, end: last - first };
      const others = new PlacedRows(simd, earlier!.stored, first, last, dim, [group], quantize);
      try {
        await searchEarlier(tools, unit, own, others, earlier!.base + first, best);
      } finally {
        others.free();
      }
    }
  } finally {
    own?.free();
    means?.free();
  }
}

/** The rows of each cluster with each other. */
async function searchTriangles(
  tools: Tools,
  { dim, base, offsets }: Unit,
  own: PlacedRows,
  best: Best,
): Promise<void> {
  const { search, support } = tools;
  const tile = (start: number, end: number, refStart: number, refEnd: number): SearchTile => ({
    dim,
    x: own.slice(start, end),
    refs: own.slice(refStart, refEnd),
    best: fromRow(best, start),
    base: base + refStart,
  });
  for (const bounds of triangles(offsets!)) {
    const [start, end] = [bounds[0], bounds[bounds.length - 1]];
    if (support?.tryNext()) {
      const whole = { ...tile(start, end, start, end), ranges: earlierRows(bounds) };
      await improve(tools, whole, own, start, own, true);
      continue;
    }
    for (const { ranges, ...rows } of diagonalTiles(bounds, FLOAT32_TILE_ROWS)) {
      await search.improve({ ...tile(rows.start, rows.end, rows.start, rows.end), ranges });
    }
    for (const later of laterTiles(bounds, FLOAT32_TILE_ROWS, TILE_ROWS)) {
      await search.improve(tile(later.start, later.end, later.refStart, later.refEnd));
    }
  }
}

/** All rows of the unit with rows before it, the first of which is `base`. */
async function searchEarlier(
  tools: Tools,
  { dim, rows }: Unit,
  own: PlacedRows,
  others: PlacedRows,
  base: number,
  best: Best,
): Promise<void> {
  const refs = others.slice(0, others.rows);
  if (tools.support?.tryNext()) {
    await improve(tools, { dim, x: own.slice(0, rows), refs, best, base }, own, 0, others, false);
    return;
  }
  for (let start = 0; start < rows; start += TILE_ROWS) {
    const x = own.slice(start, Math.min(rows, start + TILE_ROWS));
    await tools.search.improve({ dim, x, refs, best: fromRow(best, start), base });
  }
}

/** Improves a tile whose rows are those of `own` from `start` on by products of bytes. */
async function improve(
  { simd, graphs, search, support }: Tools,
  tile: SearchTile,
  own: PlacedRows,
  start: number,
  others: PlacedRows,
  triangle: boolean,
): Promise<void> {
  const first = triangle ? start : 0;
  const { rows } = tile.refs;
  const refs = Array.from({ length: Math.ceil(rows / SEGMENT_COLUMNS) }, (_, s) =>
    others.right(first + s * SEGMENT_COLUMNS, first + Math.min(rows, (s + 1) * SEGMENT_COLUMNS)),
  );
  const open = await searchBytes(simd, graphs, tile, { x: own.left(start), refs, triangle });
  support!.record(open.length, tile.x.rows);
  await search.again(tile, open);
}

const fromRow = ({ score, index }: Best, row: number): Best => ({
  score: score + row * 4,
  index: index + row * 4,
});
