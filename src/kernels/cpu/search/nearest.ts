import type { Best, Pairs } from '../../kernels.ts';
import { addDone, checkCall, type CallState } from '../lanes/callState.ts';
import type { PlacedCentroids } from '../products/placedCentroids.ts';
import type { Tile } from '../products/tile.ts';
import { fromRow, placeBest, writeBest, type PlacedBest } from './placedBest.ts';
import type { Tools } from './tileSearch.ts';

/** Rows `from` to `to` of a tile meet centroids `first` to `last` (all exclusive). */
interface Meeting {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** Writes the exact nearest centroids of a tile to `best`; its first row is query `start`. */
export async function nearestOfTile(
  tools: Tools,
  tile: Tile,
  start: number,
  centroids: PlacedCentroids,
  { queries, targets }: Pairs,
  best: Best,
  call: CallState,
): Promise<void> {
  const { simd } = tools;
  const found = placeBest(simd, tile.rows);
  try {
    for (let r = firstRange(queries, start); r + 1 < queries.length; r++) {
      if (queries[r] >= start + tile.rows) break;
      const from = Math.max(0, queries[r] - start);
      const to = Math.min(tile.rows, queries[r + 1] - start);
      if (from >= to || targets[r] === targets[r + 1]) continue;
      const meeting = { from, to, first: targets[r], last: targets[r + 1] };
      await nearest(tools, tile, centroids, meeting, found, call);
      const rows = tile.slice(from, to);
      const own = fromRow(found, from);
      // The products without the bias.
      simd.call.labelDots(rows.address, rows.rows, tile.dim, own.index, centroids.address, own.score);
    }
    writeBest(simd, found, tile.rows, best, start);
  } finally {
    simd.free(found.score);
  }
}

/** Improves `best` of a tile's rows with the centroids they meet; scores count the bias. */
export async function nearest(
  { search, support }: Tools,
  tile: Tile,
  centroids: PlacedCentroids,
  { from, to, first, last }: Meeting,
  best: PlacedBest,
  call: CallState,
): Promise<void> {
  const { dim } = tile;
  const int8 = await support.pays(dim, last - first);
  for (const some of centroids.tiles(first, last)) {
    checkCall(call);
    const { rows: targets, bias, base } = some;
    await search.improve(
      {
        dim,
        x: tile.slice(from, to),
        targets,
        best: fromRow(best, from),
        bias,
        base,
        targetNorm: centroids.largestNorm,
      },
      int8 ? () => ({ x: tile.bytes(from)!, targets: some.bytes() }) : undefined,
    );
    addDone(call, (to - from) * targets.rows);
  }
}

/** The last range that begins at `row` or before it. */
function firstRange(offsets: Float64Array, row: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
