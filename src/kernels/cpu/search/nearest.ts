import type { Pairs } from '../../kernels.ts';
import { addDone, checkCall, type CallState } from '../lanes/callState.ts';
import type { SimdCentroids } from '../products/simdCentroids.ts';
import type { Tile } from '../products/tile.ts';
import type { Collector } from './collector.ts';
import type { QueryPairs } from '../../above.ts';
import { createCollector, type Results } from './results.ts';
import type { Tools } from './tileSearch.ts';

/** Rows `from` to `to` of a tile are compared with centroids `first` to `last` (all exclusive). */
interface ComparedRange {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** Finds the desired centroids for the rows of a tile, exactly. Its first row is query `start`. */
export async function searchTileCentroids(
  tools: Tools,
  tile: Tile,
  start: number,
  centroids: SimdCentroids,
  { queries, targets }: Pairs,
  results: Results,
  call: CallState,
): Promise<QueryPairs | undefined> {
  const { simd } = tools;
  const collector = createCollector(simd, results, start, start + tile.rows, call);
  try {
    for (let r = firstRange(queries, start); r + 1 < queries.length; r++) {
      if (queries[r] >= start + tile.rows) break;
      const from = Math.max(0, queries[r] - start);
      const to = Math.min(tile.rows, queries[r + 1] - start);
      if (from >= to || targets[r] === targets[r + 1]) continue;
      const meeting = { from, to, first: targets[r], last: targets[r + 1] };
      await searchCentroids(tools, tile, centroids, meeting, collector, call);
    }
    return collector.finish(start, { x: tile.address, dim: tile.dim, centroids: centroids.address });
  } finally {
    collector.free();
  }
}

/** Updates the results of a tile's rows with their centroids. */
export async function searchCentroids(
  { search, support }: Tools,
  tile: Tile,
  centroids: SimdCentroids,
  { from, to, first, last }: ComparedRange,
  collector: Collector,
  call: CallState,
): Promise<void> {
  const { dim } = tile;
  const int8 = await support.isWorthTrying(dim, last - first);
  for (const centroidTile of centroids.tiles(first, last)) {
    checkCall(call);
    const { rows: targets, bias, base } = centroidTile;
    await search.improve(
      {
        dim,
        x: tile.slice(from, to),
        targets,
        collector,
        row: from,
        bias,
        base,
        targetNorm: centroids.largestNorm,
      },
      int8 ? () => ({ x: tile.bytes(from)!, targets: centroidTile.bytes() }) : undefined,
    );
    addDone(call, (to - from) * targets.rows);
  }
}

/** The last range that begins at or before `row`. */
function firstRange(offsets: Float64Array, row: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
